"""PagerDuty's Events API v2: which events `POST /v2/enqueue` takes, and how it refuses others.

Sources: https://developer.pagerduty.com/docs/events-api-v2-overview (limits),
https://developer.pagerduty.com/docs/send-alert-event (fields and their lengths) and the OpenAPI
description in https://github.com/PagerDuty/api-schema. The texts of the errors are those that
users of the real API report, its spelling included; only what is documented without a text
(an unknown action, a missing or over-long dedup_key, an event that is too large, a failure of
PagerDuty's own) has one made in the same form.
"""

import hmac
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import uuid4

from sink.payload import read_object

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")

# Bytes of one event: "512 KB", which PagerDuty's own change to Alertmanager counts in thousands.
LARGEST_EVENT = 512_000

# Characters.
LONGEST_SUMMARY = 1024
_KEY_LENGTH = 32
_LONGEST_DEDUP_KEY = 255


class RefusedError(Exception):
    """A refusal: the words of its body, and its status, which is 400 where the event is wrong."""

    def __init__(self, word: str, message: str, errors: list[str], *, status: int = 400) -> None:
        super().__init__(message)
        self.document = {"status": word, "message": message, "errors": errors}
        self.status = status


class Event(NamedTuple):
    """A valid event: `action` on the alert of `dedup_key`; `body` as it came but for its secret."""

    action: str
    dedup_key: str
    body: dict[str, Any]


def parse(body: bytes, routing_key: str) -> Event:
    """Return a valid event with a dedup_key of its own where a trigger names none.

    Raises RefusedError with everything that is wrong.
    """
    try:
        event = read_object(body)
    except ValueError as error:
        unread = ("Unrecognized object", "Event object format is unrecognized")
        raise RefusedError(*unread, ["JSON parse error"]) from error
    errors = [*_routing_errors(event.pop("routing_key", None), routing_key), *_errors(event)]
    if errors:
        raise _invalid(errors)
    return Event(event["event_action"], event.get("dedup_key") or uuid4().hex, event)


def check_key(key: str, expected: str) -> None:
    """Let the expected integration key in; raises RefusedError for another."""
    if errors := list(_routing_errors(key, expected)):
        raise _invalid(errors)


def no_alarm() -> RefusedError:
    """Return the refusal of a message that the CloudWatch integration makes nothing of.

    PagerDuty drops it without a documented word.
    """
    return _invalid(["Message is not that of a CloudWatch alarm"])


def too_large() -> RefusedError:
    """Return the refusal of an event beyond LARGEST_EVENT.

    The documentation gives the limit, and 400 as the one status for an event that must change.
    """
    return _invalid([f"Event is too large (maximum is {LARGEST_EVENT // 1000} KB)"])


def unavailable() -> RefusedError:
    """Return the refusal of every event, while PagerDuty itself fails; senders try again."""
    message = "PagerDuty is experiencing an internal error"
    return RefusedError("service unavailable", message, ["Service unavailable"], status=503)


def _invalid(errors: list[str]) -> RefusedError:
    return RefusedError("invalid event", "Event object is invalid", errors)


def _routing_errors(key: object, expected: str) -> Iterable[str]:
    if not _is_text(key):
        yield "'routing_key' cannot be blank"
        return
    text = str(key)
    if len(text) != _KEY_LENGTH:
        yield f"Length of 'routing_key' is incorrect (should be {_KEY_LENGTH} characters)"
    if not (text.isascii() and text.isalnum()):
        yield "'routing_key' cannot contain non-alphanumeric characters."
    elif len(text) == _KEY_LENGTH and not hmac.compare_digest(text.encode(), expected.encode()):
        yield "Invalid routing key"


def _errors(event: dict[str, Any]) -> Iterable[str]:
    action = event.get("event_action")
    if not _is_text(action):
        yield "'event_action' is missing or blank"
    elif action not in ACTIONS:
        yield f"'event_action' is invalid (must be one of the following: {_choices(ACTIONS)})"
    dedup_key = event.get("dedup_key")
    if dedup_key and not isinstance(dedup_key, str):
        yield "'dedup_key' is invalid (must be a string)"
    elif isinstance(dedup_key, str) and len(dedup_key) > _LONGEST_DEDUP_KEY:
        yield f"'dedup_key' is too long (maximum is {_LONGEST_DEDUP_KEY} characters)"
    if action == "trigger":
        payload = event.get("payload")
        yield from _payload_errors(payload if isinstance(payload, dict) else {})
    elif action in ACTIONS and not dedup_key:
        yield "'dedup_key' is missing or blank"


def _payload_errors(payload: dict[str, Any]) -> Iterable[str]:
    for name in ("summary", "source", "severity"):
        if not _is_text(payload.get(name)):
            yield f"'payload.{name}' is missing or blank"
    if len(str(payload.get("summary"))) > LONGEST_SUMMARY:
        # The real answer's spelling.
        yield f"'summary' is too long (maiximum is {LONGEST_SUMMARY} characters)"
    severity = payload.get("severity")
    if _is_text(severity) and severity not in SEVERITIES:
        choices = _choices(SEVERITIES)
        yield f"'payload.severity' is invalid (must be one of the following: {choices})"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _choices(words: tuple[str, ...]) -> str:
    *first, last = (f"'{word}'" for word in words)
    return f"{', '.join(first)} or {last}"
