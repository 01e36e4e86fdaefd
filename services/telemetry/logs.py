"""One pipeline for structlog, the standard library, uvicorn and warnings: JSON lines on stdout."""

import json
import logging
import sys
from collections.abc import Callable
from types import TracebackType

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

from telemetry import context
from telemetry.log_record import as_log_record

_LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
}

# Their INFO is one line for each of our requests or connections.
_TALKATIVE = ("httpx", "httpcore", "psycopg", "psycopg.pool", "asyncio")

# Warns of each malformed `tracestate`, which any client can send.
_PROVOKED_BY_CLIENTS = "opentelemetry.trace.span"

# What sends lines and spans says once what these repeat at each attempt. Their DEBUG would be a
# line for each batch, with the batch in it, and so on for ever.
_SENDERS = {
    "boto3": logging.ERROR,
    "botocore": logging.ERROR,
    "urllib3": logging.ERROR,
    "opentelemetry.exporter": logging.CRITICAL,
    "opentelemetry.sdk._shared_internal": logging.CRITICAL,
}

_HANDLER = "telemetry"

# Takes milliseconds since 1970 and the line; must neither wait nor raise.
Copy = Callable[[int, str], None]
_copy: Copy | None = None


def copy_to(copy: Copy | None) -> None:
    """Give every line that goes to stdout to this as well; None ends it."""
    global _copy  # noqa: PLW0603 - one process has one log
    _copy = copy


class _Stdout(logging.Handler):
    """Writes to whatever stdout is at the time, as a test's capture replaces it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as one line, at once; where it is copied to gets the same text."""
        try:
            line = self.format(record)
            if _copy is not None:
                _copy(int(record.created * 1000), line)
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except Exception:  # noqa: BLE001 - whatever fails here, logging must not fail its caller
            self.handleError(record)


def configure(level: str = "INFO") -> None:
    """Send every log line of this process through the pipeline, from `level` upwards.

    `level` is one of DEBUG, INFO, WARN, ERROR (specification 4.1); raises ValueError for another.
    May be called again; the last level holds.
    """
    if level not in _LEVELS:
        raise ValueError(f"{level!r} is not one of {', '.join(_LEVELS)}")
    handler = _Stdout()
    handler.set_name(_HANDLER)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[ExtraAdder(), _without_formatted],
            processors=[as_log_record, lambda _, __, record: json.dumps(record)],
        )
    )
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if h.name != _HANDLER] + [handler]
    root.setLevel(_LEVELS[level])
    quiet = logging.NOTSET if level == "DEBUG" else logging.WARNING
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(quiet)
    logging.getLogger(_PROVOKED_BY_CLIENTS).setLevel(logging.ERROR)
    for name, sender_level in _SENDERS.items():
        logging.getLogger(name).setLevel(sender_level)
    logging.captureWarnings(capture=True)
    logging.getLogger("uvicorn.error").addFilter(_not_logged_yet)
    sys.excepthook = _log_uncaught
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _without_formatted(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop the texts that another handler's formatter leaves on a record."""
    event.pop("message", None)
    event.pop("asctime", None)
    return event


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of this name; keyword arguments of its calls go into `extra`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def add_extra(**fields: object) -> None:
    """Add fields to the `extra` of the current request's one line; outside a request, nothing."""
    request = context.current()
    if request is not None:
        request.extra.update(fields)


def mark_logged(error: BaseException) -> None:
    """Remember that this exception has its line, so that uvicorn doesn't write a second one."""
    error.__dict__["logged_by_telemetry"] = True


def _not_logged_yet(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return "logged_by_telemetry" not in getattr(error, "__dict__", {})


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Log what ends the process, as `sys.excepthook`; Ctrl-C ends it as usual."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("process").error("The process ends on an error", exc_info=error)
