"""Names that several subjects share, and the few intrinsic functions that the template uses."""

from typing import Any

Resource = dict[str, Any]
Resources = dict[str, Resource]

SERVICES = ("api", "ml", "sink")
SEVERITIES = ("critical", "warning", "info")
NAMESPACE = "SREReference"
# Of every alarm and metric, in seconds.
MINUTE = 60


def sub(text: str) -> dict[str, str]:
    """Put parameters and pseudo parameters into a text: ``${Project}``, ``${AWS::Region}``."""
    return {"Fn::Sub": text}


def ref(name: str) -> dict[str, str]:
    """Return a parameter's value, or what a resource is known by."""
    return {"Ref": name}


def arn(name: str) -> dict[str, list[str]]:
    """Return a resource's ARN."""
    return {"Fn::GetAtt": [name, "Arn"]}


def either(condition: str, then: object, otherwise: object) -> dict[str, list[object]]:
    """Return one of two values."""
    return {"Fn::If": [condition, then, otherwise]}


def topic(severity: str) -> str:
    """Return the logical id of a severity's SNS topic."""
    return f"{severity.capitalize()}Topic"


def log_group(service: str) -> str:
    """Return the logical id of a service's log group."""
    return f"{service.capitalize()}LogGroup"


def camel(text: str) -> str:
    """Return a name as a logical id: ``breast-cancer`` becomes ``BreastCancer``."""
    return "".join(word[:1].upper() + word[1:] for word in text.split("-"))


def tags() -> list[dict[str, Any]]:
    """Return what every resource that costs is tagged with."""
    return [{"Key": "project", "Value": ref("Project")}]
