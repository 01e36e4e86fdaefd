"""The spans that end while a test runs."""

from collections.abc import Callable

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from telemetry import tracing

Spans = Callable[[], tuple[ReadableSpan, ...]]


def collected(service: str) -> Spans:
    """Collect what this service's tracer makes from now on; call it once the service is made."""
    exporter = InMemorySpanExporter()
    tracing.configure(service, "1.2.3").add_span_processor(SimpleSpanProcessor(exporter))
    return exporter.get_finished_spans
