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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
# Channel and colour, as in alertmanager.yml; of any other severity the last.
STYLES = {"critical": ("#alerts-critical", "danger"), "warning": ("#alerts-warning", "warning")}
OTHERS = ("#alerts", "#439FE0")
# Seconds. Both calls and their secrets fit into the function's 30.
TIMEOUT = 5
PATIENCE = Config(connect_timeout=2, read_timeout=TIMEOUT, retries={"total_max_attempts": 1})
LINKS = {"runbook": "runbook_url", "dashboard": "dashboard_url"}
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
        alarm = _parsed(record["Sns"]["Message"])
        if not {"AlarmName", "AlarmArn", "NewStateValue", "StateChangeTime"} <= alarm.keys():
            raise ValueError(f"message {record['Sns'].get('MessageId')} is no alarm's")
        states = alarm.get("OldStateValue"), alarm["NewStateValue"]
        # A new alarm begins by being OK: nobody was told of anything that could be over.
        if states[1] in {"ALARM", "OK"} and states != ("INSUFFICIENT_DATA", "OK"):
            failures += tell(alarm, words(alarm, record["Sns"].get("TopicArn", "")))
    if failures:
        raise NotDeliveredError("; ".join(failures))


def tell(alarm: Body, said: Body) -> list[str]:
    """Tell all receivers of one alarm, whether or not another fails; return what failed."""
    failures = []
    pages = said["severity"] == "critical" and any(_sources("PAGERDUTY_ROUTING_KEY"))
    for written, name in (pagerduty, "PAGERDUTY_ROUTING_KEY"), (slack, "SLACK_API_URL"):
        if written is pagerduty and not pages:
            continue
        try:
            _post(*written(alarm, said, _secret(name)))
            _log.info("%s was told: %s is %s", written.__name__, said["alertname"], _state(alarm))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must be told
            reason = getattr(error, "code", None) or type(error).__name__
            failures.append(f"{written.__name__} was not told of {alarm['AlarmName']}: {reason}")
    return failures


def pagerduty(alarm: Body, said: Body, key: str) -> tuple[str, Body]:
    """Return where an event goes, and the event with the fields of Alertmanager's."""
    what = f"{said['job']} resolved at {_when(alarm):%H:%M} UTC"
    if _state(alarm) == "FIRING":
        what = f"{said['job']} since {_when(alarm):%H:%M} UTC. {said['description']}"
    details = {name: said[name] for name in ("alertname", "severity", "team", "job", "description")}
    details |= {"alarm": alarm["AlarmName"], "reason": alarm.get("NewStateReason", "")}
    details |= {text: said[name] for text, name in LINKS.items()}
    details["since"] = f"{_when(alarm):%Y-%m-%d %H:%M} UTC"
    payload = {"source": said["job"], "component": said["job"], "group": said["team"]}
    payload |= {"class": said["alertname"], "severity": "critical", "custom_details": details}
    payload["timestamp"] = _when(alarm).isoformat()
    # PagerDuty's limit.
    payload["summary"] = f"{said['alertname']}: {what}"[:1024]
    return os.environ.get("PAGERDUTY_URL") or PAGERDUTY, {
        "routing_key": key,
        "event_action": "trigger" if _state(alarm) == "FIRING" else "resolve",
        "dedup_key": said.get("dedup_key") or alarm["AlarmArn"][:255],
        "client": "CloudWatch",
        "links": [{"href": link, "text": text} for text, link in _links(said)],
        "payload": payload,
    }


def slack(alarm: Body, said: Body, url: str) -> tuple[str, Body]:
    """Return where a message goes, and the message as alertmanager/templates/slack.tmpl has it."""
    told = {name: _escaped(said[name]) for name in WORDS}
    channel, colour = STYLES.get(said["severity"], OTHERS)
    text = f"*{told['job']} since {_when(alarm):%H:%M} UTC*. {told['description']}"
    if _state(alarm) == "RESOLVED":
        text, colour = f"*{told['job']} resolved* at {_when(alarm):%H:%M} UTC", "good"
    title = f"[{_state(alarm)}] {told['alertname']}: "
    fields = [(name, told[name] or "none") for name in ("severity", "team")]
    # A composite alarm's message names the alarms that changed it.
    arns = [alarm["AlarmArn"], *(child["Arn"] for child in alarm.get("TriggeringChildren") or ())]
    attachment = {
        "color": colour,
        "title": title + told["summary"],
        "title_link": said["dashboard_url"],
        "fallback": title + text.replace("*", ""),
        "text": f"{text}\n`{' '.join(arn.rpartition(':')[2] for arn in arns)}`\n",
        "fields": [{"title": name.title(), "value": is_, "short": True} for name, is_ in fields],
        "actions": [{"type": "button", "text": text, "url": link} for text, link in _links(said)],
        "mrkdwn_in": ["fallback", "pretext", "text"],
    }
    return url, {"channel": channel, "username": "CloudWatch", "attachments": [attachment]}


def words(alarm: Body, topic: str) -> Body:
    """Return what the alarm's description says; an alarm made by hand speaks by name and topic."""
    _, _, severity = topic.rpartition("-")
    named = {"alertname": alarm["AlarmName"], "severity": severity, "job": "unknown"}
    text = alarm.get("AlarmDescription") or ""
    try:
        said = {name: word for name, word in _parsed(text).items() if word and type(word) is str}
    except ValueError:
        said = {"description": text}
    return dict.fromkeys(WORDS, "") | named | said


def _links(said: Body) -> list[tuple[str, str]]:
    return [(text.title(), said[name]) for text, name in LINKS.items() if said[name]]


def _parsed(text: str) -> Body:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - as JSON that can't be read
    return found


def _state(alarm: Body) -> str:
    return "FIRING" if alarm["NewStateValue"] == "ALARM" else "RESOLVED"


def _when(alarm: Body) -> datetime:
    moment = datetime.strptime(alarm["StateChangeTime"], "%Y-%m-%dT%H:%M:%S.%f%z")
    return moment.astimezone(UTC)


def _escaped(text: object) -> str:
    """As Slack asks: a name such as <!channel> is text and rings nobody's phone."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sources(name: str) -> tuple[str | None, str | None]:
    return os.environ.get(f"{name}_FILE"), os.environ.get(f"{name}_SECRET_ARN")


def _secret(name: str) -> str:
    """Read a secret anew each time: alarms are rare, and it may have been rotated."""
    file, arn = _sources(name)
    if file:
        return Path(file).read_text("utf-8").strip()
    client = boto3.client("secretsmanager", config=PATIENCE)
    return str(client.get_secret_value(SecretId=arn)["SecretString"]).strip()


def _post(url: str, body: Body) -> None:
    headers = {"Content-Type": "application/json"}
    request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - our own settings'
    with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - as above
        answer.read()
