import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from telemetry import tracing

Log = Callable[[], list[dict[str, Any]]]
Spans = Callable[[], tuple[ReadableSpan, ...]]

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{CALLER}-01"


@pytest.fixture
def spans(app: FastAPI) -> Spans:
    """Collect the spans that end; `app` first, because it configures the tracer."""
    assert app
    exporter = InMemorySpanExporter()
    tracing.configure("api", "1.2.3").add_span_processor(SimpleSpanProcessor(exporter))
    return exporter.get_finished_spans


async def test_a_request_continues_its_callers_trace(
    client: httpx.AsyncClient, spans: Spans, log: Log
) -> None:
    await client.get("/api/v1/predictions/1", headers={"traceparent": TRACEPARENT})
    (span,) = spans()
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == CALLER
    (line,) = log()
    assert line["trace_id"] == TRACE
    assert line["span_id"] == f"{span.context.span_id:016x}"


async def test_the_span_says_what_was_asked_and_answered(
    client: httpx.AsyncClient, spans: Spans
) -> None:
    headers = {"Host": "api:8000", "User-Agent": "tests/1"}
    await client.get("/api/v1/predictions/7?token=x", headers=headers)
    (span,) = spans()
    assert span.name == "GET /api/v1/predictions/{identifier}"
    assert span.kind is SpanKind.SERVER
    assert span.resource.attributes["service.name"] == "api"
    assert span.resource.attributes["service.version"] == "1.2.3"
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.route": "/api/v1/predictions/{identifier}",
        "http.response.status_code": 200,
        "url.path": "/api/v1/predictions/7",
        "url.scheme": "http",
        "server.address": "api",
        "server.port": 8000,
        "user_agent.original": "tests/1",
    }
    assert span.status.status_code is StatusCode.UNSET


async def test_a_failed_request_is_a_failed_span_with_its_exception(
    client: httpx.AsyncClient, spans: Spans
) -> None:
    await client.get("/boom")
    (span,) = spans()
    assert span.status.status_code is StatusCode.ERROR
    assert [event.attributes["exception.type"] for event in span.events] == ["ValueError"]
    assert span.attributes["error.type"] == "ValueError"
    assert span.attributes["http.response.status_code"] == 500


async def test_no_secret_leaves_with_an_exception(client: httpx.AsyncClient, spans: Spans) -> None:
    await client.get("/boom")
    (span,) = spans()
    (event,) = span.events
    told = f"{dict(event.attributes)} {span.status.description}"
    assert "postgres/api is down" in told
    assert "hunter2" not in told


async def test_a_500_without_an_exception_is_a_failed_span_too(
    app: FastAPI, client: httpx.AsyncClient, spans: Spans
) -> None:
    @app.get("/unavailable", status_code=503)
    async def unavailable() -> None: ...

    await client.get("/unavailable")
    (span,) = spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "503"
    assert span.events == ()


@pytest.mark.parametrize("host", ["a b", "[::1", "api:x", "api:99999999", "", ":", "]["])
async def test_a_host_that_is_none_costs_no_span(
    client: httpx.AsyncClient, spans: Spans, host: str
) -> None:
    await client.get("/api/v1/predictions/7", headers={"Host": host})
    (span,) = spans()
    assert "server.port" not in span.attributes


async def test_a_path_in_a_span_has_no_secret_and_no_end(
    client: httpx.AsyncClient, spans: Spans
) -> None:
    await client.get("/api/v1/predictions/password=hunter2")
    await client.get("/" + "x" * 1000)
    one, long = (span.attributes["url.path"] for span in spans())
    assert "hunter2" not in one
    assert len(long) == 256


async def test_a_span_inside_a_request_is_its_child_and_fails_with_what_leaves_it(
    app: FastAPI, client: httpx.AsyncClient, spans: Spans
) -> None:
    @app.get("/work")
    async def work() -> None:
        with tracing.span("work", attributes={"what": "one"}):
            raise KeyError("gone")

    await client.get("/work")
    inner, request = spans()
    assert (inner.name, inner.kind) == ("work", SpanKind.INTERNAL)
    assert inner.parent.span_id == request.context.span_id
    assert inner.status.status_code is request.status.status_code is StatusCode.ERROR
    assert inner.attributes == {"what": "one", "error.type": "KeyError"}
    assert [event.name for event in inner.events] == ["exception"]


