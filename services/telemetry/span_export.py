"""Spans on their way out: OTLP over HTTP, to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.

OpenTelemetry's BatchSpanProcessor keeps a bounded queue and a thread of its own, so that no request
waits for the collector. What it doesn't do is count: spans that find the queue full, or that the
collector doesn't take, would be gone without a trace (https://opentelemetry.io/docs/specs/otlp/).
"""

import threading
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from telemetry import environment, logs, metrics

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
_ONLY_PROTOCOL = "http/protobuf"

# Some seconds of a busy service: what a collector's restart takes.
MOST_WAITING = 4096
_BATCH = 512
# Milliseconds. Whoever follows a link from a slow request should find its trace there.
_PAUSE = 1000
LAST_EXPORT = 2000

_log = logs.get_logger("telemetry.spans")


def from_environment() -> "Spans | None":
    """Return the processor for a provider, or None where OTEL_EXPORTER_OTLP_ENDPOINT is unset.

    An endpoint that is no URL, and another protocol than http/protobuf, stop the service. The
    standard's other settings (OTEL_EXPORTER_OTLP_HEADERS, …_TIMEOUT, …_CERTIFICATE) hold too.
    """
    endpoint = environment.optional(ENDPOINT, "")
    if not endpoint:
        return None
    if not _is_url(endpoint):
        environment.stop(f"{ENDPOINT} is {endpoint[:64]!r}: set it to a URL like http://host:4318.")
    protocol = environment.optional(_PROTOCOL, _ONLY_PROTOCOL)
    if protocol != _ONLY_PROTOCOL:
        environment.stop(f"{_PROTOCOL} is {protocol[:64]!r}: only {_ONLY_PROTOCOL} is spoken here.")
    # Loaded where it is used alone: 0.1 s and 6 MB.
    import requests  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    session = requests.Session()
    # A company's proxy, which the engine may put into each container's environment, knows nothing
    # of the collector beside us.
    session.trust_env = False
    return Spans(OTLPSpanExporter(session=session))


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Spans(BatchSpanProcessor):
    """Hands spans to an exporter, at most `most` waiting, and counts what becomes of them.

    Ended and sampled spans = exported + dropped + `waiting`, always.
    """

    def __init__(self, exporter: SpanExporter, most: int = MOST_WAITING) -> None:
        self.waiting = 0
        self._most = most
        self._closed = False
        # A finalizer that logs may run inside.
        self._lock = threading.RLock()
        super().__init__(
            _Counting(exporter, self._settle),
            max_queue_size=most,
            schedule_delay_millis=_PAUSE,
            max_export_batch_size=min(_BATCH, most),
        )

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span that ended, unless it isn't sampled or there is no room."""
        if span.context is None or not span.context.trace_flags.sampled:
            return
        with self._lock:
            if self._closed or self.waiting >= self._most:
                metrics.record_dropped_spans("shutdown" if self._closed else "queue_full", 1)
                return
            self.waiting += 1
        super().on_end(span)

    def shutdown(self) -> None:
        """Export what waits, for two seconds at most; what is left then is counted as dropped."""
        if self._closed:
            return
        # The public method waits for thirty (read in opentelemetry-sdk 1.45).
        self._batch_processor.shutdown(timeout_millis=LAST_EXPORT)
        with self._lock:
            self._closed = True
            metrics.record_dropped_spans("shutdown", self.waiting)
            self.waiting = 0

    def _settle(self, count: int, *, exported: bool) -> None:
        with self._lock:
            # Too late: it has been counted as dropped.
            if self._closed:
                return
            self.waiting -= count
            if exported:
                metrics.OTEL_SPANS_EXPORTED.inc(count)
            else:
                metrics.record_dropped_spans("export_failed", count)


class _Counting(SpanExporter):
    """Passes batches on, tells what became of each, and says once when the collector is away."""

    def __init__(self, exporter: SpanExporter, settle: Callable[..., None]) -> None:
        self._exporter = exporter
        self._settle = settle
        self._well = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 - whatever it is, the spans are lost
            result = SpanExportResult.FAILURE
            self._tell(well=False, error=type(error).__name__)
        exported = result is SpanExportResult.SUCCESS
        self._settle(len(spans), exported=exported)
        self._tell(well=exported)
        return result

    def _tell(self, *, well: bool, **extra: str) -> None:
        if well == self._well:
            return
        self._well = well
        if well:
            _log.info("The collector takes spans again")
        else:
            _log.warning("The collector does not take spans: they are dropped", **extra)

    def shutdown(self) -> None:
        self._exporter.shutdown()
