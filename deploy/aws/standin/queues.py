"""Dead letter queues: what a function could not do goes there; how full they are is a metric."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from deploy.aws.standin.scale import MINUTE, Scale

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_sqs import SQSClient

_log = logging.getLogger("standin.queues")


class Queues:
    """The queues by name. `of` says which queue a function has, by the function's ARN."""

    def __init__(
        self,
        names: list[str],
        of: Mapping[str, str],
        sqs: "SQSClient",
        cloudwatch: "CloudWatchClient",
        scale: Scale,
    ) -> None:
        self._names = names
        self._of = of
        self._sqs = sqs
        self._cloudwatch = cloudwatch
        self._minute = scale.whole_seconds(MINUTE)
        self._measured = 0

    def bury(self, function: str, event: str, reason: str) -> None:
        """Send an event to its function's queue, as Lambda does; botocore's errors pass."""
        name = self._of.get(function)
        if name is None:
            _log.error("%s has no dead letter queue: an event is lost", function)
            return
        self._sqs.send_message(
            QueueUrl=self._url(name),
            MessageBody=event,
            MessageAttributes={
                "ErrorMessage": {"DataType": "String", "StringValue": reason or "unknown"}
            },
        )

    def measure(self, now: float) -> None:
        """Publish, once a minute, how many messages wait in each: AWS does so by itself."""
        minute = int(now // self._minute) * self._minute
        if minute <= self._measured:
            return
        for name in self._names:
            answer = self._sqs.get_queue_attributes(
                QueueUrl=self._url(name), AttributeNames=["ApproximateNumberOfMessages"]
            )
            self._cloudwatch.put_metric_data(
                Namespace="AWS/SQS",
                MetricData=[
                    {
                        "MetricName": "ApproximateNumberOfMessagesVisible",
                        "Dimensions": [{"Name": "QueueName", "Value": name}],
                        "Timestamp": datetime.fromtimestamp(minute, UTC),
                        "Value": float(answer["Attributes"]["ApproximateNumberOfMessages"]),
                        "Unit": "Count",
                    }
                ],
            )
        self._measured = minute

    def _url(self, name: str) -> str:
        return self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
