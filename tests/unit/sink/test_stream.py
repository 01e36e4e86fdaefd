import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fastapi.routing
import pytest
import requests
from fastapi import FastAPI
from starlette.types import Message

from tests.unit.sink.conftest import Process
from tests.unit.sink.notifications import HOOK, event, slack_message

Events = Iterator[tuple[int, dict[str, Any]]]


@contextmanager
def stream(process: Process, query: str = "", **headers: str) -> Iterator[Events]:
    """Open the stream; iterate for the ids and data of its events."""
    with requests.get(
        f"{process.url}/api/v1/stream{query}", headers=headers, stream=True, timeout=10
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        yield _events(answer.iter_lines(chunk_size=1, decode_unicode=True))


def _events(lines: Iterator[str]) -> Events:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield int(fields["id"]), json.loads(fields["data"])
            fields = {}


def post(process: Process, channel: str) -> None:
    assert requests.post(process.url + HOOK, json=slack_message(channel), timeout=5).ok


def test_each_delivery_is_one_event_with_its_number(process: Process) -> None:
    process.start()
    post(process, "#earlier")
    with stream(process) as events:
        post(process, "#alerts")
        requests.post(f"{process.url}/v2/enqueue", json=event(), timeout=5)
        (first, message), (second, page) = next(events), next(events)
    assert (first, second) == (2, 3)
    assert (message["seq"], message["channel"]) == (2, "#alerts")
    assert message["payload"] == slack_message("#alerts")
    assert (page["seq"], page["via"], page["action"]) == (3, "pagerduty", "trigger")


def test_a_client_that_comes_back_gets_what_it_missed(process: Process) -> None:
    process.start()
    for channel in ("#one", "#two", "#three"):
        post(process, channel)
    with stream(process, **{"Last-Event-ID": "1"}) as events:
        assert [next(events)[0] for _ in range(2)] == [2, 3]
    # The header is what the browser adds when it comes back: it knows better than the address.
    with stream(process, "?after=0", **{"Last-Event-ID": "2"}) as events:
        assert next(events)[0] == 3
    with stream(process, "?after=0") as events:
        assert [next(events)[0] for _ in range(3)] == [1, 2, 3]


def test_an_open_stream_does_not_keep_the_sink_from_ending(process: Process) -> None:
    process.start()
    with stream(process) as events:
        began = time.monotonic()
        assert process.end(signal.SIGTERM) == 0
        # uvicorn would wait five seconds, and then cut the connection.
        assert time.monotonic() - began < 4
        assert list(events) == []
    assert not [line for line in process.output[0].splitlines() if '"level": "ERROR"' in line]


def test_ctrl_c_ends_open_streams_too(process: Process) -> None:
    process.start()
    with stream(process):
        began = time.monotonic()
        process.end(signal.SIGINT)
        assert time.monotonic() - began < 4


async def test_a_quiet_stream_says_every_15_seconds_that_it_lives(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fastapi.routing._PING_INTERVAL == 15  # noqa: SLF001 - its tests' own handle
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.01)
    sent: list[Message] = []
    pinged = asyncio.Event()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)
        if message.get("body", b"").startswith(b":"):
            pinged.set()

    scope = {"type": "http", "method": "GET", "path": "/api/v1/stream", "query_string": b""}
    listening = asyncio.ensure_future(app({**scope, "headers": []}, receive, send))
    async with asyncio.timeout(5):
        await pinged.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert [message.get("body") for message in sent][1] == b": ping\n\n"
