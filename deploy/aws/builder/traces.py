"""X-Ray: groups to look at first, and what whoever asks X-Ray for sampling rules is told."""

from deploy.aws.builder.logs import SLOW
from deploy.aws.builder.names import Resource, Resources, sub, tags

# Filter expressions: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
GROUPS = {"errors": "fault = true OR error = true", "slow": f"responsetime > {SLOW // 1000}"}

# As `service.name` of their spans.
TRACED = ("api", "ml")


def resources() -> Resources:
    """Return the groups and the rules."""
    found = {f"{name.capitalize()}Traces": group(name, text) for name, text in GROUPS.items()}
    return found | {f"{name.capitalize()}SamplingRule": sampling_rule(name) for name in TRACED}


def group(name: str, expression: str) -> Resource:
    """Return a group. Its insights are off: they are billed by the trace."""
    return {
        "Type": "AWS::XRay::Group",
        "Properties": {
            "GroupName": sub(f"${{Project}}-{name}"),
            "FilterExpression": expression,
            "InsightsConfiguration": {"InsightsEnabled": False, "NotificationsEnabled": False},
            "Tags": tags(),
        },
    }


def sampling_rule(service: str) -> Resource:
    """Return the rule of one of our services: every request.

    The collector drops what is not worth keeping, when it has seen how the request ended
    (collector.yaml). What the first one to be asked drops can't be kept any more.
    """
    return {
        "Type": "AWS::XRay::SamplingRule",
        "Properties": {
            "SamplingRule": {
                "RuleName": sub(f"${{Project}}-{service}"),
                "Version": 1,
                "Priority": 1000,
                "ReservoirSize": 1,
                "FixedRate": 1,
                "ServiceName": service,
                "ServiceType": "*",
                "Host": "*",
                "HTTPMethod": "*",
                "URLPath": "/*",
                "ResourceARN": "*",
            },
            "Tags": tags(),
        },
    }
