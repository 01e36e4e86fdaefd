"""What arrives: a notification that is to be kept, and one that was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Notification(NamedTuple):
    """One that is to be kept; its fields are those of `Delivery`.

    Of those with one `once` only the first is kept, for as long as it is among the newest.
    """

    via: str
    action: str
    payload: dict[str, Any]
    channel: str | None = None
    dedup_key: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted notification, numbered in the order of arrival.

    `via` is slack, pagerduty or sns. A Slack message has a `channel`; a PagerDuty event has a
    `dedup_key`, and its `action` is trigger, acknowledge or resolve. Of an SNS delivery the
    `channel` is the topic's name, the `dedup_key` its MessageId, the `action` message, subscribe or
    unsubscribe, and the `payload` SNS' envelope without what would let a reader subscribe or
    unsubscribe, with two fields more: `signature` (version 1, version 2, unsigned (local)) and
    `alarm`, what a CloudWatch alarm's message says, else null. `received_at` is UTC (ISO 8601,
    ms, Z).
    """

    seq: int
    received_at: str
    via: str
    channel: str | None
    dedup_key: str | None
    action: str
    payload: dict[str, Any]


def utc(moment: datetime) -> str:
    """Return a UTC time as everything here writes it (ISO 8601, milliseconds, Z)."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
