"""Trace ids as text: W3C's 32 hexadecimal digits, or X-Ray's form of the same.

X-Ray's is `1-` + 8 digits (seconds since 1970) + `-` + 24 digits
(https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids).
"""

from collections.abc import Callable

from opentelemetry.trace import format_trace_id

_EPOCH_DIGITS = 8


def xray(trace_id: int) -> str:
    """Return the id in X-Ray's form."""
    digits = format_trace_id(trace_id)
    return f"1-{digits[:_EPOCH_DIGITS]}-{digits[_EPOCH_DIGITS:]}"


_logged: Callable[[int], str] = format_trace_id


def log_as_xray(*, on: bool) -> None:
    """Write trace ids into the log in X-Ray's form, by which its console finds them; or W3C's."""
    global _logged  # noqa: PLW0603 - one process is one service
    _logged = xray if on else format_trace_id


def logged(trace_id: int) -> str:
    """Return the id as the log shows it."""
    return _logged(trace_id)
