"""ECS on Fargate: a task definition for api and for ml, each with a collector beside it.

A service that runs them needs a network, a load balancer and a database; those are yours. Secrets
come as variables: where a service reads a file, the shell hands it a pipe, since nothing may be
written in the container.
"""

from pathlib import Path
from typing import Any

from deploy.aws.builder import task_roles
from deploy.aws.builder.names import Resource, Resources, arn, log_group, ref, sub, tags

COLLECTOR = Path(__file__).resolve().parents[1] / "collector.yaml"
PORTS = {"api": 8000, "ml": 8001}
# Fargate's smallest; as Compose, where 256 MB are enough for each, with the collector's beside it.
CPU, MEMORY = "256", "1024"
COLLECTOR_MEMORY = 256
# The process answers: readiness would end a task because its database is away.
ALIVE = "import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/livez', timeout=2)"
WITH_PIPE = "exec env -u DATABASE_PASSWORD python -m api 3<<END\n$DATABASE_PASSWORD\nEND\n"
PASSWORD_FILE = "/dev/fd/3"  # noqa: S105 - where it is read
SECRET = "DatabasePasswordSecret"  # noqa: S105 - its name


def resources() -> Resources:
    """Return the task definitions, and what they run with."""
    return {
        SECRET: password(),
        "CollectorConfiguration": configuration(),
        "ExecutionRole": task_roles.execution(SECRET),
        "TaskRole": task_roles.running(),
        "ApiTask": task("api", api_settings(), api_extras()),
        "MlTask": task("ml", {"MODELS_DIR": "/app/models", "OMP_NUM_THREADS": "1"}, {}),
    }


def password() -> Resource:
    """Return the secret that holds the password of the API's database user."""
    return {
        "Type": "AWS::SecretsManager::Secret",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "Name": sub("${Project}/DatabasePassword"),
            "Description": "The password of the database user in the parameter DatabaseUrl",
            "Tags": tags(),
        },
    }


def configuration() -> Resource:
    """Return the collector's configuration, which its container gets as a variable."""
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {
            "Name": sub("/${Project}/collector"),
            "Description": "deploy/aws/collector.yaml",
            "Type": "String",
            "Value": "\n".join(
                line
                for line in COLLECTOR.read_text("utf-8").splitlines()
                if not line.lstrip().startswith("#")
            )
            + "\n",
            "Tags": {"project": ref("Project")},
        },
    }


def task(service: str, settings: dict[str, Any], extras: dict[str, Any]) -> Resource:
    """Return a task definition; `extras` are fields of the service's own container."""
    return {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "Family": sub(f"${{Project}}-{service}"),
            "RequiresCompatibilities": ["FARGATE"],
            "NetworkMode": "awsvpc",
            "Cpu": CPU,
            "Memory": MEMORY,
            "RuntimePlatform": {"OperatingSystemFamily": "LINUX", "CpuArchitecture": "X86_64"},
            "ExecutionRoleArn": arn("ExecutionRole"),
            "TaskRoleArn": arn("TaskRole"),
            "ContainerDefinitions": [container(service, settings) | extras, collector(service)],
            "Tags": tags(),
        },
    }


def container(service: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return a service's container. Its log is its stdout; it doesn't send lines by itself."""
    registry = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
    return {
        "Name": service,
        "Image": sub(f"{registry}/${{Project}}/{service}:${{ServiceVersion}}"),
        "Essential": True,
        "User": "10001:10001",
        "ReadonlyRootFilesystem": True,
        "LinuxParameters": {"InitProcessEnabled": False, "Capabilities": {"Drop": ["ALL"]}},
        "PortMappings": [{"Name": service, "ContainerPort": PORTS[service], "AppProtocol": "http"}],
        "Environment": variables(
            {
                "SERVICE_VERSION": ref("ServiceVersion"),
                "LOG_LEVEL": "INFO",
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
                "OTEL_PROPAGATORS": "xray,tracecontext",
                # So that X-Ray's page of a trace shows its log.
                "OTEL_RESOURCE_ATTRIBUTES": sub(f"aws.log.group.names=/${{Project}}/{service}"),
            }
            | settings
        ),
        "HealthCheck": {
            "Command": ["CMD", "python", "-S", "-c", ALIVE.format(port=PORTS[service])],
            "Interval": 10,
            "Timeout": 5,
            "Retries": 3,
            "StartPeriod": 30,
        },
        "LogConfiguration": awslogs(service, service),
        # Seconds; a request takes three at most.
        "StopTimeout": 30,
    }


def api_settings() -> dict[str, Any]:
    """Return where the API finds its database and ml."""
    return {
        "DATABASE_URL": ref("DatabaseUrl"),
        "DATABASE_PASSWORD_FILE": PASSWORD_FILE,
        "ML_URL": ref("MlUrl"),
    }


def api_extras() -> dict[str, Any]:
    """Return how the API gets its database's password."""
    return {
        "Command": ["sh", "-c", WITH_PIPE],
        "Secrets": [{"Name": "DATABASE_PASSWORD", "ValueFrom": ref(SECRET)}],
    }


def collector(service: str) -> dict[str, Any]:
    """Return the collector's container. A task without traces still serves users."""
    return {
        "Name": "collector",
        "Image": ref("CollectorImage"),
        "Essential": False,
        "ReadonlyRootFilesystem": True,
        "Memory": COLLECTOR_MEMORY,
        "Environment": variables({"TRACE_SAMPLING_PERCENT": ref("TraceSamplingPercent")}),
        "Secrets": [{"Name": "AOT_CONFIG_CONTENT", "ValueFrom": ref("CollectorConfiguration")}],
        # The image's own program; it has no shell.
        "HealthCheck": {
            "Command": ["CMD", "/healthcheck"],
            "Interval": 10,
            "Timeout": 5,
            "Retries": 3,
            "StartPeriod": 10,
        },
        "LogConfiguration": awslogs(service, "collector"),
    }


def awslogs(service: str, prefix: str) -> dict[str, Any]:
    """Return the log driver; a full buffer drops lines rather than hold up the service."""
    return {
        "LogDriver": "awslogs",
        "Options": {
            "awslogs-group": ref(log_group(service)),
            "awslogs-region": ref("AWS::Region"),
            "awslogs-stream-prefix": prefix,
            "mode": "non-blocking",
            "max-buffer-size": "25m",
        },
    }


def variables(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return environment variables as ECS writes them."""
    return [{"Name": name, "Value": value} for name, value in values.items()]
