"""Topics and queues, and who may send to them."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deploy.aws.standin.holders.words import chosen

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient

_TOPIC = ("DisplayName", "KmsMasterKeyId")
_QUEUE: dict[str, Callable[[Any], str]] = {
    "MessageRetentionPeriod": str,
    "VisibilityTimeout": str,
    "SqsManagedSseEnabled": lambda value: str(value).lower(),
    "KmsMasterKeyId": str,
}
_NOT_THERE = ("NotFound", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class Topic:
    """AWS::SNS::Topic."""

    def __init__(self, client: "SNSClient") -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its attributes."""
        found = {key: properties[key] for key in _TOPIC if key in properties}
        if "DeliveryPolicy" in properties:
            found["DeliveryPolicy"] = properties["DeliveryPolicy"]
        return {"Name": properties["TopicName"], **found}

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return them as they are kept."""
        arn = _arn(self._client, properties["TopicName"])
        if arn is None:
            return None
        found: dict[str, Any] = dict(self._client.get_topic_attributes(TopicArn=arn)["Attributes"])
        if found.get("DeliveryPolicy"):
            found["DeliveryPolicy"] = json.loads(found["DeliveryPolicy"])
        return {"Name": properties["TopicName"]} | chosen(found, self.wanted(properties))

    def write(self, properties: Mapping[str, Any]) -> None:
        """Make it where it isn't there, and set its attributes."""
        arn = self._client.create_topic(Name=properties["TopicName"])["TopicArn"]
        for key, value in self.wanted(properties).items():
            if key != "Name":
                text = value if isinstance(value, str) else json.dumps(value)
                self._client.set_topic_attributes(
                    TopicArn=arn, AttributeName=key, AttributeValue=text
                )


class TopicPolicy:
    """AWS::SNS::TopicPolicy."""

    def __init__(self, client: "SNSClient") -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the policy by topic."""
        return dict.fromkeys(properties["Topics"], properties["PolicyDocument"])

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what the topics have."""
        try:
            return {
                arn: json.loads(
                    self._client.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
                )
                for arn in properties["Topics"]
            }
        except ClientError as error:
            _raise_unless_missing(error)
            return None

    def write(self, properties: Mapping[str, Any]) -> None:
        """Set it on each topic."""
        policy = json.dumps(properties["PolicyDocument"])
        for arn in properties["Topics"]:
            self._client.set_topic_attributes(
                TopicArn=arn, AttributeName="Policy", AttributeValue=policy
            )


class Queue:
    """AWS::SQS::Queue."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its attributes; all of them are text."""
        return {key: text(properties[key]) for key, text in _QUEUE.items() if key in properties}

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return them as they are kept."""
        try:
            url = self._client.get_queue_url(QueueName=properties["QueueName"])["QueueUrl"]
        except ClientError as error:
            _raise_unless_missing(error)
            return None
        found = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return chosen(dict(found["Attributes"]), self.wanted(properties))  # type: ignore[arg-type]  # names are literals

    def write(self, properties: Mapping[str, Any]) -> None:
        """Make it."""
        self._client.create_queue(
            QueueName=properties["QueueName"],
            Attributes=self.wanted(properties),  # type: ignore[arg-type]  # names are literals
        )


class QueuePolicy:
    """AWS::SQS::QueuePolicy. Queues are named by the addresses that AWS would give them."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def _url(self, aws_url: str) -> str:
        return self._client.get_queue_url(QueueName=aws_url.rpartition("/")[2])["QueueUrl"]

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the policy by queue."""
        return dict.fromkeys(properties["Queues"], properties["PolicyDocument"])

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what the queues have."""
        found = {}
        try:
            for url in properties["Queues"]:
                answer = self._client.get_queue_attributes(
                    QueueUrl=self._url(url), AttributeNames=["Policy"]
                )
                found[url] = json.loads(answer.get("Attributes", {}).get("Policy", "null"))
        except ClientError as error:
            _raise_unless_missing(error)
            return None
        return found

    def write(self, properties: Mapping[str, Any]) -> None:
        """Set it on each queue."""
        policy = json.dumps(properties["PolicyDocument"])
        for url in properties["Queues"]:
            self._client.set_queue_attributes(
                QueueUrl=self._url(url), Attributes={"Policy": policy}
            )


def _arn(client: "SNSClient", name: str) -> str | None:
    arns = [one["TopicArn"] for one in client.list_topics()["Topics"]]
    return next((arn for arn in arns if arn.endswith(f":{name}")), None)


def _raise_unless_missing(error: ClientError) -> None:
    if not any(code in error.response["Error"]["Code"] for code in _NOT_THERE):
        raise error
