"""A Lambda function: CloudWatch's alarms, from SNS to PagerDuty and Slack, in Alertmanager's words.

A critical alarm goes to PagerDuty with the dedup_key that Alertmanager uses for its twin, so that
both are one incident, and to Slack; others to Slack alone. What is not delivered raises, and Lambda
tries again: PagerDuty then knows the event by its dedup_key, Slack may show a message twice, which
is better than not at all. Nothing that is logged or raised holds an address or a key.

Settings: SLACK_API_URL and PAGERDUTY_ROUTING_KEY, each as `…_SECRET_ARN` in Secrets Manager or as
`…_FILE`; without a routing key PagerDuty has a subscription of its own. PAGERDUTY_URL is for tests.
"""

import json
import logging
import os
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
# As in alertmanager.yml; any other severity goes to the last one.
CHANNELS = {"critical": "#alerts-critical", "warning": "#alerts-warning", "": "#alerts"}
COLOURS = {"critical": "danger", "warning": "warning", "": "#439FE0"}
# Seconds. Both calls and their secrets fit into the function's 30.
TIMEOUT = 5
PATIENCE = Config(connect_timeout=2, read_timeout=TIMEOUT, retries={"total_max_attempts": 1})
LINKS = {"Runbook": "runbook_url", "Dashboard": "dashboard_url"}
WORDS = ("alertname", "severity", "team", "job", "summary", "description", *LINKS.values())
Body = dict[str, Any]

_log = logging.getLogger("notifier")
_log.setLevel(logging.INFO)


class NotDeliveredError(Exception):
    """Receivers that could not be told; says which and why, without their address."""


def handler(event: Body, _: object) -> None:
    """Tell of every alarm in an SNS event; raises NotDeliveredError, or ValueError for no alarm."""
    failures = []
    for record in event["Records"]:
        message = _parsed(record["Sns"]["Message"])
        if not {"AlarmName", "AlarmArn", "NewStateValue", "StateChangeTime"} <= message.keys():
            raise ValueError(f"message {record['Sns'].get('MessageId')} is no alarm's")
        states = message.get("OldStateValue"), message["NewStateValue"]
        # A new alarm begins by being OK: nobody was told of anything that could be over.
        if states[1] in {"ALARM", "OK"} and states != ("INSUFFICIENT_DATA", "OK"):
            failures += tell(message, words(message, record["Sns"].get("TopicArn", "")))
    if failures:
        raise NotDeliveredError("; ".join(failures))


