"""The log's one format (specification 4.2): the keys below, in this order, all of them always."""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType

from opentelemetry import trace
from structlog.typing import EventDict, WrappedLogger

from telemetry import context, trace_id
from telemetry.redaction import clean, clean_mapping, clean_text, redact, text_of

KEYS = (
    "timestamp",
    "level",
    "logger",
    "message",
    "trace_id",
    "span_id",
    "request_id",
    "user_id",
    "method",
    "path",
    "status_code",
    "duration_ms",
    "extra",
)

# Characters.
LONGEST_PATH = 256
LONGEST_STACK = 16 * 1024

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

# Of the keys, those that a call may give a value of its own.
_REQUEST_KEYS = ("request_id", "user_id", "method", "path", "status_code", "duration_ms")

# structlog's and the standard library's own names, uvicorn's coloured copy of its message, and
# what handlers added to a request's line (`logs.add_extra`), which is unpacked.
_NOT_EXTRA = frozenset({"event", "exc_info", "stack_info", "color_message", "handlers_extra"}) | {
    "_record",
    "_from_structlog",
}


def level_name(levelno: int) -> str:
    """Return the specification's name (4.1) for a standard library level."""
    if levelno >= logging.ERROR:
        return "ERROR"
    if levelno >= logging.WARNING:
        return "WARN"
    return "INFO" if levelno >= logging.INFO else "DEBUG"


def as_log_record(_: WrappedLogger, __: str, event: EventDict) -> MutableMapping[str, object]:
    """Turn an event of structlog or of the standard library into the format's record.

    A structlog processor, for `ProcessorFormatter`. `event` holds the message under "event" and the
    `logging.LogRecord` under "_record"; what the format has no key for goes into `extra`.
    """
    source: logging.LogRecord = event["_record"]
    moment = datetime.fromtimestamp(source.created, UTC)
    span = trace.get_current_span().get_span_context()
    record: dict[str, object] = {
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z",
        "level": level_name(source.levelno),
        "logger": source.name,
        "message": text_of(event.get("event", "")),
        "trace_id": trace_id.logged(span.trace_id) if span.is_valid else None,
        "span_id": trace.format_span_id(span.span_id) if span.is_valid else None,
    }
    request = context.current()
    for key in _REQUEST_KEYS:
        record[key] = clean(event.pop(key, getattr(request, key, None)))
    if isinstance(record["path"], str):
        record["path"] = clean_text(record["path"], LONGEST_PATH)
    record["extra"] = _extra(event)
    return record


def _extra(event: EventDict) -> dict[str, object]:
    rest = {key: value for key, value in event.items() if key not in _NOT_EXTRA}
    extra = clean_mapping(rest | event.get("handlers_extra", {}))
    exception = _exception(event.get("exc_info"))
    if exception is not None:
        extra["exception"] = exception
    if isinstance(stack := event.get("stack_info"), str):
        extra["stack"] = _tail(stack)
    return extra


def _exception(given: object) -> Mapping[str, str] | None:
    """Describe what `exc_info` names: an exception, `sys.exc_info()`'s tuple, or True."""
    match given:
        case BaseException():
            error = given
        case (_, BaseException() as error, _):
            pass
        case True if (current := sys.exception()) is not None:
            error = current
        case _:
            return None
    return described(error)


def described(error: BaseException) -> dict[str, str]:
    """Return an exception's type, message and stacktrace, bounded and without secrets."""
    return {
        "type": type(error).__name__,
        "message": text_of(error),
        "stacktrace": _tail("".join(traceback.format_exception(error))),
    }


def _tail(stack: str) -> str:
    """Keep a stack's end: there is the error, and the frame that raised it."""
    return redact(stack if len(stack) <= LONGEST_STACK else "…" + stack[1 - LONGEST_STACK :])
