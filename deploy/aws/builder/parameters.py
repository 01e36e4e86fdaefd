"""Parameters, each with what it allows and what it says when it is given something else."""

from typing import Any

from deploy.aws.builder import rules
from deploy.aws.builder.logs import SLOW
from deploy.aws.builder.words import DASHBOARDS, RUNBOOKS

# As CloudWatch Logs has them, from a day to ten years.
RETENTION = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192]
RETENTION += [2557, 2922, 3288, 3653]
HTTP = r"^https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~/-]*)?$"


def text(  # noqa: PLR0913 - what a parameter is, by name
    description: str,
    default: str,
    pattern: str,
    says: str,
    *,
    empty: bool = False,
    secret: bool = False,
) -> dict[str, Any]:
    """Return a parameter that is a text; where it may be empty, that turns something off."""
    found: dict[str, Any] = {
        "Type": "String",
        "Description": description,
        "Default": default,
        "AllowedPattern": f"^$|{pattern}" if empty else pattern,
        "ConstraintDescription": says,
    }
    return found | ({"NoEcho": True} if secret else {})


def number(description: str, default: float, least: float, most: float) -> dict[str, Any]:
    """Return a parameter that is a number."""
    return {
        "Type": "Number",
        "Description": description,
        "Default": default,
        "MinValue": least,
        "MaxValue": most,
        "ConstraintDescription": f"must be a number from {least:,} to {most:,}",
    }


def parameters() -> dict[str, dict[str, Any]]:
    """Return all parameters, those that one changes first in front."""
    return of_the_stack() | of_people() | of_tasks() | of_other_resources()


def of_the_stack() -> dict[str, dict[str, Any]]:
    """Return what everything is called, and how long and how much is kept."""
    return {
        "Project": text(
            "Begins the name of every resource; two stacks in one account need two names.",
            "sre-reference",
            r"^[a-z][a-z0-9-]{1,30}$",
            "must be 2 to 31 lower-case letters, digits and hyphens, a letter first",
        ),
        "LogRetentionDays": {
            "Type": "Number",
            "Description": "Days that log lines are kept. Each GB costs again every month.",
            "Default": 30,
            "AllowedValues": RETENTION,
            "ConstraintDescription": "must be a number of days that CloudWatch Logs offers",
        },
        "TraceSamplingPercent": number(
            "Percent of the traces kept by chance; all that failed or took longer than "
            f"{SLOW // 1000} s are kept anyway.",
            10,
            0,
            100,
        ),
        "BusyRequestsPerMinute": number(
            "Requests a minute to the API from which on a minute without any is odd. Without "
            "a LoadBalancer, ServiceDown is silent where traffic is below this.",
            10,
            1,
            1000000,
        ),
    }


def of_people() -> dict[str, dict[str, Any]]:
    """Return where people are sent, and how they are called."""
    return {
        "RunbooksUrl": text(
            "Where runbooks are, without a slash at the end: …/HighErrorRate is added.",
            RUNBOOKS,
            HTTP,
            "must be an http or https address without a query",
        ),
        "DashboardsUrl": text(
            "Where Grafana's dashboards are, without a slash at the end: …/api-server is added.",
            DASHBOARDS,
            HTTP,
            "must be an http or https address without a query",
        ),
        "PagerDutyIntegrationUrl": text(
            "Empty: the notifier pages, as one incident with Alertmanager. Else PagerDuty's own "
            "CloudWatch integration, subscribed to the critical topic: its incidents are others.",
            "",
            r"^https://events\.(eu\.)?pagerduty\.com/integration/[A-Za-z0-9]{32}/enqueue$",
            "must be empty, or https://events.pagerduty.com/integration/<32 characters>/enqueue",
            empty=True,
            secret=True,
        ),
    }


def of_tasks() -> dict[str, dict[str, Any]]:
    """Return what the task definitions run."""
    return {
        "ServiceVersion": text(
            "The tag of our images in this account's registry, <Project>/api and <Project>/ml.",
            rules.version(),
            r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$",
            "must be a tag of an image, such as 1.0.0",
        ),
        "CollectorImage": text(
            "AWS' distribution of the OpenTelemetry Collector.",
            "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
            r"^[a-z0-9][A-Za-z0-9._/:@-]{1,254}$",
            "must be an image, with its tag or digest",
        ),
        "DatabaseUrl": text(
            "Where the API's database is; the password is a secret of its own.",
            "postgresql://api@postgres:5432/api",
            r"^postgresql://[A-Za-z0-9_]+@[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9_]+(\?[A-Za-z0-9_=&-]+)?$",
            "must be postgresql://<user>@<host>:<port>/<database>, without a password",
        ),
        "MlUrl": text(
            "Where the API finds the ml service, such as its name in ECS Service Connect.",
            "http://ml:8001",
            HTTP,
            "must be an http or https address without a query",
        ),
    }


def of_other_resources() -> dict[str, dict[str, Any]]:
    """Return AWS resources whose own metrics are watched; each is off while its name is empty."""
    return {
        "LoadBalancer": text(
            "The API's load balancer, as the end of its ARN: app/<name>/<id>. It is also the "
            "witness of ServiceDown.",
            "",
            r"^app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$",
            "must be empty, or app/<name>/<16 hexadecimal digits>",
            empty=True,
        ),
        "TargetGroup": text(
            "The API's target group, as the end of its ARN; needs LoadBalancer.",
            "",
            r"^targetgroup/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$",
            "must be empty, or targetgroup/<name>/<16 hexadecimal digits>",
            empty=True,
        ),
        "DatabaseInstance": text(
            "The identifier of the RDS instance.",
            "",
            r"^[A-Za-z](-?[A-Za-z0-9]){0,62}$",
            "must be empty, or an identifier of letters, digits and single hyphens",
            empty=True,
        ),
        "DatabaseMaxConnections": number("PostgreSQL's max_connections.", 100, 6, 262143),
        "DatabaseFreeStorage": number(
            "Bytes of free storage below which the database's disk counts as almost full.",
            2 * 2**30,
            2**20,
            64 * 2**40,
        ),
        "Cluster": text(
            "The ECS cluster's name.",
            "",
            r"^[A-Za-z0-9_-]{1,255}$",
            "must be empty, or letters, digits, hyphens and underscores",
            empty=True,
        ),
        **{
            f"{service.capitalize()}Service": text(
                f"The name of the ECS service that runs {service}.",
                service,
                r"^[A-Za-z0-9_-]{1,255}$",
                "must be letters, digits, hyphens and underscores",
            )
            for service in ("api", "ml")
        },
    }


def conditions() -> dict[str, Any]:
    """Return what is on where a parameter isn't empty."""
    named = {
        "HasPagerDutyUrl": "PagerDutyIntegrationUrl",
        "HasLoadBalancer": "LoadBalancer",
        "HasTargetGroup": "TargetGroup",
        "HasDatabase": "DatabaseInstance",
        "HasCluster": "Cluster",
    }
    return {name: _given(parameter) for name, parameter in named.items()}


def together() -> dict[str, Any]:
    """Return which parameters go together; CloudFormation says so before it makes anything."""
    says = "TargetGroup needs LoadBalancer: their metrics have both names"
    return {
        "TargetGroupNeedsLoadBalancer": {
            "RuleCondition": _given("TargetGroup"),
            "Assertions": [{"Assert": _given("LoadBalancer"), "AssertDescription": says}],
        }
    }


def _given(parameter: str) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}
