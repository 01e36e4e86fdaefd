"""The metric catalogue: every metric of the stack's own services, declared once.

Names, types and labels are the specification's (3.1); `database_connection_attempts_total` is
what the database's SLI needs; versions and confidence are for dashboards; `log_…` and `otel_…`
tell what became of the lines and spans that are sent elsewhere. All live in
prometheus_client's default registry, beside its `process_` and `python_` metrics. Counters and
histograms carry the trace id of a sampled request as an exemplar, which only the OpenMetrics format
shows.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from time import perf_counter
from typing import Literal, get_args

import prometheus_client
from opentelemetry import trace
from prometheus_client import Counter, Gauge, Histogram

# Prometheus would store each `_created` sample as a series that nobody reads.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

# Seconds. The specification's edges, plus those that an SLO needs (0.2 for the API's latency),
# 0.1 … 1 where alerts and panels interpolate, and those below 0.01, within which most requests and
# all inferences are in good health: of one bucket a panel would make up a median.
DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Of the likeliest class: 0.1 is a guess among ten, 0.5 among two; a model in order is above 0.9.
CONFIDENCE_BUCKETS = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)

HTTP_REQUESTS = Counter(
    "http_requests_total",
    "HTTP requests answered, by method, route template and status code.",
    ["method", "path", "status"],
)
HTTP_REQUEST_DURATION = Histogram(
    "http_request_duration_seconds",
    "Seconds from a request's first byte to its answer's last, by method and route template.",
    ["method", "path"],
    buckets=DURATION_BUCKETS,
)
ML_INFERENCES = Counter(
    "ml_inference_total",
    "Inferences that a model ran, by model and status (success or error).",
    ["model", "status"],
)
ML_INFERENCE_DURATION = Histogram(
    "ml_inference_duration_seconds",
    "Seconds that a model took for one inference, by model.",
    ["model"],
    buckets=DURATION_BUCKETS,
)
ACTIVE_CONNECTIONS = Gauge(
    "active_connections",
    "Connections with a request in progress.",
)
DATABASE_CONNECTION_ATTEMPTS = Counter(
    "database_connection_attempts_total",
    "Requests for a database connection, by result (success or failure).",
    ["result"],
)

SERVICE_BUILD = Gauge(
    "service_build_info",
    "Always 1: the version of the service that runs.",
    ["version"],
)
ML_MODEL = Gauge(
    "ml_model_info",
    "Always 1: the version of each model that is loaded.",
    ["model", "version"],
)
ML_CONFIDENCE = Histogram(
    "ml_prediction_confidence_ratio",
    "The probability that a model gave its own answer, by model.",
    ["model"],
    buckets=CONFIDENCE_BUCKETS,
)
LOG_EVENTS_SHIPPED = Counter(
    "log_events_shipped_total",
    "Log lines that CloudWatch Logs took.",
    [],
)
LOG_EVENTS_DROPPED = Counter(
    "log_events_dropped_total",
    "Log lines that did not get to CloudWatch Logs, by reason; standard output has them all.",
    ["reason"],
)
LOG_EVENTS_CUT = Counter(
    "log_events_cut_total",
    "Log lines that were too long for CloudWatch Logs and got there without a part.",
    [],
)
LOG_SHIPPING_QUEUE = Gauge(
    "log_shipping_queue_events",
    "Log lines that wait for CloudWatch Logs, those on their way included.",
)
OTEL_SPANS_EXPORTED = Counter(
    "otel_spans_exported_total",
    "Spans that the collector took.",
    [],
)
OTEL_SPANS_DROPPED = Counter(
    "otel_spans_dropped_total",
    "Spans that did not get to the collector, by reason.",
    ["reason"],
)

LogLoss = Literal["queue_full", "refused", "too_old", "expired", "too_new", "shutdown"]
SpanLoss = Literal["queue_full", "export_failed", "shutdown"]

# More label sets than any service here has; beyond it a child is looked up, not lost.
_CHILDREN = 1024


def exemplar() -> dict[str, str] | None:
    """Return the current span's trace id as exemplar labels; None where it isn't sampled."""
    context = trace.get_current_span().get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return None
    return {"trace_id": trace.format_trace_id(context.trace_id)}


@lru_cache(maxsize=_CHILDREN)
def _http_children(method: str, path: str, status: int) -> tuple[Counter, Histogram]:
    """Return the two children of one label set; finding them costs more than counting."""
    return (
        HTTP_REQUESTS.labels(method, path, str(status)),
        HTTP_REQUEST_DURATION.labels(method, path),
    )


def record_request(method: str, path: str, status: int, seconds: float) -> None:
    """Count one answered request. `path` is a route template, never the client's own path."""
    count, duration = _http_children(method, path, status)
    labels = exemplar()
    count.inc(exemplar=labels)
    duration.observe(seconds, exemplar=labels)


