"""Who gets a topic's messages, and the handshake that makes an HTTP(S) endpoint a subscriber.

https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
"""

import json
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from deploy.aws.standin.retries import Waits
from deploy.aws.standin.state import State


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription that shall exist; `waits` are the unscaled seconds before each retry."""

    topic: str
    protocol: str
    endpoint: str
    waits: Waits


@dataclass(frozen=True, slots=True)
class Subscription:
    """One that does. `topic` is an ARN."""

    arn: str
    topic: str
    protocol: str
    endpoint: str
    waits: Waits
    token: str
    confirmed: bool

    @property
    def is_http(self) -> bool:
        """Whether it is an address that must confirm."""
        return self.protocol in {"http", "https"}


class Subscriptions:
    """The subscriptions, in the file. `url` is where subscribers find the stand-in."""

    def __init__(self, state: State, url: str) -> None:
        self._state = state
        self._url = url

    def enrol(self, subscribers: Iterable[Subscriber]) -> None:
        """Have exactly these; who confirmed once needn't again. Functions needn't at all."""
        with self._state.transaction() as transaction:
            transaction.execute("UPDATE subscriptions SET active = 0")
            for one in subscribers:
                confirmed = one.protocol == "lambda"
                transaction.execute(
                    "INSERT INTO subscriptions"
                    " (arn, topic, protocol, endpoint, waits, token, confirmed)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (topic, protocol, endpoint)"
                    " DO UPDATE SET active = 1, waits = excluded.waits",
                    (
                        f"{one.topic}:{uuid.uuid4()}",
                        *(one.topic, one.protocol, one.endpoint, json.dumps(one.waits)),
                        secrets.token_hex(32),
                        confirmed,
                    ),
                )

    def all(self) -> list[Subscription]:
        """Return those that are active."""
        rows = self._state.rows("SELECT * FROM subscriptions WHERE active ORDER BY rowid")
        return [
            Subscription(
                *(row["arn"], row["topic"], row["protocol"], row["endpoint"]),
                tuple(json.loads(row["waits"])),
                row["token"],
                bool(row["confirmed"]),
            )
            for row in rows
        ]

    def confirm(self, topic: str, token: str) -> str | None:
        """Confirm the one that has this token, and return its ARN; None where none has."""
        with self._state.transaction() as transaction:
            found = transaction.execute(
                "UPDATE subscriptions SET confirmed = 1 WHERE topic = ? AND token = ? AND active"
                " RETURNING arn",
                (topic, token),
            ).fetchone()
        return str(found["arn"]) if found else None

    def confirmation(self, one: Subscription, now: float) -> dict[str, str]:
        """Return the SubscriptionConfirmation that is posted to an endpoint."""
        query = {
            "Action": "ConfirmSubscription",
            "TopicArn": one.topic,
            "Token": one.token,
        }
        moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        return {
            "Type": "SubscriptionConfirmation",
            # The same in every retry, so that who confirmed needn't again.
            "MessageId": str(uuid.uuid5(uuid.NAMESPACE_URL, one.arn)),
            "Token": one.token,
            "TopicArn": one.topic,
            "Message": f"You have chosen to subscribe to the topic {one.topic}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message.",
            "SubscribeURL": f"{self._url}/subscriptions?{urlencode(query)}",
            "Timestamp": moment.replace("+00:00", "Z"),
        }

    def unsubscribe_url(self, arn: str) -> str:
        """Return the address that every notification names; here it only says that it can't."""
        query = {"Action": "Unsubscribe", "SubscriptionArn": arn}
        return f"{self._url}/subscriptions?{urlencode(query)}"