async def test_a_span_that_is_cancelled_is_a_failed_one(app: FastAPI, spans: Spans) -> None:
    assert app

    async def slow() -> None:
        with tracing.span("slow"):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slow(), 0.01)
    (span,) = spans()
    assert span.attributes["error.type"] == "cancelled"
    assert span.status.status_code is StatusCode.ERROR


def test_a_span_says_whose_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "deployment.environment.name=production,service.namespace=shop,service.name=nobody"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", told)
    monkeypatch.setattr("socket.gethostname", lambda: "host-1")
    attributes = tracing.configure("api", "1.2.3").resource.attributes
    assert attributes["service.name"] == "api"
    assert attributes["host.name"] == "host-1"
    assert attributes["deployment.environment.name"] == "production"
    assert attributes["service.namespace"] == "shop"
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES")
    ours = tracing.configure("api", "1.2.3").resource.attributes
    assert ours["service.namespace"] == "sre-reference"


async def test_a_trace_id_begins_with_the_time_in_seconds_as_x_ray_wants_it(
    client: httpx.AsyncClient, spans: Spans
) -> None:
    before = int(time.time())
    await client.get("/api/v1/predictions/7")
    (span,) = spans()
    assert before <= span.context.trace_id >> 96 <= time.time()


async def test_a_request_that_a_client_got_wrong_is_no_failed_span(
    client: httpx.AsyncClient, spans: Spans
) -> None:
    await client.get("/nope")
    (span,) = spans()
    assert span.name == "GET <unmatched>"
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "nonsense",
        f"ff-{TRACE}-{CALLER}-01",
        f"00-{'0' * 32}-{CALLER}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{CALLER}-01",
        f"00-{TRACE}-{CALLER}-01" + "-x" * 300,
    ],
)
async def test_without_a_valid_traceparent_a_new_trace_begins(
    client: httpx.AsyncClient, spans: Spans, log: Log, traceparent: str | None
) -> None:
    headers = {} if traceparent is None else {"traceparent": traceparent}
    await client.get("/api/v1/predictions/1", headers=headers)
    (span,) = spans()
    assert span.parent is None
    (line,) = log()
    assert re.fullmatch("[0-9a-f]{32}", line["trace_id"])
    assert line["trace_id"] != TRACE


@pytest.mark.parametrize("tracestate", ["nonsense", "a=1,a=1", "=", "a=1," * 40, "x" * 600])
async def test_a_malformed_tracestate_is_dropped_without_a_word(
    client: httpx.AsyncClient, log: Log, tracestate: str
) -> None:
    headers = {"traceparent": TRACEPARENT, "tracestate": tracestate}
    await client.get("/api/v1/predictions/1", headers=headers)
    assert [line["trace_id"] for line in log()] == [TRACE]


async def test_a_caller_that_does_not_sample_is_obeyed_but_still_named_in_the_log(
    client: httpx.AsyncClient, spans: Spans, log: Log
) -> None:
    await client.get("/api/v1/predictions/1", headers={"traceparent": TRACEPARENT[:-1] + "0"})
    assert spans() == ()
    (line,) = log()
    assert line["trace_id"] == TRACE


async def test_outgoing_headers_carry_the_trace_the_request_id_and_the_user(
    client: httpx.AsyncClient, log: Log
) -> None:
    headers = {
        "traceparent": TRACEPARENT,
        "tracestate": "vendor=1",
        "X-Request-ID": "req-1",
        "X-User-ID": "user-1",
    }
    sent = (await client.get("/retry", headers=headers)).json()
    span_id = log()[-1]["span_id"]
    assert sent == {
        "traceparent": f"00-{TRACE}-{span_id}-01",
        "tracestate": "vendor=1",
        "X-Request-ID": "req-1",
        "X-User-ID": "user-1",
    }


def test_outside_a_request_nothing_is_injected() -> None:
    headers = {"Accept": "*/*"}
    assert tracing.inject(headers) is headers
    assert headers == {"Accept": "*/*"}


async def test_scrapes_and_health_checks_leave_no_span(
    client: httpx.AsyncClient, spans: Spans
) -> None:
    for path in ("/metrics", "/livez", "/readyz"):
        await client.get(path)
    assert spans() == ()
