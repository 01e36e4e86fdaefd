"""Spans and the W3C trace context (https://www.w3.org/TR/trace-context/).

The provider is ours and not OpenTelemetry's global one: FastAPI starts spans of its own as soon as
a global provider exists, which would double every request's span.
"""

from collections.abc import MutableMapping
from typing import TypeVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from telemetry import context

Headers = TypeVar("Headers", bound=MutableMapping[str, str])

# The specification's bound for `tracestate`; a longer header is a mistake or an attack.
_LONGEST_HEADER = 512

_propagator = TraceContextTextMapPropagator()
_tracer: trace.Tracer = trace.NoOpTracer()


def configure(service_name: str, service_version: str) -> TracerProvider:
    """Make spans as this service, and return the provider for span processors to be added.

    Without a processor spans go nowhere; their ids still link logs, metrics and services.
    """
    global _tracer  # noqa: PLW0603 - one process is one service
    resource = Resource.create({SERVICE_NAME: service_name, SERVICE_VERSION: service_version})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    _tracer = provider.get_tracer("telemetry", service_version)
    return provider


def tracer() -> trace.Tracer:
    """Return this service's tracer, for spans inside a request."""
    return _tracer


def extract(traceparent: str | None, tracestate: str | None) -> Context:
    """Return the caller's trace context; an absent or malformed one starts a new trace."""
    if traceparent is None or len(traceparent) > _LONGEST_HEADER:
        return Context()
    carrier = {"traceparent": traceparent}
    if tracestate is not None and len(tracestate) <= _LONGEST_HEADER:
        carrier["tracestate"] = tracestate
    return _propagator.extract(carrier, context=Context())


def inject(headers: Headers) -> Headers:
    """Add the current trace, request id and user id to an outgoing request's headers.

    Changes and returns `headers`.
    """
    _propagator.inject(headers)
    request = context.current()
    if request is not None:
        headers["X-Request-ID"] = request.request_id
        if request.user_id is not None:
            headers["X-User-ID"] = request.user_id
    return headers
