"""How each kind of the template's resources is made in moto, and read back.

Moto takes some things and keeps others than were asked for, without a word; so a resource counts as
held only when what is read back is what was wanted.
"""

from collections.abc import Callable, Collection, Mapping
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


# By the resources' type, in the order in which they must be made: what makes a holder of boto3's
# client, and the service whose client it is.
_KINDS: dict[str, tuple[Callable[[Any], Holder], str]] = {
    "AWS::KMS::Key": (account.Key, "kms"),
    "AWS::KMS::Alias": (account.Alias, "kms"),
    "AWS::Logs::LogGroup": (logs.LogGroup, "logs"),
    "AWS::Logs::MetricFilter": (logs.MetricFilter, "logs"),
    "AWS::SNS::Topic": (messaging.Topic, "sns"),
    "AWS::SNS::TopicPolicy": (messaging.TopicPolicy, "sns"),
    "AWS::SQS::Queue": (messaging.Queue, "sqs"),
    "AWS::SQS::QueuePolicy": (messaging.QueuePolicy, "sqs"),
    "AWS::IAM::Role": (account.Role, "iam"),
    "AWS::SecretsManager::Secret": (account.Secret, "secretsmanager"),
    "AWS::SSM::Parameter": (account.Parameter, "ssm"),
    "AWS::CloudWatch::Alarm": (metrics.Alarm, "cloudwatch"),
    "AWS::CloudWatch::Dashboard": (metrics.Dashboard, "cloudwatch"),
    "AWS::ECS::TaskDefinition": (compute.TaskDefinition, "ecs"),
}


def holders(client: Callable[[str], Any], types: Collection[str]) -> dict[str, Holder]:
    """Return the holders of these types, in the order in which they must be made.

    `client` returns boto3's client of a service by its name: tens of megabytes for all of them.
    """
    return {
        kind: make(client(service)) for kind, (make, service) in _KINDS.items() if kind in types
    }
