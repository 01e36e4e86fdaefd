"""Messages on their way out: from an alarm to its topic, and from the topic to the subscribers.

Each step is one transaction. A message is published to moto until moto has posted it to `received`:
that is what ends it, not the answer to the publication, which a crash could swallow. Moto gives
each publication an id of its own, so a repeated one is recognised by its content.
"""

import hashlib
import json
import logging
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from deploy.aws.standin.scale import Scale
from deploy.aws.standin.state import State, trim

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

_log = logging.getLogger("standin.outbox")

# Seconds, unscaled, between two publications of a message; the last one for all further ones.
_WAITS = (1, 2, 4, 8, 15)


class Outbox:
    """What alarms said and topics haven't got yet."""

    def __init__(self, state: State, sns: "SNSClient", scale: Scale) -> None:
        self._state = state
        self._sns = sns
        self._scale = scale

    def publish(self, now: float) -> int:
        """Publish what is due, the oldest first; return how many arrived."""
        due = self._state.rows(
            "SELECT * FROM outbox WHERE message_id IS NULL AND next_at <= ? ORDER BY seq", now
        )
        return sum(self._published(row, now) for row in due)

    def _published(self, row: sqlite3.Row, now: float) -> bool:
        reason = "moto took it, and didn't deliver it here"
        try:
            self._sns.publish(TopicArn=row["topic"], Subject=row["subject"], Message=row["body"])
        except (BotoCoreError, ClientError) as error:
            reason = str(error)
        if self._has_arrived(row["seq"]):
            return True
        wait = self._scale.seconds(_WAITS[min(row["attempts"], len(_WAITS) - 1)])
        _log.warning("A message for %s waits %.1f s: %s", row["topic"], wait, reason)
        with self._state.transaction() as transaction:
            transaction.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_at = ? WHERE seq = ?",
                (now + wait, row["seq"]),
            )
        return False

    def _has_arrived(self, seq: int) -> bool:
        found = self._state.rows("SELECT message_id FROM outbox WHERE seq = ?", seq)
        return bool(found and found[0]["message_id"])

    def waiting(self) -> int:
        """Count the messages that no topic has yet."""
        return int(
            self._state.rows("SELECT count(*) AS n FROM outbox WHERE message_id IS NULL")[0]["n"]
        )


def received(state: State, envelope: Mapping[str, Any], now: float) -> bool:
    """Keep what a topic delivers here, with a delivery for each of its subscribers.

    `envelope` is SNS' JSON with Type Notification. Returns whether it is new: it is on the disk
    either way.
    """
    topic, message_id = str(envelope["TopicArn"]), str(envelope["MessageId"])
    digest = hashlib.sha256(f"{topic}\n{envelope['Message']}".encode()).hexdigest()
    with state.transaction() as transaction:
        own = transaction.execute(
            "SELECT message_id FROM outbox WHERE digest = ?", (digest,)
        ).fetchone()
        if own and own["message_id"]:
            return False
        transaction.execute(
            "UPDATE outbox SET message_id = ? WHERE digest = ?", (message_id, digest)
        )
        kept = transaction.execute(
            "INSERT OR IGNORE INTO messages (message_id, topic, envelope, received)"
            " VALUES (?, ?, ?, ?)",
            (message_id, topic, json.dumps(_unsigned(envelope)), now),
        )
        transaction.execute(
            "INSERT OR IGNORE INTO deliveries (message_id, subscription, next_at)"
            " SELECT ?, arn, ? FROM subscriptions WHERE topic = ? AND confirmed AND active",
            (message_id, now, topic),
        )
        trim(transaction, "outbox", "message_id IS NOT NULL")
        trim(transaction, "deliveries", "status IN ('delivered', 'discarded')")
        trim(transaction, "messages")
        return kept.rowcount == 1


def _unsigned(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out moto's signature: its certificate is nowhere to be had."""
    left_out = {"Signature", "SignatureVersion", "SigningCertURL", "UnsubscribeURL"}
    return {key: value for key, value in envelope.items() if key not in left_out}
