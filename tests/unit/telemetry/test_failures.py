import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

Log = Callable[[], list[dict[str, Any]]]
Value = Callable[..., float]

BOOM = {"method": "GET", "path": "/boom", "status": "500"}


def scope(
    path: str = "/", method: str = "GET", headers: Sequence[tuple[bytes, bytes]] = ()
) -> Scope:
    given = {"method": method, "path": path, "headers": list(headers)}
    return {"type": "http", "query_string": b"", **given}


async def no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def disconnected() -> Message:
    return {"type": "http.disconnect"}


async def ignore(_message: Message) -> None:
    """Stand for a server that sends nothing."""


async def test_an_exception_counts_as_a_500_with_its_duration(
    client: httpx.AsyncClient, value: Value
) -> None:
    before = value("http_requests_total", **BOOM)
    observed = value("http_request_duration_seconds_count", method="GET", path="/boom")
    assert (await client.get("/boom")).status_code == 500
    assert value("http_requests_total", **BOOM) == before + 1
    assert value("http_request_duration_seconds_count", method="GET", path="/boom") == observed + 1


async def test_an_exception_is_one_line_with_its_stack(client: httpx.AsyncClient, log: Log) -> None:
    await client.get("/boom", headers={"X-Request-ID": "req-1"})
    (line,) = log()
    assert (line["level"], line["status_code"], line["request_id"]) == ("ERROR", 500, "req-1")
    exception = line["extra"]["exception"]
    assert exception["type"] == "ValueError"
    assert "in boom" in exception["stacktrace"]
    assert "hunter2" not in str(line)


async def test_a_request_that_is_never_answered_counts_as_a_500(app: FastAPI, log: Log) -> None:
    async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
        pass

    app.mount("/silent", silent)
    await app(scope("/silent/x"), no_body, ignore)
    (line,) = log()
    assert (line["level"], line["status_code"]) == ("ERROR", 500)


async def test_an_answer_torn_by_an_exception_counts_as_a_500(
    client: httpx.AsyncClient, value: Value, log: Log
) -> None:
    labels = {"method": "GET", "path": "/torn", "status": "500"}
    before = value("http_requests_total", **labels)
    with pytest.raises(ValueError, match="torn"):
        await client.get("/torn")
    assert value("http_requests_total", **labels) == before + 1
    (line,) = log()
    assert (line["level"], line["status_code"]) == ("ERROR", 500)


async def serve(app: FastAPI) -> tuple[uvicorn.Server, asyncio.Task[None], str]:
    """Start a real server; return it, its task and its address."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    return server, task, f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("path", ["/boom", "/torn"])
async def test_uvicorn_does_not_log_an_exception_a_second_time(
    app: FastAPI, log: Log, path: str
) -> None:
    server, task, address = await serve(app)
    try:
        async with httpx.AsyncClient(base_url=address) as client:
            log()
            try:
                answer = await client.get(path)
                assert answer.status_code == 500
            except httpx.RemoteProtocolError:
                assert path == "/torn"
            lines = log()
    finally:
        server.should_exit = True
        await task
    assert [(line["logger"], line["level"]) for line in lines] == [("api.requests", "ERROR")]


async def test_a_handler_cancelled_at_shutdown_is_one_line_and_no_500(
    app: FastAPI, log: Log, value: Value
) -> None:
    entered = asyncio.Event()

    @app.get("/hang")
    async def hang() -> None:
        entered.set()
        await asyncio.Event().wait()

    server, task, address = await serve(app)
    server.config.timeout_graceful_shutdown = 0
    before = value("http_requests_total", method="GET", path="/hang", status="499")
    async with httpx.AsyncClient(base_url=address) as client:
        request = asyncio.create_task(client.get("/hang"))
        await entered.wait()
        log()
        server.should_exit = True
        await task
        # uvicorn answers in our stead.
        assert (await request).status_code == 500
    assert value("http_requests_total", method="GET", path="/hang", status="499") == before + 1
    lines = log()
    assert [line["level"] for line in lines if line["path"] == "/hang"] == ["INFO"]
    assert not any("exception" in line["extra"] for line in lines)


async def test_a_client_that_leaves_while_sending_is_no_500(
    app: FastAPI, value: Value, log: Log
) -> None:
    labels = {"method": "POST", "path": "/api/v1/predictions"}
    left = value("http_requests_total", **labels, status="499")
    failed = value("http_requests_total", **labels, status="500")
    headers = [(b"content-type", b"application/json"), (b"content-length", b"10")]
    await app(scope("/api/v1/predictions", "POST", headers), disconnected, ignore)
    assert value("http_requests_total", **labels, status="499") == left + 1
    assert value("http_requests_total", **labels, status="500") == failed
    (line,) = log()
    assert (line["level"], line["status_code"]) == ("INFO", 499)


async def test_a_cancelled_request_is_no_500_and_stays_cancelled(
    app: FastAPI, value: Value
) -> None:
    @app.get("/wait")
    async def wait() -> None:
        raise asyncio.CancelledError

    before = value("http_requests_total", method="GET", path="/wait", status="499")
    with pytest.raises(asyncio.CancelledError):
        await app(scope("/wait"), no_body, ignore)
    assert value("http_requests_total", method="GET", path="/wait", status="499") == before + 1


async def test_a_bug_after_the_client_left_is_still_a_500(app: FastAPI, log: Log) -> None:
    @app.get("/late")
    async def late(request: Request) -> None:
        assert await request.is_disconnected()
        raise KeyError("late")

    await app(scope("/late"), disconnected, ignore)
    (line,) = log()
    assert (line["level"], line["status_code"]) == ("ERROR", 500)


async def test_a_failure_after_a_complete_answer_is_logged_but_was_no_500(
    app: FastAPI, log: Log
) -> None:
    @app.get("/after")
    async def after() -> PlainTextResponse:
        async def fail() -> None:
            raise ValueError("after")

        answer = PlainTextResponse("done")
        answer.background = fail
        return answer

    with pytest.raises(ValueError, match="after"):
        await app(scope("/after"), no_body, ignore)
    (line,) = log()
    assert (line["level"], line["status_code"]) == ("ERROR", 200)


async def test_a_failing_health_check_is_logged_all_the_same(
    app: FastAPI, client: httpx.AsyncClient, log: Log
) -> None:
    @app.get("/faults/broken")
    async def broken() -> None:
        raise ValueError("broken")

    assert (await client.get("/faults/broken")).status_code == 500
    assert [line["level"] for line in log()] == ["ERROR"]
