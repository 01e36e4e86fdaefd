"""The heartbeat that pages by itself when it stops."""

import asyncio
import json
import re
import signal
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import requests
from fastapi import FastAPI

from sink import duration, heartbeat
from sink.deliveries import Delivery
from sink.heartbeat import Heartbeat
from sink.store import Store
from tests.polling import wait_for
from tests.unit.sink.conftest import Process
from tests.unit.sink.notifications import event, heartbeat_webhook

TIMEOUT = 300.0
STATEMENT = "No heartbeat from Alertmanager for 5m. Nobody watches, no alert can arrive."


@pytest.fixture
def clock() -> SimpleNamespace:
    """Seconds that stand still until a test moves them."""
    return SimpleNamespace(seconds=1_000.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "sink.sqlite3")
    yield store
    store.close()


async def begun(store: Store, clock: SimpleNamespace) -> Heartbeat:
    """Start a watch, as each start of the sink does."""
    watch = Heartbeat(store, duration.read("5m"), lambda: clock.seconds)
    await watch.begin()
    return watch


async def kept(store: Store) -> list[tuple[str, str]]:
    return [(one.via, _state(one)) for one in await store.find()]


def _state(one: Delivery) -> str:
    if one.via == "pagerduty":
        return one.action
    return str(one.payload["attachments"][0]["title"].split()[0])


FIRING = [("pagerduty", "trigger"), ("slack", "[FIRING]")]
RESOLVED = [("pagerduty", "resolve"), ("slack", "[RESOLVED]")]


async def test_from_the_start_on_a_silence_is_paged_after_the_whole_timeout(
    store: Store, clock: SimpleNamespace
) -> None:
    watch = await begun(store, clock)
    assert await watch.judge() == TIMEOUT
    clock.seconds += TIMEOUT - 1
    assert await watch.judge() == 1
    assert await kept(store) == []
    clock.seconds += 1
    await watch.judge()
    assert await kept(store) == FIRING


async def test_a_heartbeat_in_time_pages_nobody(store: Store, clock: SimpleNamespace) -> None:
    watch = await begun(store, clock)
    for _ in range(5):
        clock.seconds += TIMEOUT - 1
        await watch.judge()
        await watch.beat()
    assert await watch.judge() == TIMEOUT
    assert await kept(store) == []


async def test_an_outage_is_paged_once_and_the_next_heartbeat_resolves_it(
    store: Store, clock: SimpleNamespace
) -> None:
    watch = await begun(store, clock)
    for _ in range(3):
        clock.seconds += TIMEOUT
        await watch.judge()
    assert await kept(store) == FIRING
    await watch.beat()
    await watch.beat()
    assert await kept(store) == FIRING + RESOLVED
    clock.seconds += TIMEOUT
    await watch.judge()
    assert await kept(store) == FIRING + RESOLVED + FIRING


async def test_a_restart_during_an_outage_pages_nobody_again(
    store: Store, clock: SimpleNamespace
) -> None:
    before = await begun(store, clock)
    clock.seconds += TIMEOUT
    await before.judge()
    after = await begun(store, clock)
    assert after.missing
    clock.seconds += TIMEOUT
    await after.judge()
    assert await kept(store) == FIRING
    await after.beat()
    assert await kept(store) == FIRING + RESOLVED
    assert not (await begun(store, clock)).missing


async def test_an_acknowledged_outage_is_still_one(store: Store, clock: SimpleNamespace) -> None:
    watch = await begun(store, clock)
    clock.seconds += TIMEOUT
    await watch.judge()
    await store.add("pagerduty", "acknowledge", {}, dedup_key="heartbeat")
    assert (await begun(store, clock)).missing


async def test_other_incidents_say_nothing_of_the_heartbeat(
    store: Store, clock: SimpleNamespace
) -> None:
    await store.add("pagerduty", "trigger", event(), dedup_key="group-1")
    assert not (await begun(store, clock)).missing


async def test_a_heartbeat_that_arrives_while_its_absence_is_paged_resolves_it(
    store: Store, clock: SimpleNamespace
) -> None:
    watch = await begun(store, clock)
    clock.seconds += TIMEOUT
    await asyncio.gather(watch.judge(), watch.beat())
    assert await kept(store) == FIRING + RESOLVED


async def test_the_page_and_the_message_are_kept_together_or_not_at_all(
    store: Store, clock: SimpleNamespace
) -> None:
    """What fails half way is tried again as a whole, so nobody is told twice."""
    watch = await begun(store, clock)
    clock.seconds += TIMEOUT
    connection = store._connection  # noqa: SLF001 - the only way to make one insert of two fail
    connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON deliveries WHEN NEW.via = 'slack'"
        " BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    with pytest.raises(sqlite3.Error):
        await watch.judge()
    assert (await kept(store), watch.missing) == ([], False)
    connection.execute("DROP TRIGGER full")
    await watch.judge()
    assert await kept(store) == FIRING


async def test_the_watch_pages_by_itself_and_outlives_a_store_that_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 2
    add_all = store.add_all

    async def fail_first(*notifications: Any) -> int:  # noqa: ANN401 - passed on
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise sqlite3.OperationalError("database or disk is full")
        return await add_all(*notifications)

    monkeypatch.setattr(store, "add_all", fail_first)
    async with asyncio.timeout(10), Heartbeat(store, duration.read("20ms")).watched():
        arrived = store.arrivals.next
        await arrived.wait()
        assert await kept(store) == FIRING
    assert failures == -1


