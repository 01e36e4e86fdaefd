"""Spans on their way out: they arrive, or are counted; no request notices which."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

import telemetry
from telemetry import logs, span_export
from telemetry.span_export import Spans
from tests.polling import wait_for

Log = Callable[[], list[dict[str, Any]]]
Value = Callable[..., float]
Provide = Callable[[Spans], TracerProvider]

SECONDS = 20.0
EXPORTED, DROPPED = "otel_spans_exported_total", "otel_spans_dropped_total"
REASONS = ("queue_full", "export_failed", "shutdown")


class Exporter(SpanExporter):
    """Keeps what it is given; fails, or hangs, while it is told to."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.result: SpanExportResult | Exception = SpanExportResult.SUCCESS
        self.go = threading.Event()
        self.go.set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.go.wait(SECONDS)
        if isinstance(self.result, Exception):
            raise self.result
        if self.result is SpanExportResult.SUCCESS:
            self.names += [span.name for span in spans]
        return self.result


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_export, "_PAUSE", 20)
    monkeypatch.setattr(span_export, "LAST_EXPORT", 300)


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    one = Exporter()
    yield one
    one.go.set()


@pytest.fixture
def provide() -> Iterator[Provide]:
    """Make a provider with a processor; it is shut down in the end."""
    made = []

    def provider(spans: Spans) -> TracerProvider:
        made.append(TracerProvider(shutdown_on_exit=False))
        made[-1].add_span_processor(spans)
        return made[-1]

    yield provider
    for one in made:
        one.shutdown()


@pytest.fixture
def change(value: Value) -> Callable[[], dict[str, float]]:
    """Return what was counted since the test began."""

    def now() -> dict[str, float]:
        dropped = {reason: value(DROPPED, reason=reason) for reason in REASONS}
        return {"exported": value(EXPORTED), **dropped}

    before = now()
    return lambda: {key: count - before[key] for key, count in now().items() if count > before[key]}


Change = Callable[[], dict[str, float]]


def end_spans(provider: TracerProvider, count: int) -> None:
    tracer = provider.get_tracer("tests")
    for number in range(count):
        tracer.start_span(str(number)).end()


def test_spans_arrive_and_are_counted(exporter: Exporter, provide: Provide, change: Change) -> None:
    spans = Spans(exporter)
    end_spans(provide(spans), 3)
    wait_for(lambda: spans.waiting == 0, "none waits", seconds=SECONDS)

    assert exporter.names == ["0", "1", "2"]
    assert change() == {"exported": 3}


def test_what_is_not_sampled_is_not_sent(
    exporter: Exporter, provide: Provide, change: Change
) -> None:
    provider = provide(Spans(exporter))
    parent = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(0))
    tracer = provider.get_tracer("tests")
    tracer.start_span("no", set_span_in_context(NonRecordingSpan(parent))).end()
    provider.shutdown()

    assert (exporter.names, change()) == ([], {})


@pytest.mark.parametrize("result", [SpanExportResult.FAILURE, OSError("gone")])
def test_what_a_collector_does_not_take_is_counted_and_said_once(
    exporter: Exporter,
    provide: Provide,
    change: Change,
    log: Log,
    result: SpanExportResult | Exception,
) -> None:
    logs.configure("INFO")
    spans = Spans(exporter)
    provider = provide(spans)
    exporter.result = result
    for _ in range(3):
        end_spans(provider, 2)
        wait_for(lambda: spans.waiting == 0, "none waits", seconds=SECONDS)
    assert change() == {"export_failed": 6}

    exporter.result = SpanExportResult.SUCCESS
    end_spans(provider, 1)
    wait_for(lambda: change().get("exported"), "one arrived", seconds=SECONDS)

    said = [(line["level"], line["message"]) for line in log()]
    assert said == [
        ("WARN", "The collector does not take spans: they are dropped"),
        ("INFO", "The collector takes spans again"),
    ]