@contextmanager
def measure_inference(model: str) -> Iterator[None]:
    """Time one inference and count it as a success, or as an error when it raises.

    A cancelled one (the caller went away) is neither.
    """
    started = perf_counter()
    try:
        yield
    except Exception:
        _record_inference(model, "error", perf_counter() - started)
        raise
    _record_inference(model, "success", perf_counter() - started)


def _record_inference(model: str, status: str, seconds: float) -> None:
    labels = exemplar()
    ML_INFERENCES.labels(model, status).inc(exemplar=labels)
    ML_INFERENCE_DURATION.labels(model).observe(seconds, exemplar=labels)


def record_confidence(model: str, confidence: float) -> None:
    """Count one answer of a model by how sure it is, 0 … 1."""
    ML_CONFIDENCE.labels(model).observe(confidence, exemplar=exemplar())


def record_connection_attempt(result: Literal["success", "failure"]) -> None:
    """Count one request for a database connection."""
    DATABASE_CONNECTION_ATTEMPTS.labels(result).inc(exemplar=exemplar())


def record_log_events(shipped: int, dropped: Mapping[LogLoss, int]) -> None:
    """Count lines that CloudWatch Logs took, and those that it did not get."""
    LOG_EVENTS_SHIPPED.inc(shipped)
    for reason, count in dropped.items():
        LOG_EVENTS_DROPPED.labels(reason).inc(count)


def record_dropped_spans(reason: SpanLoss, count: int) -> None:
    """Count spans that the collector did not get."""
    OTEL_SPANS_DROPPED.labels(reason).inc(count)


def name_version(version: str) -> None:
    """Tell which version of the service runs."""
    SERVICE_BUILD.labels(version).set(1)


def name_models(versions: Mapping[str, str]) -> None:
    """Tell which version of each model is loaded."""
    for model, version in versions.items():
        ML_MODEL.labels(model, version).set(1)


# A counter that appears with its first error has no increase that `rate` could see: what alerts
# divide by starts at zero.


def preset_request(method: str, path: str, status: int) -> None:
    """Start the series of one route at zero: the status it answers, and 500."""
    for code in (status, 500):
        _http_children(method, path, code)


def preset_inferences(models: Iterable[str]) -> None:
    """Start the series of these models at zero."""
    for model in models:
        ML_INFERENCE_DURATION.labels(model)
        ML_CONFIDENCE.labels(model)
        for status in ("success", "error"):
            ML_INFERENCES.labels(model, status)


def preset_connection_attempts() -> None:
    """Start both results at zero; for services that have a database."""
    for result in ("success", "failure"):
        DATABASE_CONNECTION_ATTEMPTS.labels(result)


def preset_losses() -> None:
    """Start the series of lost lines and spans at zero, also where nothing is sent."""
    for log_reason in get_args(LogLoss):
        LOG_EVENTS_DROPPED.labels(log_reason)
    for span_reason in get_args(SpanLoss):
        OTEL_SPANS_DROPPED.labels(span_reason)
