"""SNS topics by severity, encrypted, that this account's alarms alone may publish to."""

from typing import Any

from deploy.aws.builder.names import (
    SEVERITIES,
    Resource,
    Resources,
    arn,
    ref,
    sub,
    tags,
    topic,
)

# Whoever administers the account's keys. No wildcards: `kms:*` would let every principal of the
# account that IAM allows anything use the key for anything.
ADMINISTER = [
    f"kms:{action}"
    for action in (
        *("CancelKeyDeletion", "DescribeKey", "DisableKey", "EnableKey", "EnableKeyRotation"),
        *("GetKeyPolicy", "GetKeyRotationStatus", "ListKeyPolicies", "ListResourceTags"),
        *("PutKeyPolicy", "ScheduleKeyDeletion", "TagResource", "UntagResource"),
        "UpdateKeyDescription",
    )
]
OF_OUR_ALARMS: dict[str, Any] = {
    "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
    "ArnLike": {
        "aws:SourceArn": sub(
            "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${Project}-*"
        )
    },
}


def resources() -> Resources:
    """Return the key, the topics, their policies, and PagerDuty's own subscription."""
    found = {"TopicKey": key(), "TopicKeyAlias": alias()}
    for severity in SEVERITIES:
        found[topic(severity)] = one(severity)
        found[f"{topic(severity)}Policy"] = policy(severity)
    return found | {"PagerDutySubscription": pagerduty()}


def one(severity: str) -> Resource:
    """Return a topic."""
    properties = {
        "TopicName": sub(f"${{Project}}-{severity}"),
        "KmsMasterKeyId": ref("TopicKey"),
        "Tags": tags(),
    }
    return {"Type": "AWS::SNS::Topic", "Properties": properties}


def policy(severity: str) -> Resource:
    """Return who may publish: CloudWatch, for an alarm of this stack in this account."""
    statement = {
        "Sid": "AlarmsOfThisStack",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ref(topic(severity)),
        "Condition": OF_OUR_ALARMS,
    }
    return {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {
            "Topics": [ref(topic(severity))],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        },
    }


def key() -> Resource:
    """Return the topics' key: AWS' own for SNS can't be used by CloudWatch.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    root = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
    statements = [
        {
            "Sid": "Administer",
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": ADMINISTER,
            "Resource": "*",
        },
        {
            "Sid": "AlarmsOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": OF_OUR_ALARMS,
        },
    ]
    return {
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "Description": sub("Messages of ${Project}'s alarms"),
            "EnableKeyRotation": True,
            # Messages are delivered within an hour or not at all.
            "PendingWindowInDays": 7,
            "KeyPolicy": {"Version": "2012-10-17", "Statement": statements},
            "Tags": tags(),
        },
    }


def alias() -> Resource:
    """Return the name that people find the key by."""
    return {
        "Type": "AWS::KMS::Alias",
        "Properties": {
            "AliasName": sub("alias/${Project}-alarms"),
            "TargetKeyId": arn("TopicKey"),
        },
    }


def pagerduty() -> Resource:
    """Return PagerDuty's own subscription to what is critical; the notifier then tells Slack."""
    return {
        "Type": "AWS::SNS::Subscription",
        "Condition": "HasPagerDutyUrl",
        "Properties": {
            "TopicArn": ref(topic("critical")),
            "Protocol": "https",
            "Endpoint": ref("PagerDutyIntegrationUrl"),
        },
    }
