"""IAM roles: who may take one, and the least that it allows."""

from typing import Any

from deploy.aws.builder.names import Resource, sub, tags


def allow(actions: list[str], resources: list[Any] | str) -> dict[str, Any]:
    """Return a statement."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def role(
    service: str,
    purpose: str,
    statements: list[dict[str, Any]],
    condition: Any = None,  # noqa: ANN401
) -> Resource:
    """Return a role that an AWS service takes, for one purpose."""
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if condition:
        trust["Condition"] = condition
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Description": sub(f"${{Project}}: {purpose}"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": purpose,
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
                }
            ],
            "Tags": tags(),
        },
    }
