"""One fault that Prometheus and CloudWatch both notice: one incident, and who said what.

The function behind the alarms sends its events with the key that Alertmanager's have, to the same
integration; which key that is, is the template's matter.
"""

from typing import Any

import httpx
import pytest

from tests.unit.sink.notifications import event

ALERTMANAGER, CLOUDWATCH = "Alertmanager", "CloudWatch"

# sha256 of Alertmanager's group key, as it sends it.
KEY = "5e2f8f3bb5a6e7c1f0a9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a3f2e1d0c9b8a7"


async def send(sink: httpx.AsyncClient, *said: tuple[str, str]) -> None:
    """Send events, each as its client and action."""
    for client, action in said:
        body = {**event(action, KEY, summary=f"{client}: {action}"), "client": client}
        assert (await sink.post("/v2/enqueue", json=body)).status_code == 202


async def incidents(sink: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await sink.get("/api/v1/incidents")).json()["incidents"]
    return found


def told(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
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
    assert told(one["events"]) == [(first, "trigger"), (second, "trigger")]
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
    assert dict(told(before["clients"])) == {first: "resolve", second: "trigger"}
    await send(sink, (second, "resolve"))
    (after,) = await incidents(sink)
    assert (after["status"], after["resolved_at"]) == ("resolved", before["resolved_at"])
    assert after["events"] == before["events"]
    assert told(after["dropped"]) == [(second, "resolve")]
    assert dict(told(after["clients"])) == {first: "resolve", second: "resolve"}


async def test_a_half_that_fires_again_after_the_end_pages_again(sink: httpx.AsyncClient) -> None:
    await send(sink, (ALERTMANAGER, "trigger"), (CLOUDWATCH, "trigger"), (CLOUDWATCH, "resolve"))
    # Alertmanager repeats what still fires.
    await send(sink, (ALERTMANAGER, "trigger"))
    newest, oldest = await incidents(sink)
    assert (oldest["status"], newest["status"]) == ("resolved", "triggered")
    assert told(newest["events"]) == [(ALERTMANAGER, "trigger")]
    assert oldest["dropped"] == []
