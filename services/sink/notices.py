"""What the sink pages by itself, in the form of Alertmanager's own notifications.

The form is that of the templates in alertmanager/templates: people and programs read both alike.
"""

from datetime import datetime
from typing import Any

from sink.deliveries import Notification

DEDUP_KEY = "heartbeat"

_ALERT = "HeartbeatMissing"
_CHANNEL = "#alerts-critical"
_SEVERITY, _TEAM, _SOURCE = "critical", "platform", "sink"
_RUNBOOK = f"http://localhost:8002/runbooks/{_ALERT}"
_DASHBOARD = "http://localhost:3000/d/infrastructure"


def missing(since: datetime, timeout: str) -> tuple[Notification, Notification]:
    """Return the page and the message that nobody watches; `timeout` as Prometheus writes it."""
    description = (
        f"No heartbeat from Alertmanager for {timeout}. Nobody watches, no alert can arrive. "
        "Start Prometheus and Alertmanager again; until then look at the services yourself."
    )
    when = f"since {since:%H:%M} UTC"
    details = {"description": description, "since": f"{since:%Y-%m-%d %H:%M} UTC"}
    return (
        _page("trigger", f"{when}. {description}", {**details, "firing": when}),
        _message("FIRING", "danger", f"{when}. {description}", f"*{when}*. {description}"),
    )


def back(at: datetime) -> tuple[Notification, Notification]:
    """Return the page's end, and the message that somebody watches again."""
    description = "The heartbeat is back, alerts arrive again."
    when = f"at {at:%H:%M} UTC"
    resolved = f"resolved {when}"
    details = {"description": description, "resolved": resolved}
    return (
        _page("resolve", f"{resolved}. {description}", details),
        _message("RESOLVED", "good", f"{when}. {description}", f"*resolved* {when}. {description}"),
    )


def _page(action: str, text: str, details: dict[str, str]) -> Notification:
    named = {"alertname": _ALERT, "severity": _SEVERITY, "team": _TEAM, "job": _SOURCE}
    event = {
        "dedup_key": DEDUP_KEY,
        "event_action": action,
        "client": "Sink",
        "client_url": "http://localhost:8002",
        "payload": {
            "summary": f"{_ALERT}: {text}",
            "source": _SOURCE,
            "severity": _SEVERITY,
            "component": _SOURCE,
            "group": _TEAM,
            "class": _ALERT,
            "custom_details": {**named, **details, "runbook": _RUNBOOK, "dashboard": _DASHBOARD},
        },
        "links": [
            {"href": _RUNBOOK, "text": "Runbook"},
            {"href": _DASHBOARD, "text": "Dashboard"},
        ],
    }
    return Notification("pagerduty", action, event, dedup_key=DEDUP_KEY)


def _message(state: str, color: str, fallback: str, text: str) -> Notification:
    attachment: dict[str, Any] = {
        "title": f"[{state}] {_ALERT}: Nobody watches, alerts can't arrive.",
        "title_link": _DASHBOARD,
        "text": text,
        "fallback": f"[{state}] {_ALERT}: {fallback}",
        "fields": [
            {"title": "Severity", "value": _SEVERITY, "short": True},
            {"title": "Team", "value": _TEAM, "short": True},
        ],
        "actions": [
            {"type": "button", "text": "Runbook", "url": _RUNBOOK, "style": "primary"},
            {"type": "button", "text": "Dashboard", "url": _DASHBOARD},
        ],
        "color": color,
        "mrkdwn_in": ["fallback", "pretext", "text"],
    }
    message = {"channel": _CHANNEL, "username": "Sink", "attachments": [attachment]}
    return Notification("slack", "message", message, channel=_CHANNEL)
