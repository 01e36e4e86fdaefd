import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from starlette.types import Message

from telemetry.body_limit import LARGEST_BODY

Log = Callable[[], list[dict[str, Any]]]

JSON = {"Content-Type": "application/json"}


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    """Send a body without declaring its length."""
    yield b'{"features": ['
    for _ in range(size // 1_000):
        yield b"1," * 500
    yield b"1]}"


@pytest.mark.parametrize("body", [b" " * (LARGEST_BODY + 1), in_chunks(LARGEST_BODY + 1_000)])
async def test_a_body_over_the_limit_is_refused(
    client: httpx.AsyncClient, log: Log, body: bytes | AsyncIterator[bytes]
) -> None:
    answer = await client.post("/api/v1/predictions", content=body, headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    (line,) = log()
    assert (line["level"], line["status_code"]) == ("INFO", 413)


async def test_ten_megabytes_are_refused_before_they_are_read(app: FastAPI, log: Log) -> None:
    # Without a chunk to give, reading would fail.
    large = [(b"content-length", b"10485760")]
    assert await statuses(app, "/api/v1/predictions", large, []) == [413]
    assert [line["status_code"] for line in log()] == [413]


async def test_a_body_of_exactly_the_limit_passes(client: httpx.AsyncClient) -> None:
    body = b'{"features": [1]}'.ljust(LARGEST_BODY)
    answer = await client.post("/api/v1/predictions", content=body, headers=JSON)
    assert (answer.status_code, answer.json()) == (201, 1)


async def test_a_streamed_body_below_the_limit_passes(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/predictions", content=in_chunks(60_000), headers=JSON)
    assert answer.status_code == 201


@pytest.mark.parametrize("length", [b"9" * 5_000, b"9" * 20])
async def test_an_absurd_length_is_too_large_and_no_error(app: FastAPI, length: bytes) -> None:
    assert await statuses(app, "/api/v1/predictions", [(b"content-length", length)], []) == [413]


async def test_a_route_that_reads_no_body_is_not_disturbed_by_one(app: FastAPI) -> None:
    large = [(b"content-length", b"10485760")]
    assert await statuses(app, "/nope", large, []) == [404]
    assert await statuses(app, "/livez", large, []) == [405]


async def statuses(
    app: FastAPI,
    path: str,
    headers: list[tuple[bytes, bytes]],
    chunks: list[bytes],
    method: str = "POST",
) -> list[int]:
    """Send these chunks, and return the statuses of the answers: a list of one."""
    messages = iter({"type": "http.request", "body": part, "more_body": True} for part in chunks)
    sent: list[Message] = []

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    await app(scope | {"query_string": b""}, receive, send)
    return [message["status"] for message in sent if "status" in message]


@pytest.mark.parametrize(
    ("headers", "chunks"),
    [
        ([(b"content-length", b"10485760")], []),
        ([], [b"x" * (LARGEST_BODY + 1)]),
        ([], [b"x" * 10_000] * 10),
    ],
    ids=["declared", "in one chunk", "in chunks"],
)
async def test_a_large_body_sent_to_an_event_stream_ends_it_without_an_error(
    app: FastAPI, headers: list[tuple[bytes, bytes]], chunks: list[bytes]
) -> None:
    @app.get("/stream")
    async def events() -> StreamingResponse:
        async def endless() -> AsyncIterator[bytes]:
            yield b"data: 1\n\n"
            await asyncio.Event().wait()

        return StreamingResponse(endless(), media_type="text/event-stream")

    assert await statuses(app, "/stream", headers, chunks, "GET") == [200]
