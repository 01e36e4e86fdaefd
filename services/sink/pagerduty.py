"""PagerDuty's Events API v2: what `enqueue` takes and refuses, and what becomes an incident.

Sources: https://developer.pagerduty.com/docs/events-api-v2-overview and its OpenAPI description of
`POST /v2/enqueue`.
"""

import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from sink.store import Delivery

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
# Bytes of one event.
LARGEST_EVENT = 512 * 1024
LONGEST_KEY = 255
LONGEST_SUMMARY = 1024
STATES = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


class InvalidEventError(Exception):
    """What PagerDuty answers with 400 and a list of errors."""

    def __init__(self, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.errors = list(errors)


def parse(body: bytes, routing_key: str) -> dict[str, Any]:
    """Return a valid event, its dedup_key made where a trigger has none.

    Raises InvalidEventError with everything that is wrong with it.
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidEventError("JSON body is invalid") from error
    if not isinstance(event, dict):
        raise InvalidEventError("JSON body must be an object")
    errors = list(_errors(event))
    if event.get("routing_key") != routing_key and not errors:
        errors = ["'routing_key' is invalid"]
    if errors:
        raise InvalidEventError(*errors)
    if not event.get("dedup_key"):
        event["dedup_key"] = uuid4().hex
    return event


def _errors(event: dict[str, Any]) -> Iterable[str]:
    key = event.get("routing_key")
    if not isinstance(key, str) or len(key) != 32:  # noqa: PLR2004 - an integration key's length
        yield "'routing_key' is missing or not 32 characters long"
    action = event.get("event_action")
    if action not in ACTIONS:
        yield f"'event_action' must be one of: {', '.join(ACTIONS)}"
    dedup_key = event.get("dedup_key")
    if dedup_key is not None and (not isinstance(dedup_key, str) or len(dedup_key) > LONGEST_KEY):
        yield f"'dedup_key' must be a string of at most {LONGEST_KEY} characters"
    if action == "trigger":
        yield from _payload_errors(event.get("payload"))
    elif not dedup_key:
        yield "'dedup_key' is missing or blank"


def _payload_errors(payload: object) -> Iterable[str]:
    if not isinstance(payload, dict):
        yield "'payload' is missing or not an object"
        return
    for name in ("summary", "source"):
        value = payload.get(name)
        if not isinstance(value, str) or not value.strip():
            yield f"'payload.{name}' is missing or blank"
        elif name == "summary" and len(value) > LONGEST_SUMMARY:
            yield f"'payload.summary' is longer than {LONGEST_SUMMARY} characters"
    if payload.get("severity") not in SEVERITIES:
        yield f"'payload.severity' must be one of: {', '.join(SEVERITIES)}"


def incidents(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Return the incidents that events made, newest first.

    A trigger opens one, or joins the open one of its key, which keeps its state; acknowledge and
    resolve act on the open one and on nothing else. After a resolve a trigger opens another.
    """
    found: list[dict[str, Any]] = []
    opened: dict[str | None, dict[str, Any]] = {}
    for one in deliveries:
        incident = opened.get(one.dedup_key)
        if incident is None:
            if one.action != "trigger":
                continue
            incident = opened[one.dedup_key] = _open(one)
            found.append(incident)
        elif one.action == "trigger":
            incident |= _described(one)
        else:
            incident["status"] = STATES[one.action]
            incident[f"{STATES[one.action]}_at"] = one.received_at
            if one.action == "resolve":
                del opened[one.dedup_key]
        incident["events"].append(
            {"seq": one.seq, "received_at": one.received_at, "event_action": one.action}
        )
    return found[::-1]


def _open(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.seq,
        "dedup_key": one.dedup_key,
        "status": "triggered",
        "triggered_at": one.received_at,
        "acknowledged_at": None,
        "resolved_at": None,
        "events": [],
        **_described(one),
    }


def _described(one: Delivery) -> dict[str, Any]:
    payload = one.payload.get("payload", {})
    names = ("summary", "severity", "source", "component", "group", "class", "custom_details")
    return {
        **{name: payload.get(name) for name in names},
        "links": one.payload.get("links") or [],
        "client": one.payload.get("client"),
        "client_url": one.payload.get("client_url"),
    }
