"""What Amazon SNS posts to an HTTP(S) subscriber, read strictly.

Headers and fields: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html. SNS
tries again after a 5xx and a 429; any other 4xx is final, so what no second try would mend gets
one (https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html).
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sink.payload import read_object
from telemetry.problems import Problem

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"
TYPES = (NOTIFICATION, SUBSCRIPTION, UNSUBSCRIPTION)

# Bytes of a message, SNS' own limit. Its envelope may be larger; beyond 512,000 bytes, which takes
# a message of little but quotes, the body limit of the whole sink refuses it.
LARGEST_MESSAGE = 262_144

# Characters: a UUID has 36, and a Subject at most 100.
_LONGEST_ID = 128

# The field that says whether a message is signed at all, and what else goes with it.
_SIGNATURE = ("Signature", "SigningCertURL", "SignatureVersion")

# Whoever has one of these can subscribe or unsubscribe; and a signature is checked once.
_NOT_KEPT = frozenset({*_SIGNATURE, "Token", "SubscribeURL", "UnsubscribeURL"})

_TOPIC = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z]{2}[a-z0-9-]{1,30}):"
    r"[0-9]{12}:(?P<name>[A-Za-z0-9_-]{1,256})"
)


class Topic(NamedTuple):
    """A topic: its ARN, and the parts of it that count."""

    arn: str
    partition: str
    region: str
    name: str


class Envelope(NamedTuple):
    """One valid delivery: its `fields` as they came, each of those that SNS documents a text."""

    type: str
    topic: Topic
    fields: dict[str, Any]

    @property
    def message_id(self) -> str:
        """The message's id, the same in every retry."""
        return str(self.fields["MessageId"])

    @property
    def message(self) -> str:
        """What was published."""
        return str(self.fields["Message"])

    @property
    def is_signed(self) -> bool:
        """Whether it claims to be signed; AWS signs all."""
        return any(self.fields.get(name) is not None for name in _SIGNATURE)

    def kept(self) -> dict[str, Any]:
        """Return the fields without what would let a reader act on the subscription."""
        return {name: value for name, value in self.fields.items() if name not in _NOT_KEPT}


def read(body: bytes, headers: Mapping[str, str]) -> Envelope:
    """Return the delivery in a request; `headers` have lower-case names, or take any case.

    Raises Problem: 400 for a delivery that makes no sense or is raw, 413 for a message that is
    larger than SNS takes.
    """
    if headers.get("x-amz-sns-rawdelivery", "").lower() == "true":
        raise Problem(
            400,
            "A raw delivery says neither its topic nor who signed it: set RawMessageDelivery of "
            "this subscription to false.",
        )
    kind = headers.get("x-amz-sns-message-type", "")
    if kind not in TYPES:
        raise Problem(400, f"The header x-amz-sns-message-type must be one of {', '.join(TYPES)}.")
    try:
        fields = read_object(body)
    except ValueError as error:
        raise Problem(400, "The body is no JSON object.") from error
    if fields.get("Type") != kind:
        raise Problem(400, "Type is not what the header x-amz-sns-message-type says.")
    _check(kind, fields)
    return Envelope(kind, _topic(fields["TopicArn"]), fields)


def _check(kind: str, fields: dict[str, Any]) -> None:
    needed = ["MessageId", "TopicArn", "Message", "Timestamp"]
    if kind != NOTIFICATION:
        needed += ["Token", "SubscribeURL"]
    wrong = [name for name in needed if not isinstance(fields.get(name), str) or not fields[name]]
    optional = (*_SIGNATURE, "Subject")
    wrong += [name for name in optional if not isinstance(fields.get(name), str | None)]
    if len(str(fields.get("MessageId"))) > _LONGEST_ID:
        wrong.append("MessageId")
    if wrong:
        raise Problem(400, f"Missing, or no text of use: {', '.join(wrong)}.")
    if len(fields["Message"].encode()) > LARGEST_MESSAGE:
        raise Problem(413, f"Message is larger than {LARGEST_MESSAGE} bytes.")


def _topic(arn: str) -> Topic:
    match = _TOPIC.fullmatch(arn)
    if match is None:
        raise Problem(400, "TopicArn is no ARN of a topic.")
    return Topic(arn, match["partition"], match["region"], match["name"])
