from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.unit.sink.notifications import HOOK, event, slack_message


async def get(sink: httpx.AsyncClient, path: str, **query: str | int) -> list[dict[str, Any]]:
    answer = await sink.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()[path]
    return found


async def seqs(sink: httpx.AsyncClient, path: str, **query: str | int) -> list[int]:
    return [one["seq"] for one in await get(sink, path, **query)]


@pytest.fixture
async def four(sink: httpx.AsyncClient) -> None:
    """Deliveries 1 to 4: a message, a page, two messages."""
    await sink.post(HOOK, json=slack_message("#alerts-critical"))
    await sink.post("/v2/enqueue", json=event())
    await sink.post(HOOK, json=slack_message("#alerts-warning"))
    await sink.post(HOOK, json=slack_message("#alerts-critical"))


async def test_before_the_first_delivery_there_is_nothing(sink: httpx.AsyncClient) -> None:
    for path in ("deliveries", "messages", "incidents"):
        assert await get(sink, path) == []


@pytest.mark.usefixtures("four")
async def test_deliveries_come_in_the_order_of_arrival(sink: httpx.AsyncClient) -> None:
    assert await seqs(sink, "deliveries") == [1, 2, 3, 4]
    assert await seqs(sink, "deliveries", after=2) == [3, 4]
    assert await seqs(sink, "deliveries", after=4) == []
    assert await seqs(sink, "deliveries", newest=2) == [3, 4]


@pytest.mark.usefixtures("four")
async def test_messages_are_slacks_of_one_channel_or_all(sink: httpx.AsyncClient) -> None:
    assert await seqs(sink, "messages") == [1, 3, 4]
    assert await seqs(sink, "messages", channel="#alerts-critical") == [1, 4]
    assert await seqs(sink, "messages", channel="#alerts-critical", after=1) == [4]
    assert await seqs(sink, "messages", channel="#alerts-critical", newest=1) == [4]
    assert await seqs(sink, "messages", channel="#nobody") == []


@pytest.mark.usefixtures("four")
async def test_the_time_of_arrival_is_utc_in_milliseconds(sink: httpx.AsyncClient) -> None:
    for one in await get(sink, "deliveries"):
        at = datetime.strptime(one["received_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        assert len(one["received_at"]) == len("2026-01-15T10:30:00.000Z")
        assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=9223372036854775808", "newest=0", "newest=10001"]
)
@pytest.mark.parametrize("path", ["deliveries", "messages"])
async def test_a_wrong_number_is_a_problem_document(
    sink: httpx.AsyncClient, path: str, query: str
) -> None:
    answer = await sink.get(f"/api/v1/{path}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_is_as_large_as_a_number_can_be_finds_nothing(sink: httpx.AsyncClient) -> None:
    assert await seqs(sink, "deliveries", after=2**63 - 1) == []


async def test_the_interactive_documentation_would_fetch_scripts_and_is_not_there(
    sink: httpx.AsyncClient,
) -> None:
    assert [(await sink.get(path)).status_code for path in ("/docs", "/redoc")] == [404, 404]
