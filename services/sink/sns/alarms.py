"""A CloudWatch alarm's notification, made readable.

Its fields are those of the message that an alarm's SNS action publishes; AWS shows one in
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html.
AlarmDescription may hold a JSON object with what Prometheus' alerts have in labels and annotations.
"""

from datetime import UTC, datetime
from typing import Any

from sink.deliveries import utc
from sink.payload import read_object

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")

# Of AlarmDescription's object.
_DESCRIBED = (
    *("alertname", "severity", "team", "job", "summary", "description"),
    *("runbook_url", "dashboard_url", "dedup_key"),
)


def read(message: str) -> dict[str, Any] | None:
    """Return what a message says of an alarm; None where it is no alarm's.

    `name`, `arn`, `old_state`, `new_state`, `reason`, `region`, `at` (UTC: when it changed its
    state), and of its description `alertname`, `severity`, `team`, `job`, `summary`,
    `description`, `runbook_url`, `dashboard_url`, `dedup_key`: each a text, or None where it isn't
    told.
    A description that is no object is the `description`.
    """
    try:
        told = read_object(message)
    except ValueError:
        return None
    if not _text(told.get("AlarmName")) or told.get("NewStateValue") not in STATES:
        return None
    return {
        "name": told["AlarmName"],
        "arn": _text(told.get("AlarmArn")),
        "old_state": _text(told.get("OldStateValue")),
        "new_state": told["NewStateValue"],
        "reason": _text(told.get("NewStateReason")),
        "region": _text(told.get("Region")),
        "at": _time(told.get("StateChangeTime")),
        **_described(told.get("AlarmDescription")),
    }


def _described(description: object) -> dict[str, str | None]:
    text = _text(description)
    try:
        found = read_object(text or "")
    except ValueError:
        found = {"description": text}
    return {name: _text(found.get(name)) for name in _DESCRIBED}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _time(value: object) -> str | None:
    """Return CloudWatch's `2026-01-15T10:30:00.123+0000` as the sink writes times."""
    try:
        moment = datetime.fromisoformat(str(value))
        return utc(moment.astimezone(UTC)) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
