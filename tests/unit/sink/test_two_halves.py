"""One fault that Prometheus and CloudWatch both notice: one incident, and who said what.

The function behind the alarms sends its events to the same integration as Alertmanager, with the
key that the template has for Alertmanager's own.
"""

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import yaml

from deploy.aws import notifier
from tests.unit.sink.conftest import Process
from tests.unit.sink.notifications import HOOK, event
from tests.unit.sink.sns_deliveries import alarm, notification

TEMPLATE = Path(notifier.__file__).with_name("template.yaml")

ALERTMANAGER, CLOUDWATCH = "Alertmanager", "CloudWatch"

# What Alertmanager sends for this group; tests/routing holds a running one to it.
GROUP = '{}/{severity="critical"}:{alertname="HighErrorRate", severity="critical"}'
KEY = hashlib.sha256(GROUP.encode()).hexdigest()


async def send(sink: httpx.AsyncClient, *said: tuple[str, str]) -> None:
    """Send events, each as its client and action."""
    for client, action in said:
        body = {**event(action, KEY, summary=f"{client}: {action}"), "client": client}
        assert (await sink.post("/v2/enqueue", json=body)).status_code == 202


async def incidents(sink: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await sink.get("/api/v1/incidents")).json()["incidents"]
    return found


def said_in(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["client"], one["action"]) for one in events]


@pytest.mark.parametrize(
    ("first", "second"), [(ALERTMANAGER, CLOUDWATCH), (CLOUDWATCH, ALERTMANAGER)]
)
async def test_both_halves_open_one_incident_and_page_once(
    sink: httpx.AsyncClient, first: str, second: str
) -> None:
    await send(sink, (first, "trigger"), (second, "trigger"))
    (one,) = await incidents(sink)
    assert (one["status"], one["client"]) == ("triggered", first)
    assert one["summary"] == f"{first}: trigger"
    assert said_in(one["events"]) == [(first, "trigger"), (second, "trigger")]
    assert one["dropped"] == []


async def test_who_is_at_work_already_is_not_paged_by_the_other_half(
    sink: httpx.AsyncClient,
) -> None:
    await send(sink, (ALERTMANAGER, "trigger"), ("", "acknowledge"), (CLOUDWATCH, "trigger"))
    (one,) = await incidents(sink)
    assert one["status"] == "acknowledged"


@pytest.mark.parametrize(
    ("first", "second"), [(ALERTMANAGER, CLOUDWATCH), (CLOUDWATCH, ALERTMANAGER)]
)
async def test_the_first_resolve_ends_it_and_the_other_halfs_is_dropped(
    sink: httpx.AsyncClient, first: str, second: str
) -> None:
    await send(sink, (ALERTMANAGER, "trigger"), (CLOUDWATCH, "trigger"), (first, "resolve"))
    (before,) = await incidents(sink)
    assert before["status"] == "resolved"
    # The other half has not said so yet.
    assert dict(said_in(before["clients"])) == {first: "resolve", second: "trigger"}
    await send(sink, (second, "resolve"))
    (after,) = await incidents(sink)
    assert (after["status"], after["resolved_at"]) == ("resolved", before["resolved_at"])
    assert after["events"] == before["events"]
    assert said_in(after["dropped"]) == [(second, "resolve")]
    assert dict(said_in(after["clients"])) == {first: "resolve", second: "resolve"}


async def test_a_half_that_fires_again_after_the_end_pages_again(sink: httpx.AsyncClient) -> None:
    await send(sink, (ALERTMANAGER, "trigger"), (CLOUDWATCH, "trigger"), (CLOUDWATCH, "resolve"))
    # Alertmanager repeats what still fires.
    await send(sink, (ALERTMANAGER, "trigger"))
    newest, oldest = await incidents(sink)
    assert (oldest["status"], newest["status"]) == ("resolved", "triggered")
    assert said_in(newest["events"]) == [(ALERTMANAGER, "trigger")]
    assert oldest["dropped"] == []


@pytest.fixture
def told(process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    """A sink that the real function behind the alarms tells of them."""
    process.start()
    (tmp_path / "notifier_slack").write_text(process.url + HOOK)
    monkeypatch.setenv("SLACK_API_URL_FILE", str(tmp_path / "notifier_slack"))
    monkeypatch.setenv("PAGERDUTY_URL", f"{process.url}/v2/enqueue")
    key_file = process.environment["PAGERDUTY_ROUTING_KEY_FILE"]
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY_FILE", key_file)
    return process


def alarmed(new: str, old: str) -> None:
    """Let the function hear what the template's own alarm publishes."""
    resources = yaml.safe_load(TEMPLATE.read_text())["Resources"]
    description = resources["HighErrorRateAlarm"]["Properties"]["AlarmDescription"]["Fn::Sub"]
    message = alarm(new, old, AlarmDescription=description)
    notifier.handler({"Records": [{"Sns": notification(message)}]}, None)


def test_the_real_function_and_alertmanager_make_one_incident(told: Process) -> None:
    alarmed("ALARM", "OK")
    by_prometheus = {**event("trigger", KEY), "client": ALERTMANAGER}
    requests.post(f"{told.url}/v2/enqueue", json=by_prometheus, timeout=5)
    alarmed("OK", "ALARM")
    (one,) = requests.get(f"{told.url}/api/v1/incidents", timeout=5).json()["incidents"]
    assert (one["status"], one["dedup_key"], one["class"]) == ("resolved", KEY, "HighErrorRate")
    assert said_in(one["events"]) == [
        (CLOUDWATCH, "trigger"),
        (ALERTMANAGER, "trigger"),
        (CLOUDWATCH, "resolve"),
    ]
    assert dict(said_in(one["clients"])) == {CLOUDWATCH: "resolve", ALERTMANAGER: "trigger"}
