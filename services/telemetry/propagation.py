"""How traces cross from one service to the next: W3C's headers, X-Ray's, or both."""

from collections.abc import Mapping, MutableMapping

from opentelemetry.context import Context
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from telemetry import environment

SETTING = "OTEL_PROPAGATORS"
XRAY = "xray"
_W3C = "tracecontext"

# Of W3C's `tracestate`; a longer header is a mistake or an attack.
_LONGEST_HEADER = 512
# As ASGI has them → as the propagators ask for them.
_HEADERS = {
    b"traceparent": "traceparent",
    b"tracestate": "tracestate",
    b"x-amzn-trace-id": "X-Amzn-Trace-Id",
}


def chosen() -> tuple[str, ...]:
    """Return OTEL_PROPAGATORS: `tracecontext` (the default), `xray`, or both with a comma.

    Anything else stops the service. Where a request has both headers, the last one named holds.
    """
    text = environment.optional(SETTING, _W3C)
    names = tuple(name.strip() for name in text.split(","))
    if not set(names) <= {_W3C, XRAY}:
        environment.stop(f"{SETTING} is {text[:64]!r}: set it to {_W3C}, {XRAY} or {XRAY},{_W3C}.")
    return names


class Propagation:
    """Reads and writes the headers of the named propagators."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._propagators = [_propagator(name) for name in names]

    def extract(self, headers: Mapping[bytes, bytes]) -> Context:
        """Return the caller's trace context; absent or malformed headers start a new trace."""
        carrier = {
            name: headers[key].decode("latin-1")
            for key, name in _HEADERS.items()
            if len(headers.get(key, b"")) in range(1, _LONGEST_HEADER + 1)
        }
        context = Context()
        for propagator in self._propagators:
            context = propagator.extract(carrier, context)
        return context

    def inject(self, headers: MutableMapping[str, str]) -> None:
        """Add the current trace to an outgoing request's headers."""
        for propagator in self._propagators:
            propagator.inject(headers)


def _propagator(name: str) -> TextMapPropagator:
    if name == _W3C:
        return TraceContextTextMapPropagator()
    # Where X-Ray is off it isn't even loaded.
    from opentelemetry.propagators.aws import AwsXRayPropagator  # noqa: PLC0415

    return AwsXRayPropagator()
