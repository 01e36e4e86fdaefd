"""The stand-in's own pages and answers, with all that is served."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from deploy.aws.standin.app import create_app
from tests.unit.aws.standin.world import START, World, served

COLLECTOR = Path(__file__).parents[4] / "deploy" / "aws" / "collector.yaml"


@pytest.fixture
def browser(here: World, monkeypatch: pytest.MonkeyPatch) -> Iterator["Browser"]:
    settings = replace(here.settings(), collector=COLLECTOR)
    monkeypatch.setattr(here, "settings", lambda: settings)
    here.document["Resources"]["Errors"]["Properties"]["AlarmDescription"] = (
        '{"summary": "Too many <b>errors</b>."}'
    )
    here.begin()
    here.tick(20)
    here.clock.now = START + 60
    here.put(3)
    here.tick(20)
    with served(create_app(here.standin)) as url:
        yield Browser(url)


class Browser:
    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self._url}{path}", timeout=10)

    def post(self, path: str, headers: dict[str, str]) -> requests.Response:
        return requests.post(f"{self._url}{path}", headers=headers, timeout=10)


def test_the_page_says_what_it_is_and_shows_alarms_by_state(browser: Browser) -> None:
    answer = browser.get("/alarms")

    assert answer.status_code == 200
    assert "A stand-in for CloudWatch Alarms and SNS; not AWS." in answer.text
    assert "2 in ALARM, 0 OK, 0 without enough data." in answer.text
    assert "Too many &lt;b&gt;errors&lt;/b&gt;." in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_alarms_as_json(browser: Browser) -> None:
    found = {one["name"]: one for one in browser.get("/api/v1/alarms").json()}

    alarm = found["shop-errors"]
    assert alarm["state"] == "ALARM"
    assert alarm["since"] == "2026-09-21T15:01:20.000Z"
    assert alarm["reason"].startswith("Threshold Crossed: 1 out of the last 1 datapoint [3.0")
    assert [(one["old"], one["new"]) for one in alarm["history"]] == [
        ("OK", "ALARM"),
        ("INSUFFICIENT_DATA", "OK"),
    ]
    assert found["shop-down"]["title"] == "shop-down"


def test_the_templates_resources_as_json(browser: Browser) -> None:
    found = {one["id"]: one["by"] for one in browser.get("/api/v1/template").json()}

    assert found == {
        "Topic": "moto",
        "Dead": "moto",
        "Errors": "moto",
        "Down": "stand-in",
        "Notifier": "stand-in",
        "NotifierSubscription": "stand-in",
    }


def test_it_is_ready_while_ticks_are_done(browser: Browser, here: World) -> None:
    assert browser.get("/readyz").status_code == 200
    here.clock.now += 31

    answer = browser.get("/readyz")

    assert answer.status_code == 503
    assert "is moto there?" in answer.json()["detail"]
    assert browser.get("/livez").status_code == 200


def test_before_the_first_tick_it_is_not_ready(here: World) -> None:
    here.begin()

    assert here.standin.engine.problem


def test_metrics(browser: Browser) -> None:
    text = browser.get("/metrics").text

    assert 'standin_alarm_state{alarm="shop-errors",state="ALARM"} 1.0' in text
    assert 'standin_alarm_state{alarm="shop-errors",state="OK"} 0.0' in text
    assert "standin_tick_duration_seconds_count" in text
    assert "standin_outbox_messages 0.0" in text
    assert 'standin_deliveries_total{protocol="lambda",result="delivered"}' in text


@pytest.mark.parametrize("path", ["/", "/traces"])
def test_traces_are_served_beside_them(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 200


def test_spans_are_taken(browser: Browser) -> None:
    answer = browser.post("/v1/traces", headers={"content-type": "application/x-protobuf"})

    assert answer.status_code == 200