def tell(message: Body, said: Body) -> list[str]:
    """Tell all receivers of one alarm, whether or not another fails; return what failed."""
    failures = []
    receivers = {"SLACK_API_URL": slack}
    if said["severity"] == "critical" and any(
        map(os.environ.get, _sources("PAGERDUTY_ROUTING_KEY"))
    ):
        receivers = {"PAGERDUTY_ROUTING_KEY": pagerduty} | receivers
    for secret, written in receivers.items():
        try:
            _post(*written(message, said, _secret(secret)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must be told
            reason = getattr(error, "code", None) or type(error).__name__
            failures.append(f"{written.__name__} was not told of {message['AlarmName']}: {reason}")
        else:
            _log.info("%s was told: %s", written.__name__, _title(message, said))
    return failures


def pagerduty(message: Body, said: Body, key: str) -> tuple[str, Body]:
    """Return where an event goes, and the event with the fields of Alertmanager's."""
    since = _time(message)
    what = f"{said['job']} {'since' if _firing(message) else 'resolved at'} {since:%H:%M} UTC"
    bad = f". {said['description'] or said['summary']}" if _firing(message) else ""
    details = {name: said[name] for name in ("alertname", "severity", "team", "job", "description")}
    details |= {text.lower(): said[name] for text, name in LINKS.items()}
    details |= {"since": f"{since:%Y-%m-%d %H:%M} UTC", "alarm": message["AlarmName"]}
    return os.environ.get("PAGERDUTY_URL") or PAGERDUTY, {
        "routing_key": key,
        "event_action": "trigger" if _firing(message) else "resolve",
        "dedup_key": said.get("dedup_key") or message["AlarmArn"][:255],
        "client": "CloudWatch",
        "links": [{"href": said[name], "text": text} for text, name in LINKS.items() if said[name]],
        "payload": {
            # PagerDuty's limit.
            "summary": f"{said['alertname']}: {what}{bad}"[:1024],
            "source": said["job"],
            "severity": "critical",
            "timestamp": since.isoformat(),
            "component": said["job"],
            "group": said["team"],
            "class": said["alertname"],
            "custom_details": details | {"reason": message.get("NewStateReason", "")},
        },
    }


def slack(message: Body, said: Body, url: str) -> tuple[str, Body]:
    """Return where a message goes, and the message as alertmanager/templates/slack.tmpl has it."""
    told = {name: _escaped(said[name]) for name in WORDS}
    severity = said["severity"] if said["severity"] in CHANNELS else ""
    when = f"{_time(message):%H:%M} UTC"
    text = f"*{told['job']} resolved* at {when}"
    if _firing(message):
        text = f"*{told['job']} since {when}*. {told['description'] or told['summary']}"
    # A composite alarm's message names the alarms that changed it.
    children = [
        child["Arn"].split(":alarm:")[-1] for child in message.get("TriggeringChildren", ())
    ]
    attachment = {
        "color": COLOURS[severity] if _firing(message) else "good",
        "title": _escaped(_title(message, said)),
        "title_link": said["dashboard_url"],
        "fallback": f"{_escaped(_title(message, said))} {text.replace('*', '')}",
        "text": f"{text}\n`{' '.join([message['AlarmName'], *children])}`\n",
        "fields": [
            {"title": name.capitalize(), "value": told[name] or "none", "short": True}
            for name in ("severity", "team")
        ],
        "actions": [
            {"type": "button", "text": text, "url": said[name]}
            for text, name in LINKS.items()
            if said[name]
        ],
        "mrkdwn_in": ["fallback", "pretext", "text"],
    }
    return url, {
        "channel": CHANNELS[severity],
        "username": "CloudWatch",
        "attachments": [attachment],
    }


def words(message: Body, topic: str) -> Body:
    """Return what the alarm's description says; an alarm made by hand speaks by name and topic."""
    try:
        said = _parsed(message.get("AlarmDescription") or "")
    except ValueError:
        said = {"description": message.get("AlarmDescription") or ""}
    named = {"alertname": message["AlarmName"], "severity": topic.rpartition("-")[2]}
    return (
        dict.fromkeys(WORDS, "") | named | {"job": "unknown"} | {k: v for k, v in said.items() if v}
    )


def _parsed(text: str) -> Body:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - as JSON that can't be read
    return found


def _firing(message: Body) -> bool:
    return bool(message["NewStateValue"] == "ALARM")


def _title(message: Body, said: Body) -> str:
    return (
        f"[{'FIRING' if _firing(message) else 'RESOLVED'}] {said['alertname']}: {said['summary']}"
    )


def _time(message: Body) -> datetime:
    return datetime.strptime(message["StateChangeTime"], "%Y-%m-%dT%H:%M:%S.%f%z")


def _escaped(text: object) -> str:
    """As Slack asks: a name such as <!channel> is text and rings nobody's phone."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sources(name: str) -> tuple[str, str]:
    return f"{name}_FILE", f"{name}_SECRET_ARN"


def _secret(name: str) -> str:
    """Read a secret anew each time: alarms are rare, and it may have been rotated."""
    file, arn = map(os.environ.get, _sources(name))
    if file:
        return Path(file).read_text("utf-8").strip()
    client = boto3.client("secretsmanager", config=PATIENCE)
    return str(client.get_secret_value(SecretId=arn)["SecretString"]).strip()


def _post(url: str, body: Body) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own settings name the address
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - as above
        answer.read()
