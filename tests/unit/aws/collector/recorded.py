"""A request through api, database and ml, recorded by OpenTelemetry's own SDK."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context

from deploy.aws.standin.collector.otlp import Batch, decoded

MILLISECOND = 1_000_000
# 2026-11-25 04:00 UTC, in nanoseconds.
BEGAN = 1_795_579_200 * 1_000 * MILLISECOND


@dataclass
class Recorder:
    """Services whose spans are remembered; times are milliseconds after `began`."""

    began: int = BEGAN
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    providers: dict[str, TracerProvider] = field(default_factory=dict)

    def span(  # noqa: PLR0913 - a span has them
        self,
        service: str,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: Span | None = None,
        start: float = 0,
        end: float = 10,
        attributes: dict[str, object] | None = None,
        before_end: Callable[[Span], object] = lambda _: None,
    ) -> Span:
        span = (
            self.provider(service)
            .get_tracer("test")
            .start_span(
                name,
                context=set_span_in_context(parent) if parent else None,
                kind=kind,
                attributes=attributes,
                start_time=self.began + int(start * MILLISECOND),
            )
        )
        before_end(span)
        span.end(self.began + int(end * MILLISECOND))
        return span

    def provider(self, service: str) -> TracerProvider:
        if service not in self.providers:
            resource = Resource.create({"service.name": service, "service.version": "1.2.3"})
            provider = TracerProvider(
                resource=resource, id_generator=AwsXRayIdGenerator(), shutdown_on_exit=False
            )
            provider.add_span_processor(SimpleSpanProcessor(self.exporter))
            self.providers[service] = provider
        return self.providers[service]

    def finished(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    def body(self) -> bytes:
        return encode_spans(self.finished()).SerializeToString()

    def batch(self) -> Batch:
        return decoded(self.body())


def raise_two() -> None:
    try:
        {}["features"]
    except KeyError as error:
        raise ValueError("no <b>features</b>") from error


def fail(span: Span) -> None:
    """Record an exception with a cause, and an answer of 500."""
    try:
        raise_two()
    except ValueError as error:
        span.record_exception(error)
    span.set_attribute("http.response.status_code", 500)
    span.set_status(StatusCode.ERROR)


def predict(recorder: Recorder, *, ml: Callable[[Span], object] = lambda _: None) -> str:
    """Record a prediction; `ml` does something to the span of ml. Return the trace's id in hex."""
    request = {"http.request.method": "POST", "url.path": "/api/v1/predict"}
    api = recorder.span(
        "api",
        "POST /api/v1/predict",
        kind=SpanKind.SERVER,
        end=120,
        attributes=request
        | {"http.route": "/api/v1/predict", "http.response.status_code": 200, "url.scheme": "http"}
        | {"server.address": "localhost", "server.port": 8000, "user.id": "user-1"},
    )
    call = recorder.span(
        "api",
        "POST",
        kind=SpanKind.CLIENT,
        parent=api,
        start=5,
        end=80,
        attributes={
            "peer.service": "ml",
            "http.request.method": "POST",
            "url.full": "http://ml:8001/v1/models/digits/predict",
            "http.response.status_code": 200,
        },
    )
    recorder.span(
        "ml",
        "POST /v1/models/{model}/predict",
        kind=SpanKind.SERVER,
        parent=call,
        start=10,
        end=75,
        attributes={
            "http.request.method": "POST",
            "http.route": "/v1/models/{model}/predict",
            "http.response.status_code": 200,
        },
        before_end=ml,
    )
    recorder.span(
        "api",
        "INSERT predictions",
        kind=SpanKind.CLIENT,
        parent=api,
        start=85,
        end=110,
        attributes={
            "db.system": "postgresql",
            "db.name": "api",
            "db.statement": "INSERT INTO predictions VALUES ($1)",
            "db.system.name": "postgresql",
        },
    )
    return f"{api.get_span_context().trace_id:032x}"
