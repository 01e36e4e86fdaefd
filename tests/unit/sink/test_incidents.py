from typing import Any

import httpx
import pytest

from tests.unit.sink.notifications import DASHBOARD, RUNBOOK, event


async def send(sink: httpx.AsyncClient, *actions: str, key: str = "group-1") -> None:
    for action in actions:
        answer = await sink.post("/v2/enqueue", json=event(action, key))
        assert answer.status_code == 202


async def incidents(sink: httpx.AsyncClient, **query: int) -> list[dict[str, Any]]:
    answer = await sink.get("/api/v1/incidents", params=query)
    found: list[dict[str, Any]] = answer.json()["incidents"]
    return found


def story(incident: dict[str, Any]) -> list[str]:
    return [one["action"] for one in incident["events"]]


async def test_a_trigger_opens_an_incident_that_says_what_it_is_about(
    sink: httpx.AsyncClient,
) -> None:
    await send(sink, "trigger")
    (one,) = await incidents(sink)
    (first,) = one.pop("events")
    assert one == {
        "id": 1,
        "dedup_key": "group-1",
        "status": "triggered",
        "severity": "critical",
        "summary": "HighErrorRate: api since 03:12 UTC. 29.87% of the requests fail.",
        "source": "api",
        "component": "api",
        "group": "platform",
        "class": "HighErrorRate",
        "triggered_at": first["received_at"],
        "acknowledged_at": None,
        "resolved_at": None,
        "custom_details": {"alertname": "HighErrorRate", "team": "platform", "job": "api"},
        "links": [{"href": RUNBOOK, "text": "Runbook"}, {"href": DASHBOARD, "text": "Dashboard"}],
        "client": "Alertmanager",
        "client_url": "http://localhost:9093",
        "dropped": [],
        "declared": None,
        "escalated_to": None,
        "clients": [
            {
                "client": "Alertmanager",
                "action": "trigger",
                "received_at": first["received_at"],
            }
        ],
    }
    assert (first["seq"], first["action"], first["summary"]) == (1, "trigger", one["summary"])


async def test_a_second_trigger_joins_the_open_incident_and_leaves_it_as_it_was(
    sink: httpx.AsyncClient,
) -> None:
    await send(sink, "trigger")
    (before,) = await incidents(sink)
    await sink.post("/v2/enqueue", json=event(summary="worse", severity="info"))
    (after,) = await incidents(sink)
    assert story(after) == ["trigger", "trigger"]
    first, second = after.pop("events")
    assert (second["summary"], second["client"]) == ("worse", "Alertmanager")
    assert before.pop("events") == [first]
    assert after.pop("clients")[0]["received_at"] == second["received_at"]
    del before["clients"]
    assert after == before


async def test_acknowledge_and_resolve_change_the_state_and_note_the_time(
    sink: httpx.AsyncClient,
) -> None:
    await send(sink, "trigger", "acknowledge")
    (one,) = await incidents(sink)
    assert (one["status"], one["resolved_at"]) == ("acknowledged", None)
    assert one["acknowledged_at"] == one["events"][1]["received_at"]
    await send(sink, "resolve")
    (one,) = await incidents(sink)
    assert one["status"] == "resolved"
    assert one["acknowledged_at"] == one["events"][1]["received_at"]
    assert one["resolved_at"] == one["events"][2]["received_at"]


async def test_a_trigger_leaves_an_acknowledged_incident_acknowledged(
    sink: httpx.AsyncClient,
) -> None:
    await send(sink, "trigger", "acknowledge", "trigger")
    (one,) = await incidents(sink)
    assert (one["status"], story(one)) == ("acknowledged", ["trigger", "acknowledge", "trigger"])


async def test_what_is_acknowledged_twice_was_acknowledged_the_first_time(
    sink: httpx.AsyncClient,
) -> None:
    await send(sink, "trigger", "acknowledge", "acknowledge")
    (one,) = await incidents(sink)
    assert one["acknowledged_at"] == one["events"][1]["received_at"]


async def test_after_a_resolve_a_trigger_opens_another_incident(sink: httpx.AsyncClient) -> None:
    await send(sink, "trigger", "resolve", "trigger")
    newest, oldest = await incidents(sink)
    assert (oldest["id"], oldest["status"]) == (1, "resolved")
    assert (newest["id"], newest["status"]) == (3, "triggered")


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
async def test_an_unknown_key_creates_nothing(sink: httpx.AsyncClient, action: str) -> None:
    await send(sink, action, key="unknown")
    assert await incidents(sink) == []


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
async def test_a_resolved_incident_stays_as_it_is_and_what_came_late_is_listed(
    sink: httpx.AsyncClient, action: str
) -> None:
    await send(sink, "trigger", "resolve")
    (before,) = await incidents(sink)
    await send(sink, action)
    (after,) = await incidents(sink)
    (late,) = after.pop("dropped")
    assert (late["seq"], late["action"]) == (3, action)
    del before["dropped"], before["clients"], after["clients"]
    assert after == before


async def test_keys_do_not_disturb_each_other(sink: httpx.AsyncClient) -> None:
    await send(sink, "trigger", key="one")
    await send(sink, "trigger", key="two")
    await send(sink, "resolve", key="one")
    states = {one["dedup_key"]: one["status"] for one in await incidents(sink)}
    assert states == {"one": "resolved", "two": "triggered"}


async def test_only_the_newest_incidents_come_when_asked_for(sink: httpx.AsyncClient) -> None:
    for key in ("one", "two", "three"):
        await send(sink, "trigger", key=key)
    assert [one["dedup_key"] for one in await incidents(sink, newest=2)] == ["three", "two"]


async def test_strange_links_and_details_do_no_harm(sink: httpx.AsyncClient) -> None:
    strange = {**event(custom_details=["x"]), "links": ["x", None, {"href": 5}, {}]}
    await sink.post("/v2/enqueue", json=strange)
    await sink.post("/v2/enqueue", json={**event("resolve"), "payload": "x", "links": "x"})
    (one,) = await incidents(sink)
    assert (one["custom_details"], one["links"]) == (["x"], [{"href": 5}])
    assert one["status"] == "resolved"
