import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI
from starlette.responses import StreamingResponse
from starlette.types import Message

from telemetry import exchange

Log = Callable[[], list[dict[str, Any]]]
Value = Callable[..., float]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stop the clock that requests are timed with; tests move it by hand."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(exchange, "perf_counter", lambda: now.seconds)
    return now


async def test_a_request_is_timed(
    app: FastAPI, client: httpx.AsyncClient, log: Log, value: Value, clock: SimpleNamespace
) -> None:
    @app.get("/timed")
    async def timed() -> None:
        clock.seconds += 0.1234567

    await client.get("/timed")
    (line,) = log()
    assert line["duration_ms"] == 123.457
    total = value("http_request_duration_seconds_sum", method="GET", path="/timed")
    assert total == pytest.approx(0.1234567)


async def test_a_client_that_leaves_an_event_stream_got_its_answer(
    app: FastAPI, value: Value, log: Log, clock: SimpleNamespace
) -> None:
    @app.get("/events")
    async def events() -> StreamingResponse:
        async def endless() -> AsyncIterator[bytes]:
            yield b"data: 1\n\n"
            await asyncio.Event().wait()

        return StreamingResponse(endless(), media_type="text/event-stream")

    first_event = asyncio.Event()

    async def send(message: Message) -> None:
        if message.get("body"):
            first_event.set()

    async def leave_after_the_first_event() -> Message:
        await first_event.wait()
        clock.seconds += 3600
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/events", "headers": []}
    await app(scope | {"query_string": b""}, leave_after_the_first_event, send)
    (line,) = log()
    assert (line["level"], line["status_code"]) == ("INFO", 200)
    # How long the client listened is no latency, or every open page would page someone.
    assert line["duration_ms"] == 0
    assert value("http_request_duration_seconds_sum", method="GET", path="/events") == 0


async def test_work_after_the_answer_is_not_the_requests_duration(
    app: FastAPI, client: httpx.AsyncClient, log: Log, clock: SimpleNamespace
) -> None:
    async def work() -> None:
        clock.seconds += 60

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> None:
        tasks.add_task(work)

    await client.get("/background")
    (line,) = log()
    assert (line["level"], line["duration_ms"]) == ("INFO", 0)


@pytest.mark.parametrize(("seconds", "level"), [(1.0, "INFO"), (1.001, "WARN")])
async def test_a_request_above_a_second_is_a_warning(  # noqa: PLR0913, PLR0917 - fixtures
    app: FastAPI,
    client: httpx.AsyncClient,
    log: Log,
    clock: SimpleNamespace,
    seconds: float,
    level: str,
) -> None:
    @app.get("/slow")
    async def slow() -> None:
        clock.seconds += seconds

    await client.get("/slow")
    assert log()[0]["level"] == level
