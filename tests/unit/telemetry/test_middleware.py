import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, BackgroundTasks, FastAPI, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Scope

from telemetry import exchange, logs, routes

Log = Callable[[], list[dict[str, Any]]]
Value = Callable[..., float]

PREDICTION = "/api/v1/predictions/{identifier}"
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


async def test_a_request_counts_under_its_route_template(
    client: httpx.AsyncClient, value: Value
) -> None:
    labels = {"method": "GET", "path": PREDICTION}
    before = value("http_requests_total", **labels, status="200")
    observed = value("http_request_duration_seconds_count", **labels)
    await client.get("/api/v1/predictions/1?limit=2")
    await client.get("/api/v1/predictions/2")
    assert value("http_requests_total", **labels, status="200") == before + 2
    assert value("http_request_duration_seconds_count", **labels) == observed + 2


def with_every_kind_of_route(app: FastAPI, folder: Path) -> None:
    nested, outer = APIRouter(), APIRouter(prefix="/outer")

    @nested.get("/leaf/{x}")
    async def leaf(x: str) -> str:
        return x

    outer.include_router(nested, prefix="/nested")
    app.include_router(outer, prefix="/v1")
    app.include_router(outer, prefix="/v2")

    async def plain(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("plain")

    app.add_route("/plain/{x}", plain)
    (folder / "page.txt").write_text("page")
    app.mount("/static", StaticFiles(directory=folder))


@pytest.mark.parametrize(
    ("method", "path", "template", "status"),
    [
        ("GET", "/v1/outer/nested/leaf/1", "/v1/outer/nested/leaf/{x}", 200),
        ("GET", "/v2/outer/nested/leaf/1", "/v2/outer/nested/leaf/{x}", 200),
        ("PUT", "/v2/outer/nested/leaf/1", "/v2/outer/nested/leaf/{x}", 405),
        ("GET", "/plain/1", "/plain/{x}", 200),
        ("GET", "/static/page.txt", "/static", 200),
        ("GET", "/static/absent.txt", "/static", 404),
        ("GET", "/openapi.json", "/openapi.json", 200),
        ("GET", "/boom/", routes.UNMATCHED, 307),
        ("GET", "/nope", routes.UNMATCHED, 404),
        ("GET", "/", routes.UNMATCHED, 404),
    ],
)
async def test_the_path_label_is_the_whole_template(  # noqa: PLR0913, PLR0917 - fixtures
    app: FastAPI,
    client: httpx.AsyncClient,
    value: Value,
    tmp_path: Path,
    method: str,
    path: str,
    template: str,
    status: int,
) -> None:
    with_every_kind_of_route(app, tmp_path)
    labels = {"method": method, "path": template, "status": str(status)}
    before = value("http_requests_total", **labels)
    assert (await client.request(method, path)).status_code == status
    assert value("http_requests_total", **labels) == before + 1


async def test_an_unknown_method_is_one_label(client: httpx.AsyncClient, value: Value) -> None:
    labels = {"method": "<other>", "path": PREDICTION, "status": "405"}
    before = value("http_requests_total", **labels)
    for method in ("BREW", "PROPFIND"):
        await client.request(method, "/api/v1/predictions/1")
    assert value("http_requests_total", **labels) == before + 2


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
    assert [line["level"] for line in log() if line["path"] == "/hang"] == ["INFO"]


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

    await app(scope("/events"), leave_after_the_first_event, send)
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


@pytest.mark.parametrize("path", ["/metrics", "/livez", "/readyz", "/faults", "/faults/x"])
async def test_scrapes_health_checks_and_faults_are_no_traffic(
    client: httpx.AsyncClient, value: Value, log: Log, path: str
) -> None:
    def traffic() -> float:
        return sum(
            value("http_requests_total", method="GET", path=label, status=status)
            for label in (path, routes.UNMATCHED)
            for status in ("200", "404")
        )

    before = traffic()
    answer = await client.get(path)
    assert answer.status_code == (404 if path.startswith("/faults") else 200)
    assert traffic() == before
    assert log() == []


async def test_a_path_that_only_begins_like_the_fault_interface_is_traffic(
    client: httpx.AsyncClient, log: Log
) -> None:
    await client.get("/faultsx")
    assert len(log()) == 1


async def test_a_failing_health_check_is_logged_all_the_same(
    app: FastAPI, client: httpx.AsyncClient, log: Log
) -> None:
    @app.get("/faults/broken")
    async def broken() -> None:
        raise ValueError("broken")

    assert (await client.get("/faults/broken")).status_code == 500
    assert [line["level"] for line in log()] == ["ERROR"]


async def test_active_connections_rise_during_a_request_and_fall_after_it(
    app: FastAPI, client: httpx.AsyncClient, value: Value
) -> None:
    seen = []

    @app.get("/seen")
    async def see() -> None:
        seen.append(value("active_connections"))
        raise ValueError("seen")

    before = value("active_connections")
    await client.get("/seen")
    assert seen == [before + 1]
    assert value("active_connections") == before
    await client.get("/livez")
    assert value("active_connections") == before


async def test_a_request_id_comes_back_and_is_logged(client: httpx.AsyncClient, log: Log) -> None:
    answer = await client.get("/nope", headers={"X-Request-ID": "Req_1.a-2"})
    assert answer.headers["x-request-id"] == "Req_1.a-2"
    assert log()[0]["request_id"] == "Req_1.a-2"


@pytest.mark.parametrize("bad", ["", "a b", "a" * 129, "é".encode(), 'x"}', "a\tb", "<script>"])
async def test_a_malformed_request_or_user_id_is_not_taken_over(
    client: httpx.AsyncClient, log: Log, bad: str | bytes
) -> None:
    answer = await client.get("/nope", headers={"X-Request-ID": bad, "X-User-ID": bad})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    (line,) = log()
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["user_id"] is None


async def test_each_request_gets_an_id_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/nope")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


async def test_nothing_of_a_request_outlives_it(client: httpx.AsyncClient, log: Log) -> None:
    await client.get("/nope", headers={"X-User-ID": "user-1"})
    await client.get("/nope")
    assert [line["user_id"] for line in log()] == ["user-1", None]


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


async def test_parallel_requests_keep_their_own_context(
    app: FastAPI, client: httpx.AsyncClient, log: Log
) -> None:
    both = asyncio.Barrier(2)

    @app.get("/together/{number}")
    async def together(number: int) -> None:
        await both.wait()
        logs.add_extra(number=number)
        await both.wait()

    headers = [{"X-Request-ID": f"req-{number}"} for number in range(2)]
    await asyncio.gather(*(client.get(f"/together/{n}", headers=headers[n]) for n in range(2)))
    seen = {(line["request_id"], line["path"], line["extra"]["number"]) for line in log()}
    assert seen == {("req-0", "/together/0", 0), ("req-1", "/together/1", 1)}
