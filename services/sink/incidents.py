"""What PagerDuty makes of the events it accepted.

The rules are those of "Alert De-Duplication" and "Event Action Behavior" in
https://developer.pagerduty.com/docs/send-alert-event.
"""

from collections.abc import Iterable
from typing import Any

from sink.store import Delivery

_STATUS = {"acknowledge": "acknowledged", "resolve": "resolved"}

_DESCRIPTION = ("summary", "severity", "source", "component", "group", "class")


def from_events(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Return the incidents that events made, newest first.

    A trigger opens one, or joins its key's open one, which stays as it is. Acknowledge and resolve
    act on the key's open one; without one they are dropped. A resolved one stays so: the next
    trigger opens another.
    """
    incidents: list[dict[str, Any]] = []
    opened: dict[str | None, dict[str, Any]] = {}
    for one in deliveries:
        incident = opened.get(one.dedup_key)
        if incident is None:
            if one.action != "trigger":
                continue
            incident = opened[one.dedup_key] = _opened_by(one)
            incidents.append(incident)
        elif one.action in _STATUS:
            _change(incident, one)
        incident["events"].append(_event(one))
        if incident["status"] == "resolved":
            del opened[one.dedup_key]
    return incidents[::-1]


def _change(incident: dict[str, Any], one: Delivery) -> None:
    status = _STATUS[one.action]
    incident["status"] = status
    # Acknowledged twice, it was acknowledged the first time.
    incident[f"{status}_at"] = incident[f"{status}_at"] or one.received_at


def _opened_by(one: Delivery) -> dict[str, Any]:
    described = _object(one.payload.get("payload"))
    links = one.payload.get("links")
    return {
        # A key's second incident has the same key; this number is its own.
        "id": one.seq,
        "dedup_key": one.dedup_key,
        "status": "triggered",
        **{name: described.get(name) for name in _DESCRIPTION},
        "triggered_at": one.received_at,
        "acknowledged_at": None,
        "resolved_at": None,
        "custom_details": described.get("custom_details"),
        "links": [link for link in links if _object(link)] if isinstance(links, list) else [],
        "client": one.payload.get("client"),
        "client_url": one.payload.get("client_url"),
        "events": [],
    }


def _event(one: Delivery) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "received_at": one.received_at,
        "action": one.action,
        "summary": _object(one.payload.get("payload")).get("summary"),
    }


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
