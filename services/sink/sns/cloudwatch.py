"""What PagerDuty's Amazon CloudWatch integration makes of an alarm's notification.

https://www.pagerduty.com/docs/guides/aws-cloudwatch-integration-guide/: ALARM triggers, OK
resolves. What it does with INSUFFICIENT_DATA isn't documented; here that changes nothing.
"""

from typing import Any

from sink.pagerduty import LONGEST_SUMMARY, SEVERITIES

CLIENT = "Amazon CloudWatch"

ACTIONS = {"ALARM": "trigger", "OK": "resolve"}

# Of an alarm: said by the event itself, or for another way to PagerDuty.
_ELSEWHERE = frozenset({"arn", "dedup_key"})

_LINKS = (("Runbook", "runbook_url"), ("Dashboard", "dashboard_url"))


def dedup_key(alarm: dict[str, Any]) -> str:
    """Return the key of an alarm's incident: its ARN, or its name in messages that have none."""
    return str(alarm["arn"] or alarm["name"])


def event(alarm: dict[str, Any], subject: str | None) -> dict[str, Any]:
    """Return an alarm's event as Events API v2 would take it, for `alarm` as `alarms.read` has it.

    `subject` is the message's own, the incident's title in PagerDuty.
    """
    title = subject or f"{alarm['new_state']}: {alarm['name']}"
    severity = alarm["severity"] if alarm["severity"] in SEVERITIES else "critical"
    return {
        "dedup_key": dedup_key(alarm),
        "event_action": ACTIONS[alarm["new_state"]],
        "client": CLIENT,
        "payload": {
            "summary": title[:LONGEST_SUMMARY],
            "source": alarm["arn"] or alarm["name"],
            "severity": severity,
            "group": alarm["team"],
            "class": alarm["alertname"],
            "custom_details": {
                name: value for name, value in alarm.items() if value and name not in _ELSEWHERE
            },
        },
        "links": [{"href": alarm[name], "text": text} for text, name in _LINKS if alarm[name]],
    }
