"""Spans: made as OpenTelemetry's semantic conventions have them, with ids that X-Ray takes too.

The provider is ours and not OpenTelemetry's global one: FastAPI starts spans of its own as soon as
a global provider exists, which would double every request's span. Where spans go is span_export's;
how they cross to other services, propagation's.
"""

import asyncio
import socket
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import TypeVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.semconv._incubating.attributes.host_attributes import HOST_NAME
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.exception_attributes import (
    EXCEPTION_MESSAGE,
    EXCEPTION_STACKTRACE,
    EXCEPTION_TYPE,
)
from opentelemetry.semconv.attributes.service_attributes import (
    SERVICE_NAME,
    SERVICE_NAMESPACE,
    SERVICE_VERSION,
)
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.util.types import AttributeValue

from telemetry import context, propagation, trace_id
from telemetry.log_record import described

Headers = TypeVar("Headers", bound=MutableMapping[str, str])
Attributes = Mapping[str, AttributeValue]

_NAMESPACE = "sre-reference"

_propagation = propagation.Propagation(("tracecontext",))
_tracer: trace.Tracer = trace.NoOpTracer()


def configure(service_name: str, service_version: str) -> TracerProvider:
    """Make spans as this service, and return the provider for span processors to be added.

    Without a processor spans go nowhere; their ids still link logs, metrics and services. Reads
    OTEL_PROPAGATORS, and OTEL_RESOURCE_ATTRIBUTES for what else is to be said of the service, such
    as `deployment.environment.name=production`.
    """
    global _tracer, _propagation  # noqa: PLW0603 - one process is one service
    names = propagation.chosen()
    _propagation = propagation.Propagation(names)
    trace_id.log_as_xray(on=propagation.XRAY in names)
    ours = Resource({SERVICE_NAMESPACE: _NAMESPACE, HOST_NAME: socket.gethostname()})
    told = Resource.create({SERVICE_NAME: service_name, SERVICE_VERSION: service_version})
    provider = TracerProvider(
        # Of two values of one key, the environment's holds.
        resource=ours.merge(told),
        # An id that begins with the time is a valid W3C id, and the only kind that X-Ray takes.
        id_generator=AwsXRayIdGenerator(),
        shutdown_on_exit=False,
    )
    _tracer = provider.get_tracer("telemetry", service_version)
    return provider


def tracer() -> trace.Tracer:
    """Return this service's tracer, for spans inside a request."""
    return _tracer


@contextmanager
def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, attributes: Attributes | None = None
) -> Iterator[Span]:
    """Put a span around what runs inside; an exception that leaves it makes it a failed one."""
    with _tracer.start_as_current_span(
        name,
        kind=kind,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as one:
        try:
            yield one
        except Exception as error:
            fail(one, error)
            raise
        except asyncio.CancelledError:
            # Nobody waits any more: a deadline, or a client that left. It has no stack to tell.
            one.set_attribute(ERROR_TYPE, "cancelled")
            one.set_status(StatusCode.ERROR)
            raise


def fail(one: Span, error: Exception) -> None:
    """Mark a span as failed by this exception, without the secrets that its text may hold."""
    if not one.is_recording():
        return
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    name = module + kind.__qualname__
    told = described(error)
    one.add_event(
        "exception",
        {
            EXCEPTION_TYPE: name,
            EXCEPTION_MESSAGE: told["message"],
            EXCEPTION_STACKTRACE: told["stacktrace"],
        },
    )
    one.set_attribute(ERROR_TYPE, name)
    one.set_status(StatusCode.ERROR, told["message"])


def extract(headers: Mapping[bytes, bytes]) -> Context:
    """Return the caller's trace context; absent or malformed headers start a new trace."""
    return _propagation.extract(headers)


def inject(headers: Headers) -> Headers:
    """Add the current trace, request id and user id to an outgoing request's headers.

    Changes and returns `headers`.
    """
    _propagation.inject(headers)
    request = context.current()
    if request is not None:
        headers["X-Request-ID"] = request.request_id
        if request.user_id is not None:
            headers["X-User-ID"] = request.user_id
    return headers
