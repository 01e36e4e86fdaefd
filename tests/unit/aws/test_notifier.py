"""The notifier tells PagerDuty and Slack of alarms, as the sink's own doubles of both read it."""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from deploy.aws import notifier
from deploy.aws.builder.template import template
from deploy.stack.console import ROOT
from sink import pagerduty, slack

KEY = "0123456789abcdef0123456789abcdef"
HOOK = "/services/T0/B0/tokenoftheslackwebhook"
PREFIX = "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:"
REASON = (
    "Threshold Crossed: 5 out of the last 10 datapoints were greater than the threshold (0.01)."
)


@dataclass
class Receivers:
    """Slack and PagerDuty on one port: what they were sent, and the status that each answers."""

    posts: list[tuple[str, bytes]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    # Set: nobody answers before it is cleared.
    silent: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def events(self) -> list[dict[str, Any]]:
        """Return PagerDuty's events; one that it would refuse raises."""
        sent = [body for path, body in self.posts if path.startswith("/v2/")]
        for body in sent:
            pagerduty.parse(body, KEY)
        return [json.loads(body) for body in sent]

    def messages(self) -> list[dict[str, Any]]:
        """Return Slack's messages; one that it would refuse raises."""
        sent = [body for path, body in self.posts if path == HOOK]
        return [slack.parse(body, "application/json") for body in sent]


@pytest.fixture
def receivers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Receivers]:
    found = Receivers()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if found.silent.is_set():
                found.released.wait(10)
                return
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.posts.append((self.path, body))
            self.send_response(found.statuses.get(self.path.split("/")[1], 202))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "slack").write_text(f"{address}{HOOK}\n")
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("SLACK_API_URL_FILE", str(tmp_path / "slack"))
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("PAGERDUTY_URL", f"{address}/v2/enqueue")
    yield found
    found.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def description(logical: str) -> str:
    """Return the description of one of the template's alarms, as CloudFormation resolves it."""
    text: str = template()["Resources"][logical]["Properties"]["AlarmDescription"]["Fn::Sub"]
    return text.replace("${RunbooksUrl}", "http://runbooks").replace("${DashboardsUrl}", "http://d")


def alarm(logical: str = "HighErrorRateAlarm", **changes: object) -> dict[str, Any]:
    """Return the message of an alarm that was raised."""
    name = f"sre-reference-{logical.removesuffix('Alarm')}"
    return {
        "AlarmName": name,
        "AlarmDescription": description(logical),
        "AlarmArn": f"{PREFIX}{name}",
        "OldStateValue": "OK",
        "NewStateValue": "ALARM",
        "NewStateReason": REASON,
        "StateChangeTime": "2026-11-24T03:12:00.123+0000",
        **changes,
    }


def event(message: object, topic: str = "critical") -> dict[str, Any]:
    """Return the event that SNS calls the function with."""
    text = message if isinstance(message, str) else json.dumps(message)
    arn = f"arn:aws:sns:ap-northeast-1:123456789012:sre-reference-{topic}"
    return {"Records": [{"Sns": {"MessageId": "m-1", "TopicArn": arn, "Message": text}}]}


def tell(message: object, topic: str = "critical") -> None:
    notifier.handler(event(message, topic), None)


def test_a_critical_alarm_pages_and_is_in_slack(receivers: Receivers) -> None:
    tell(alarm())

    (page,) = receivers.events()
    said = "More than 1% of the requests to api end in a server error (limit 1%)."
    assert page["event_action"] == "trigger"
    assert page["payload"]["summary"].startswith(f"HighErrorRate: api since 03:12 UTC. {said}")
    details = page["payload"]["custom_details"]
    assert (page["payload"]["source"], page["payload"]["group"]) == ("api", "platform")
    assert details["since"] == "2026-11-24 03:12 UTC"
    assert details["reason"] == REASON
    assert page["links"][0] == {"href": "http://runbooks/HighErrorRate", "text": "Runbook"}
    (message,) = receivers.messages()
    (attachment,) = message["attachments"]
    assert message["channel"] == "#alerts-critical"
    assert attachment["color"] == "danger"
    assert attachment["title"] == "[FIRING] HighErrorRate: More than 1% of API requests fail."
    assert attachment["text"].startswith(f"*api since 03:12 UTC*. {said}")
    assert attachment["text"].endswith("\n`sre-reference-HighErrorRate`\n")
    assert [button["text"] for button in attachment["actions"]] == ["Runbook", "Dashboard"]


