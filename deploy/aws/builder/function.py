"""The function that tells people: notifier.py, its role, its secrets and its dead letter queue."""

from pathlib import Path

from deploy.aws.builder.names import (
    SEVERITIES,
    Resource,
    Resources,
    arn,
    either,
    ref,
    sub,
    tags,
    topic,
)
from deploy.aws.builder.roles import allow, role

SOURCE = Path(__file__).resolve().parents[1] / "notifier.py"
NAME = "${Project}-notifier"
SECRETS = {
    "SlackApiUrl": "Slack's incoming webhook, https://hooks.slack.com/services/…",
    "PagerDutyRoutingKey": "PagerDuty's integration key (Events API v2), the one Alertmanager has",
}


def resources() -> Resources:
    """Return the function and all that belongs to it."""
    found = {f"{name}Secret": secret(name, what) for name, what in SECRETS.items()}
    found |= {
        "DeadLetters": dead_letters(),
        "DeadLettersPolicy": dead_letters_policy(),
        "NotifierLogGroup": log_group(),
        "NotifierRole": notifier_role(),
        "Notifier": function(),
    }
    for severity in SEVERITIES:
        found |= {
            f"Notifier{severity.capitalize()}Subscription": subscription(severity),
            f"Notifier{severity.capitalize()}Permission": permission(severity),
        }
    return found


def secret(name: str, what: str) -> Resource:
    """Return a secret without a value, which whoever knows it puts in when the stack is made."""
    return {
        "Type": "AWS::SecretsManager::Secret",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "Name": sub(f"${{Project}}/{name}"),
            "Description": what,
            "Tags": tags(),
        },
    }


def dead_letters() -> Resource:
    """Return the queue of what could not be delivered; an alarm watches it."""
    return {
        "Type": "AWS::SQS::Queue",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "QueueName": sub(f"{NAME}-dead"),
            "SqsManagedSseEnabled": True,
            # SQS' longest, 14 days: a long weekend must not lose what nobody was told.
            "MessageRetentionPeriod": 1209600,
            "Tags": tags(),
        },
    }


def dead_letters_policy() -> Resource:
    """Return that our topics may put in what they could not hand to the function."""
    statement = allow(["sqs:SendMessage"], [arn("DeadLetters")]) | {
        "Principal": {"Service": "sns.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": [ref(topic(one)) for one in SEVERITIES]}},
    }
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [ref("DeadLetters")],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        },
    }


def log_group() -> Resource:
    """Return the function's log group; Lambda would make one that is kept for ever."""
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "LogGroupName": sub(f"/aws/lambda/{NAME}"),
            "RetentionInDays": ref("LogRetentionDays"),
        },
    }


def notifier_role() -> Resource:
    """Return what the function may do: read its secrets, write its log, give up a message."""
    return role(
        "lambda.amazonaws.com",
        "notifier",
        [
            allow(["secretsmanager:GetSecretValue"], [ref(f"{name}Secret") for name in SECRETS]),
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], [arn("NotifierLogGroup")]),
            allow(["sqs:SendMessage"], [arn("DeadLetters")]),
        ],
    )


def function() -> Resource:
    """Return the function. At most two at once: alarms come rarely, and PagerDuty limits rates."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": sub(NAME),
            "Description": "Tells PagerDuty and Slack of alarms, as Alertmanager does",
            "Runtime": "python3.13",
            "Architectures": ["arm64"],
            "Handler": "index.handler",
            "Code": {"ZipFile": SOURCE.read_text("utf-8")},
            "Role": arn("NotifierRole"),
            # Seconds: two calls of five each, and the secrets before them.
            "Timeout": 30,
            "MemorySize": 256,
            "ReservedConcurrentExecutions": 2,
            "DeadLetterConfig": {"TargetArn": arn("DeadLetters")},
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": ref("NotifierLogGroup")},
            "Environment": {"Variables": variables()},
            "Tags": tags(),
        },
    }


def variables() -> dict[str, object]:
    """Return where the function's secrets are; PagerDuty's own subscription needs none of them."""
    return {
        "SLACK_API_URL_SECRET_ARN": ref("SlackApiUrlSecret"),
        "PAGERDUTY_ROUTING_KEY_SECRET_ARN": either(
            "HasPagerDutyUrl", "", ref("PagerDutyRoutingKeySecret")
        ),
    }


def subscription(severity: str) -> Resource:
    """Return a topic's subscription; what can't even reach the function waits in the queue too."""
    return {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "TopicArn": ref(topic(severity)),
            "Protocol": "lambda",
            "Endpoint": arn("Notifier"),
            "RedrivePolicy": {"deadLetterTargetArn": arn("DeadLetters")},
        },
    }


def permission(severity: str) -> Resource:
    """Return that a topic may call the function."""
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": arn("Notifier"),
            "Action": "lambda:InvokeFunction",
            "Principal": "sns.amazonaws.com",
            "SourceArn": ref(topic(severity)),
        },
    }
