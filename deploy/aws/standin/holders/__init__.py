"""How each kind of the template's resources is made in moto, and read back.

Moto takes some things and keeps others than were asked for, without a word; so a resource counts as
held only when what is read back is what was wanted.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from deploy.aws.standin.holders import account, compute, logs, messaging, metrics

Properties = Mapping[str, Any]


class Holder(Protocol):
    """One kind of resource in moto. All methods raise botocore's errors."""

    def wanted(self, properties: Properties) -> dict[str, Any]:
        """Return what must be read back, in the API's words."""

    def read(self, properties: Properties) -> dict[str, Any] | None:
        """Return what there is; None where there is nothing."""

    def write(self, properties: Properties) -> None:
        """Make it, or make it what it should be."""


def holders(client: Callable[[str], Any]) -> dict[str, Holder]:
    """Return the holders by the resources' type, in the order in which they must be made.

    `client` returns boto3's client of a service by its name.
    """
    return {
        "AWS::KMS::Key": account.Key(client("kms")),
        "AWS::KMS::Alias": account.Alias(client("kms")),
        "AWS::Logs::LogGroup": logs.LogGroup(client("logs")),
        "AWS::Logs::MetricFilter": logs.MetricFilter(client("logs")),
        "AWS::SNS::Topic": messaging.Topic(client("sns")),
        "AWS::SNS::TopicPolicy": messaging.TopicPolicy(client("sns")),
        "AWS::SQS::Queue": messaging.Queue(client("sqs")),
        "AWS::SQS::QueuePolicy": messaging.QueuePolicy(client("sqs")),
        "AWS::IAM::Role": account.Role(client("iam")),
        "AWS::SecretsManager::Secret": account.Secret(client("secretsmanager")),
        "AWS::SSM::Parameter": account.Parameter(client("ssm")),
        "AWS::CloudWatch::Alarm": metrics.Alarm(client("cloudwatch")),
        "AWS::CloudWatch::Dashboard": metrics.Dashboard(client("cloudwatch")),
        "AWS::ECS::TaskDefinition": compute.TaskDefinition(client("ecs")),
    }