def test_the_end_resolves_the_same_incident(receivers: Receivers) -> None:
    tell(alarm())
    tell(alarm(OldStateValue="ALARM", NewStateValue="OK"))

    began, ended = receivers.events()
    assert ended["event_action"] == "resolve"
    assert began["dedup_key"] == ended["dedup_key"]
    assert ended["payload"]["summary"] == "HighErrorRate: api resolved at 03:12 UTC"
    (attachment,) = receivers.messages()[1]["attachments"]
    assert attachment["color"] == "good"
    assert attachment["title"].startswith("[RESOLVED] HighErrorRate")
    assert attachment["text"].startswith("*api resolved* at 03:12 UTC\n")


def test_fields_and_details_are_those_of_alertmanagers_notification(receivers: Receivers) -> None:
    """But for what a group of several alerts has, and an alarm is one."""
    document = yaml.safe_load((ROOT / "alertmanager/alertmanager.yml").read_text())
    (theirs,) = (r for r in document["receivers"] if r["name"] == "pagerduty-critical")
    (page, message) = theirs["pagerduty_configs"][0], theirs["slack_configs"][0]

    tell(alarm())

    ours = receivers.events()[0]["payload"]["custom_details"]
    assert ours.keys() == page["details"].keys() - {"firing", "resolved"} | {"alarm", "reason"}
    (attachment,) = receivers.messages()[0]["attachments"]
    assert [field["title"] for field in attachment["fields"]] == [
        field["title"] for field in message["fields"]
    ]
    assert attachment.keys() >= {"fallback", "color", "title", "title_link", "text"}


@pytest.mark.parametrize(
    ("logical", "topic", "channel", "colour"),
    [
        ("HighLatencyAlarm", "warning", "#alerts-warning", "warning"),
        ("SlowRequestsAlarm", "info", "#alerts", "#439FE0"),
    ],
)
def test_what_is_not_critical_pages_nobody(
    receivers: Receivers, logical: str, topic: str, channel: str, colour: str
) -> None:
    tell(alarm(logical), topic)

    assert receivers.events() == []
    (message,) = receivers.messages()
    assert (message["channel"], message["attachments"][0]["color"]) == (channel, colour)


def test_an_alarm_without_a_twin_is_an_incident_of_its_own(receivers: Receivers) -> None:
    tell(alarm("NotifierFailingAlarm"))

    (page,) = receivers.events()
    assert page["dedup_key"] == f"{PREFIX}sre-reference-NotifierFailing"


def test_a_composite_alarm_says_which_alarms_made_it(receivers: Receivers) -> None:
    children = [{"Arn": f"{PREFIX}sre-reference-ServiceDown-ml-silent", "State": {}}]
    tell(alarm("ServiceDownAlarm", AlarmRule="…", TriggeringChildren=children))

    (attachment,) = receivers.messages()[0]["attachments"]
    assert "`sre-reference-ServiceDown sre-reference-ServiceDown-ml-silent`" in attachment["text"]


@pytest.mark.parametrize("states", [("INSUFFICIENT_DATA", "OK"), ("OK", "INSUFFICIENT_DATA")])
def test_a_new_alarm_that_is_well_or_knows_nothing_is_no_news(
    receivers: Receivers, states: tuple[str, str]
) -> None:
    tell(alarm(OldStateValue=states[0], NewStateValue=states[1]))

    assert receivers.posts == []


def test_the_same_message_twice_is_the_same_incident(receivers: Receivers) -> None:
    tell(alarm())
    tell(alarm())

    first, second = receivers.events()
    assert first == second


@pytest.mark.parametrize(
    "text", ["Made by hand", "", "[1]", '"words"', "{", '{"severity": ["critical"]}', None]
)
def test_an_alarm_made_by_hand_pages_by_its_topic(receivers: Receivers, text: str | None) -> None:
    tell(alarm(AlarmDescription=text))

    (page,) = receivers.events()
    assert page["payload"]["summary"].startswith("sre-reference-HighErrorRate: unknown since")
    assert receivers.messages()[0]["channel"] == "#alerts-critical"


