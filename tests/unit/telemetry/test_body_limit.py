from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
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
    sent = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/predictions",
        "headers": [(b"content-length", b"10485760")],
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 413
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
    sent = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"content-length", length)]}
    await app(scope, None, send)
    assert sent[0]["status"] == 413
