"""What ECS may do to start our tasks, and what the tasks may do."""

from typing import Any

from deploy.aws.builder.names import Resource, arn, log_group, ref, sub
from deploy.aws.builder.roles import allow, role

SERVICES = ("api", "ml")


def execution(secret: str) -> Resource:
    """Return what ECS itself may do to start a task: images, logs, secrets."""
    prefix = "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Project}"
    images = [f"ecr:{word}" for word in ("BatchGetImage", "GetDownloadUrlForLayer")]
    images.append("ecr:BatchCheckLayerAvailability")
    parameter = "parameter/${Project}/collector"
    return role(
        "ecs-tasks.amazonaws.com",
        "start-tasks",
        [
            # This action knows no resources.
            allow(["ecr:GetAuthorizationToken"], "*"),
            allow(images, [sub(f"{prefix}/{service}") for service in SERVICES]),
            allow(
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                [arn(log_group(service)) for service in SERVICES],
            ),
            allow(["secretsmanager:GetSecretValue"], [ref(secret)]),
            allow(
                ["ssm:GetParameters"],
                [sub("arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:" + parameter)],
            ),
        ],
        from_this_account(),
    )


def running() -> Resource:
    """Return what a task may do: write traces. X-Ray's actions know no resources."""
    actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    return role(
        "ecs-tasks.amazonaws.com", "write-traces", [allow(actions, "*")], from_this_account()
    )


def from_this_account() -> dict[str, Any]:
    """Return that ECS takes a role for a task of this account alone (the confused deputy)."""
    return {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}}