def test_markup_in_a_description_is_text(receivers: Receivers) -> None:
    words = json.dumps({"summary": "<!channel> & co", "description": "<b>"})
    tell(alarm(AlarmDescription=words))

    (attachment,) = receivers.messages()[0]["attachments"]
    assert attachment["title"].endswith("&lt;!channel&gt; &amp; co")
    assert "<" not in attachment["text"] + attachment["fallback"]


def test_a_summary_is_cut_to_what_pagerduty_takes(receivers: Receivers) -> None:
    tell(alarm(AlarmDescription=json.dumps({"description": "x" * 2000})))

    (page,) = receivers.events()
    assert len(page["payload"]["summary"]) == 1024


@pytest.mark.parametrize("broken", ["v2", "services"])
def test_one_that_refuses_does_not_keep_it_from_the_other(
    receivers: Receivers, broken: str
) -> None:
    receivers.statuses[broken] = 500

    with pytest.raises(notifier.NotDeliveredError, match=r"of sre-reference-HighErrorRate: 500$"):
        tell(alarm())

    assert len(receivers.posts) == 2


def test_one_that_is_silent_fails_in_time(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "TIMEOUT", 0.05)
    receivers.silent.set()

    with pytest.raises(notifier.NotDeliveredError) as caught:
        tell(alarm())

    assert str(caught.value).count("TimeoutError") == 2


def test_calls_end_before_the_function_does() -> None:
    function = template()["Resources"]["Notifier"]["Properties"]
    a_secret = notifier.PATIENCE.connect_timeout + notifier.PATIENCE.read_timeout

    assert 2 * (a_secret + notifier.TIMEOUT) < function["Timeout"]


@pytest.mark.parametrize(
    "message", ["not json", "[]", "{}", json.dumps({"AlarmName": "x"}), json.dumps("ALARM")]
)
def test_what_is_no_alarm_is_refused_and_told_to_nobody(receivers: Receivers, message: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|no alarm's|Expecting"):
        tell(message)

    assert receivers.posts == []


def test_nothing_secret_is_logged_or_raised(
    receivers: Receivers, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG, "notifier")
    tell(alarm())
    receivers.statuses |= {"v2": 400, "services": 403}
    with pytest.raises(notifier.NotDeliveredError) as refused:
        tell(alarm())
    monkeypatch.setenv("PAGERDUTY_URL", "no address")
    with pytest.raises(notifier.NotDeliveredError) as unreachable:
        tell(alarm())

    said = f"{caplog.text} {refused.value} {unreachable.value}"
    assert "pagerduty was told: HighErrorRate is FIRING" in said
    assert KEY not in said
    assert HOOK not in said
    assert refused.value.__cause__ is refused.value.__context__ is None


def test_secrets_come_from_secrets_manager_anew_each_time(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("SLACK_API_URL_FILE")
    monkeypatch.delenv("PAGERDUTY_ROUTING_KEY_FILE")
    with mock_aws():
        client = boto3.client("secretsmanager")
        for name in ("SLACK_API_URL", "PAGERDUTY_ROUTING_KEY"):
            made = client.create_secret(Name=name, SecretString="to be rotated")
            monkeypatch.setenv(f"{name}_SECRET_ARN", made["ARN"])
        with pytest.raises(notifier.NotDeliveredError, match="slack was not told"):
            tell(alarm())
        receivers.posts.clear()
        for name, file in (("SLACK_API_URL", "slack"), ("PAGERDUTY_ROUTING_KEY", "key")):
            client.put_secret_value(SecretId=name, SecretString=(tmp_path / file).read_text())
        tell(alarm())

    assert len(receivers.events()) == len(receivers.messages()) == 1


def test_with_a_subscription_of_pagerdutys_own_only_slack_is_told(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAGERDUTY_ROUTING_KEY_FILE")
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY_SECRET_ARN", "")

    tell(alarm())

    assert receivers.events() == []
    assert len(receivers.messages()) == 1