def test_what_finds_the_queue_full_is_counted_and_nobody_waits(
    exporter: Exporter, provide: Provide, change: Change, log: Log
) -> None:
    logs.configure("INFO")
    spans = Spans(exporter, most=8)
    provider = provide(spans)
    exporter.go.clear()
    began = time.monotonic()
    end_spans(provider, 20)

    assert time.monotonic() - began < 1
    assert change() == {"queue_full": 12}
    assert spans.waiting == 8
    exporter.go.set()
    wait_for(lambda: spans.waiting == 0, "none waits", seconds=SECONDS)
    assert change() == {"exported": 8, "queue_full": 12}
    assert log() == []


def test_shutting_down_exports_what_waits(
    exporter: Exporter, provide: Provide, change: Change
) -> None:
    provider = provide(Spans(exporter))
    end_spans(provider, 2000)
    provider.shutdown()

    assert len(exporter.names) == 2000
    assert change() == {"exported": 2000}


def test_shutting_down_takes_no_longer_than_it_may_and_counts_what_is_left(
    exporter: Exporter, provide: Provide, change: Change
) -> None:
    provider = provide(Spans(exporter))
    exporter.go.clear()
    end_spans(provider, 5)
    began = time.monotonic()
    provider.shutdown()
    assert 0.2 < time.monotonic() - began < 2
    assert change() == {"shutdown": 5}

    # Too late, and so not counted twice.
    exporter.go.set()
    end_spans(provider, 1)
    wait_for(lambda: exporter.names, "the late one is through", seconds=SECONDS)
    assert change() == {"shutdown": 6}


class Collector(ThreadingHTTPServer):
    """Takes spans by OTLP/HTTP, or answers another status."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.status = 200
        self.names: list[str] = []
        self.paths: set[str] = set()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.paths.add(self.path)
        if self.server.status == 200:
            request = ExportTraceServiceRequest.FromString(body)
            for of_resource in request.resource_spans:
                for of_scope in of_resource.scope_spans:
                    self.server.names += [span.name for span in of_scope.spans]
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def endings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], None]]]:
    """Collect what the process would do at its end, and do it."""
    found: list[Callable[[], None]] = []
    monkeypatch.setattr("atexit.register", lambda end, *words: found.append(lambda: end(*words)))
    yield found
    for end in found:
        end()


async def ask(app: FastAPI) -> int:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        return (await client.get("/nope")).status_code


async def test_a_request_s_span_goes_where_the_setting_says(
    collector: Collector, endings: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    # A company's proxy knows nothing of the collector.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    app = FastAPI()
    telemetry.instrument(app, service="api", version="1")
    assert len(endings) == 1
    await ask(app)
    wait_for(lambda: collector.names, "the span arrived", seconds=SECONDS)

    assert collector.names == ["GET <unmatched>"]
    assert collector.paths == {"/v1/traces"}


@pytest.mark.parametrize("status", [400, 500, 503])
@pytest.mark.usefixtures("endings")
async def test_a_collector_that_fails_is_no_request_s_trouble(  # noqa: PLR0913, PLR0917 - fixtures
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    log: Log,
    capsys: pytest.CaptureFixture[str],
    status: int,
) -> None:
    collector.status = status
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    app = FastAPI()
    telemetry.instrument(app, service="api", version="1")
    assert await ask(app) == 404
    wait_for(lambda: change().get("export_failed"), "it was counted", seconds=SECONDS)

    lines = log()
    assert [line["level"] for line in lines] == ["INFO", "WARN"]
    assert capsys.readouterr().err == ""


def test_without_the_setting_nothing_is_sent_and_nothing_more_is_loaded(
    endings: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    monkeypatch.setenv("CLOUDWATCH_LOG_GROUP", "")
    telemetry.instrument(FastAPI(), service="api", version="1")

    assert endings == []
    assert span_export.from_environment() is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "aws:8003"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://aws:8003"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://aws:port"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ],
)
def test_an_endpoint_of_no_use_ends_the_service_with_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://aws:8003")
    monkeypatch.setenv(name, text)

    with pytest.raises(SystemExit):
        span_export.from_environment()

    assert capsys.readouterr().err.startswith(f"{name} is {text!r}: ")
