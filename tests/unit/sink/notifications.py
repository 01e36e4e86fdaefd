"""Notifications as Alertmanager sends them, and what opens the sink to them."""

from typing import Any

TOKEN = "tOkEn4Tests0123456789xyz"  # noqa: S105 - it opens nothing
HOOK = f"/services/T0TEAM01/B0HOOK01/{TOKEN}"
WEBHOOK_URL = f"http://sink:8002{HOOK}"
ROUTING_KEY = "0123456789abcdef0123456789abcdef"

RUNBOOK = "http://localhost:8002/runbooks/HighErrorRate"
DASHBOARD = "http://localhost:3000/d/api-server"


def slack_message(channel: str = "#alerts-critical", **changes: object) -> dict[str, Any]:
    """Return HighErrorRate as it reaches Slack; `changes` are of its attachment."""
    what = "29.87% of the requests to api end in a server error (limit 1%)."
    attachment = {
        "title": "[FIRING] HighErrorRate: More than 1% of API requests fail.",
        "title_link": DASHBOARD,
        "text": f"*api since 03:12 UTC*. {what}\n`job=api`\n",
        "fallback": f"[FIRING] HighErrorRate: api since 03:12 UTC. {what}",
        "callback_id": "",
        "fields": [
            {"title": "Severity", "value": "critical", "short": True},
            {"title": "Team", "value": "platform", "short": True},
        ],
        "actions": [
            {"type": "button", "text": "Runbook", "url": RUNBOOK, "style": "primary"},
            {"type": "button", "text": "Dashboard", "url": DASHBOARD},
        ],
        "footer": "",
        "color": "danger",
        "mrkdwn_in": ["fallback", "pretext", "text"],
        **changes,
    }
    return {"channel": channel, "username": "Alertmanager", "attachments": [attachment]}


def event(action: str = "trigger", key: str = "group-1", **changes: object) -> dict[str, Any]:
    """Return HighErrorRate as it reaches PagerDuty; `changes` are of its payload."""
    return {
        "routing_key": ROUTING_KEY,
        "dedup_key": key,
        "event_action": action,
        "client": "Alertmanager",
        "client_url": "http://localhost:9093",
        "payload": {
            "summary": "HighErrorRate: api since 03:12 UTC. 29.87% of the requests fail.",
            "source": "api",
            "severity": "critical",
            "component": "api",
            "group": "platform",
            "class": "HighErrorRate",
            "custom_details": {"alertname": "HighErrorRate", "team": "platform", "job": "api"},
            **changes,
        },
        "links": [{"href": RUNBOOK, "text": "Runbook"}, {"href": DASHBOARD, "text": "Dashboard"}],
    }


def heartbeat_webhook(*statuses: str, alertname: str = "Watchdog") -> dict[str, Any]:
    """Return the Watchdog as Alertmanager's webhook sends it, one alert for each status."""
    labels = {"alertname": alertname, "severity": "none", "team": "platform"}
    alert = {
        "labels": labels,
        "annotations": {"summary": "Alerts arrive."},
        "startsAt": "2026-01-15T10:30:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://localhost:9090/graph",
        "fingerprint": "9e1e5b6d0d8d1c2f",
    }
    alerts = [{"status": status, **alert} for status in statuses or ("firing",)]
    return {
        "receiver": "heartbeat",
        "status": alerts[0]["status"],
        "alerts": alerts,
        "groupLabels": {"alertname": alertname},
        "commonLabels": labels,
        "commonAnnotations": {"summary": "Alerts arrive."},
        "externalURL": "http://localhost:9093",
        "version": "4",
        "groupKey": '{}:{alertname="Watchdog"}',
        "truncatedAlerts": 0,
    }
