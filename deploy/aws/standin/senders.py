"""How a message reaches a subscriber: posted to its address, or as a function's event.

Headers and JSON: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html; the
event: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html. Nothing is signed: a stand-in
that signed would have to be believed.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import requests

from deploy.aws.standin.subscriptions import Subscription

# Seconds that an endpoint has; SNS' own limit.
_TIMEOUT = 15

_SUCCESS = range(200, 300)
_TOO_MANY = 429
_SERVER_ERROR = 500

Message = Mapping[str, Any]
# A Lambda function: its handler, with its event and context.
Function = Callable[[dict[str, Any], object], object]


class DeliveryError(Exception):
    """A delivery that failed; `final` says that no retry would help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


def post(subscription: Subscription, message: Message) -> None:
    """Post a message to an address; raises DeliveryError.

    What SNS does: 5xx, 429 and no answer are tried again, any other status but 2xx is final.
    """
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": message["Type"],
        "x-amz-sns-message-id": message["MessageId"],
        "x-amz-sns-topic-arn": message["TopicArn"],
    }
    if message["Type"] == "Notification":
        headers["x-amz-sns-subscription-arn"] = subscription.arn
    try:
        answer = requests.post(
            subscription.endpoint,
            data=json.dumps(message).encode(),
            headers=headers,
            timeout=_TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        # Its text has the address, which for PagerDuty's is a secret.
        raise DeliveryError(type(error).__name__) from None
    if answer.status_code not in _SUCCESS:
        again = answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR
        raise DeliveryError(f"status {answer.status_code}", final=not again)


def event(subscription: Subscription, message: Message) -> dict[str, Any]:
    """Return the event that a subscribed function is called with."""
    # In an event some names are written otherwise.
    renamed = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    sns: dict[str, Any] = {"Subject": None, "MessageAttributes": {}}
    sns |= {renamed.get(key, key): value for key, value in message.items()}
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": sns,
    }
    return {"Records": [record]}


def invoke(function: Function, subscription: Subscription, message: Message) -> None:
    """Call a function in this process; raises DeliveryError with what it raises."""
    try:
        function(event(subscription, message), None)
    except Exception as error:
        raise DeliveryError(f"{type(error).__name__}: {error}"[:500]) from error
