"""What PagerDuty makes of the events it accepted.

The rules are those of "Alert De-Duplication" and "Event Action Behavior" in
https://developer.pagerduty.com/docs/send-alert-event. A key may be used by several clients, as
where Prometheus and CloudWatch both notice a fault: that is one incident, and the first resolve
ends it, whichever client says so. What the others say later is dropped.
"""

from collections.abc import Iterable
from typing import Any

from sink.deliveries import Delivery

_STATUS = {"acknowledge": "acknowledged", "resolve": "resolved"}

_DESCRIPTION = ("summary", "severity", "source", "component", "group", "class")


def from_events(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Return the incidents that events made, newest first.

    A trigger opens one, or joins its key's open one, which stays as it is. Acknowledge and resolve
    act on the key's open one; without one they are dropped. A resolved one stays so: the next
    trigger opens another.

    Beyond what PagerDuty keeps, `dropped` lists a key's events that came after its incident was
    resolved and changed nothing, `clients` the last trigger or resolve of each client, and `by` of
    an event the person who acknowledged or resolved it here.
    """
    incidents: list[dict[str, Any]] = []
    newest: dict[str | None, dict[str, Any]] = {}
    for one in deliveries:
        incident = newest.get(one.dedup_key)
        is_open = incident is not None and incident["status"] != "resolved"
        if one.action == "trigger" and not is_open:
            incident = newest[one.dedup_key] = _opened_by(one)
            incidents.append(incident)
        elif incident is None:
            continue
        elif one.action in _STATUS and is_open:
            _change(incident, one)
        incident["events" if is_open or one.action == "trigger" else "dropped"].append(_event(one))
    for incident in incidents:
        incident["clients"] = _clients(incident)
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
        "dropped": [],
    }


def _event(one: Delivery) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "received_at": one.received_at,
        "action": one.action,
        "client": one.payload.get("client"),
        "by": one.payload.get("by"),
        "summary": _object(one.payload.get("payload")).get("summary"),
    }


def _clients(incident: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what each client said last of whether it is over, in the order of their first word."""
    last: dict[str, dict[str, Any]] = {}
    for event in [*incident["events"], *incident["dropped"]]:
        if event["action"] != "acknowledge":
            # Whatever JSON an event has there.
            last[str(event["client"])] = event
    return [
        {name: one[name] for name in ("client", "action", "received_at")} for one in last.values()
    ]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