async def test_the_page_says_what_to_do_in_alertmanagers_form(
    store: Store, clock: SimpleNamespace
) -> None:
    watch = await begun(store, clock)
    await watch.beat()
    clock.seconds += TIMEOUT
    await watch.judge()
    page, _ = await store.find()
    assert (page.via, page.action, page.dedup_key) == ("pagerduty", "trigger", "heartbeat")
    payload = page.payload["payload"]
    since = rf"since {watch.last_at:%H:%M} UTC"
    assert payload["summary"].startswith(f"HeartbeatMissing: {since}. {STATEMENT}")
    assert "Start Prometheus and Alertmanager" in payload["summary"]
    assert (payload["severity"], payload["source"]) == ("critical", "sink")
    details = payload["custom_details"]
    assert details["description"].startswith(STATEMENT)
    assert details["since"] == f"{watch.last_at:%Y-%m-%d %H:%M} UTC"
    named = {name: details[name] for name in ("alertname", "severity", "team", "job")}
    assert named == {
        "alertname": "HeartbeatMissing",
        "severity": "critical",
        "team": "platform",
        "job": "sink",
    }
    runbook = "http://localhost:8002/runbooks/HeartbeatMissing"
    dashboard = "http://localhost:3000/d/infrastructure"
    assert (details["runbook"], details["dashboard"]) == (runbook, dashboard)
    assert [link["href"] for link in page.payload["links"]] == [runbook, dashboard]


async def test_the_message_is_in_alerts_critical_in_the_templates_form(
    store: Store, clock: SimpleNamespace
) -> None:
    watch = await begun(store, clock)
    clock.seconds += TIMEOUT
    await watch.judge()
    await watch.beat()
    firing, resolved = await store.find(via="slack")
    assert {firing.channel, firing.payload["channel"], resolved.channel} == {"#alerts-critical"}
    (told,), (untold,) = firing.payload["attachments"], resolved.payload["attachments"]
    assert re.match(r"^\[(FIRING|RESOLVED)\] (\w+): ", told["title"])
    assert told["title"].startswith("[FIRING] HeartbeatMissing: ")
    assert STATEMENT in told["fallback"]
    assert (told["color"], untold["color"]) == ("danger", "good")
    assert untold["title"].startswith("[RESOLVED] HeartbeatMissing: ")
    assert [one["text"] for one in told["actions"]] == ["Runbook", "Dashboard"]


async def test_alertmanagers_firing_watchdog_is_a_heartbeat(sink: httpx.AsyncClient) -> None:
    shown = (await sink.get("/api/v1/heartbeat")).json()
    assert shown == {"last_at": None, "timeout_seconds": 300.0, "missing": False}
    answer = await sink.post("/heartbeat", json=heartbeat_webhook())
    assert answer.status_code == 200
    shown = (await sink.get("/api/v1/heartbeat")).json()
    last = datetime.strptime(shown["last_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - last) < timedelta(minutes=1)
    assert not shown["missing"]
    value = heartbeat.LAST.collect()
    (sample,) = next(iter(value)).samples
    assert sample.name == "sink_heartbeat_timestamp_seconds"
    assert sample.value == pytest.approx(last.timestamp(), abs=1)
    assert (await sink.get("/api/v1/deliveries")).json() == {"deliveries": []}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in heartbeat_webhook().items() if key != name}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "\ud800",
        "[" * 60_000,
        json.dumps(without("version")),
        json.dumps(without("alerts")),
        json.dumps({**heartbeat_webhook(), "version": "3"}),
        json.dumps({**heartbeat_webhook(), "version": 4}),
        json.dumps({**heartbeat_webhook(), "alerts": []}),
        json.dumps({**heartbeat_webhook(), "alerts": [None]}),
        json.dumps({**heartbeat_webhook(), "alerts": [{"status": "firing"}]}),
        json.dumps(heartbeat_webhook("resolved")),
        json.dumps(heartbeat_webhook("resolved", "resolved")),
        json.dumps(heartbeat_webhook("silent")),
        json.dumps(heartbeat_webhook(alertname="HighErrorRate")),
    ],
)
async def test_anything_else_is_refused_and_is_no_heartbeat(
    sink: httpx.AsyncClient, body: str
) -> None:
    content = body.encode(errors="surrogatepass")
    answer = await sink.post(
        "/heartbeat", content=content, headers={"Content-Type": "application/json"}
    )
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await sink.get("/api/v1/heartbeat")).json()["last_at"] is None


async def test_one_firing_watchdog_among_resolved_ones_suffices(sink: httpx.AsyncClient) -> None:
    answer = await sink.post("/heartbeat", json=heartbeat_webhook("resolved", "firing"))
    assert answer.status_code == 200


async def test_a_stopped_sink_stops_watching(app: FastAPI) -> None:
    tasks = len(asyncio.all_tasks())
    async with app.router.lifespan_context(app):
        # It and the escalation's watch.
        assert len(asyncio.all_tasks()) == tasks + 2
    assert len(asyncio.all_tasks()) == tasks


def test_a_real_outage_pages_once_across_a_restart_and_is_resolved(process: Process) -> None:
    def deliveries() -> list[tuple[str, str]]:
        answer = requests.get(f"{process.url}/api/v1/deliveries", timeout=5)
        return [(one["via"], one["action"]) for one in answer.json()["deliveries"]]

    def shown() -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{process.url}/api/v1/heartbeat", timeout=5).json()
        return answer

    paged = [("pagerduty", "trigger"), ("slack", "message")]
    resolved = [("pagerduty", "resolve"), ("slack", "message")]
    process.environment["HEARTBEAT_TIMEOUT"] = "200ms"
    process.start()
    wait_for(lambda: deliveries() == paged, "the silence is paged", seconds=10)
    process.end(signal.SIGKILL)
    process.start()
    assert shown() == {"last_at": None, "timeout_seconds": 0.2, "missing": True}
    requests.post(f"{process.url}/heartbeat", json=heartbeat_webhook(), timeout=5)
    assert deliveries()[:4] == paged + resolved
