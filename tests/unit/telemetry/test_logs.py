import logging
import re
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from telemetry import logs
from telemetry.log_record import KEYS

Emit = Callable[..., dict[str, Any]]
Log = Callable[[], list[dict[str, Any]]]

# Specification 4.2, in its order.
SPECIFIED = [
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
]
VARYING = {"timestamp", "trace_id", "span_id", "duration_ms"}


async def test_a_request_is_one_line_with_exactly_the_specified_keys_in_order(
    client: httpx.AsyncClient, log: Log
) -> None:
    headers = {"X-Request-ID": "req-001", "X-User-ID": "user-123"}
    body = {"features": [1.0]}
    await client.post("/api/v1/predictions?token=x", json=body, headers=headers)
    (line,) = log()
    assert list(line) == SPECIFIED == list(KEYS)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])
    assert re.fullmatch("[0-9a-f]{32}", line["trace_id"])
    assert re.fullmatch("[0-9a-f]{16}", line["span_id"])
    assert isinstance(line["duration_ms"], float)
    assert line["duration_ms"] == round(line["duration_ms"], 3)
    assert {key: line[key] for key in line if key not in VARYING} == {
        "level": "INFO",
        "logger": "api.requests",
        "message": "Request processed",
        "request_id": "req-001",
        "user_id": "user-123",
        "method": "POST",
        "path": "/api/v1/predictions",
        "status_code": 201,
        "extra": {"model_version": "1.0.0", "prediction_confidence": 0.95},
    }


def test_outside_a_request_its_keys_are_null(emit: Emit) -> None:
    line = emit("ready", port=8000)
    assert list(line) == SPECIFIED
    assert all(line[key] is None for key in SPECIFIED[4:12])
    assert line["extra"] == {"port": 8000}


async def test_a_handlers_own_line_names_the_request_and_its_span(
    client: httpx.AsyncClient, log: Log
) -> None:
    await client.get("/retry", headers={"X-Request-ID": "req-1"})
    handlers, requests = log()
    assert (handlers["logger"], handlers["level"]) == ("api.ml", "WARN")
    assert handlers["extra"] == {"attempt": 2}
    for key in ("trace_id", "span_id", "request_id", "user_id", "method", "path"):
        assert handlers[key] == requests[key]
    assert handlers["status_code"] is None


def test_the_timestamp_is_utc_whatever_the_zone(
    emit: Emit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        before = datetime.now(UTC)
        stamp = datetime.fromisoformat(emit()["timestamp"])
    finally:
        monkeypatch.undo()
        time.tzset()
    assert stamp.tzinfo == UTC
    assert timedelta(milliseconds=-1) < stamp - before < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (logging.CRITICAL, "ERROR"),
        (logging.ERROR, "ERROR"),
        (logging.WARNING, "WARN"),
        (logging.INFO, "INFO"),
        (25, "INFO"),
        (logging.DEBUG, "DEBUG"),
    ],
)
def test_levels_have_the_specified_names(log: Log, level: int, name: str) -> None:
    logs.configure("DEBUG")
    logging.getLogger("library").log(level, "event")
    assert [line["level"] for line in log()] == [name]


def test_debug_lines_are_written_only_when_asked_for(log: Log) -> None:
    for level, expected in (("INFO", []), ("DEBUG", ["structlog", "stdlib"])):
        logs.configure(level)
        logs.get_logger("api").debug("structlog")
        logging.getLogger("api").debug("stdlib")
        assert [line["message"] for line in log()] == expected


@pytest.mark.parametrize("level", ["LOUD", "", "info", "10"])
def test_a_level_that_is_none_is_an_error_that_names_the_others(level: str) -> None:
    with pytest.raises(ValueError, match="DEBUG, INFO, WARN, ERROR"):
        logs.configure(level)


@pytest.mark.usefixtures("configured")
def test_configuring_twice_does_not_write_twice(emit: Emit) -> None:
    logs.configure("INFO")
    assert emit()["message"] == "event"


@pytest.mark.parametrize("name", ["httpx", "httpcore", "psycopg", "psycopg.pool", "asyncio"])
def test_talkative_libraries_are_heard_from_warn_on(log: Log, name: str) -> None:
    for level, expected in (("INFO", ["WARN"]), ("DEBUG", ["INFO", "WARN"])):
        logs.configure(level)
        logging.getLogger(name).info("one request")
        logging.getLogger(name).warning("trouble")
        assert [line["level"] for line in log()] == expected


@pytest.mark.usefixtures("configured")
def test_the_standard_librarys_lines_have_the_same_format(log: Log) -> None:
    logging.getLogger("uvicorn.error").info(
        "Started server process [%d]", 7, extra={"color_message": "…", "port": 1}
    )
    (line,) = log()
    assert list(line) == SPECIFIED
    assert line["message"] == "Started server process [7]"
    assert line["logger"] == "uvicorn.error"
    assert line["extra"] == {"port": 1}


def test_a_warning_is_a_line(log: Log) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # In here, because pytest has put its own hook over ours.
        logs.configure("INFO")
        warnings.warn("old API", DeprecationWarning, stacklevel=1)
    (line,) = log()
    assert (line["level"], line["logger"]) == ("WARN", "py.warnings")
    assert "old API" in line["message"]


@pytest.mark.usefixtures("configured")
def test_structlogs_positional_arguments_are_put_into_the_message(log: Log) -> None:
    logs.get_logger("api").info("%d of %s", 1, "two")
    (line,) = log()
    assert (line["message"], line["extra"]) == ("1 of two", {})


def raised() -> ValueError:
    try:
        raise ValueError("inner")  # noqa: TRY301 - an exception with a stack is what's wanted
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    "log_it",
    [
        lambda error: logs.get_logger("x").error("failed", exc_info=error),
        lambda error: logging.getLogger("x").error("failed", exc_info=error),
        lambda error: sys.excepthook(type(error), error, error.__traceback__),
    ],
    ids=["structlog", "standard library", "uncaught"],
)
@pytest.mark.usefixtures("configured")
def test_an_exception_is_described_under_extra(
    log: Log, log_it: Callable[[BaseException], object]
) -> None:
    log_it(raised())
    (line,) = log()
    assert line["level"] == "ERROR"
    exception = line["extra"]["exception"]
    assert exception.keys() == {"type", "message", "stacktrace"}
    assert (exception["type"], exception["message"]) == ("ValueError", "inner")
    assert exception["stacktrace"].startswith("Traceback (most recent call last):")
    assert "in raised" in exception["stacktrace"]


@pytest.mark.usefixtures("configured")
def test_the_exception_being_handled_is_described(log: Log) -> None:
    try:
        raise KeyError("now")  # noqa: TRY301 - as in a handler
    except KeyError:
        logs.get_logger("x").exception("failed")
        logging.getLogger("x").exception("failed")
    assert [line["extra"]["exception"]["type"] for line in log()] == ["KeyError", "KeyError"]


async def test_a_handlers_extra_cannot_replace_the_lines_own_keys(
    app: FastAPI, client: httpx.AsyncClient, log: Log
) -> None:
    @app.get("/clash")
    async def clash() -> None:
        logs.add_extra(status_code=1, level="x", event="y", message="z", name="n", exc_info=True)

    await client.get("/clash")
    (line,) = log()
    assert (line["status_code"], line["level"]) == (200, "INFO")
    assert line["message"] == "Request processed"
    assert line["extra"]["status_code"] == 1


async def test_extra_added_in_a_worker_thread_reaches_the_line(
    app: FastAPI, client: httpx.AsyncClient, log: Log
) -> None:
    @app.get("/thread")
    def thread() -> None:
        logs.add_extra(thread=True)

    await client.get("/thread")
    assert log()[0]["extra"] == {"thread": True}


def test_outside_a_request_extra_goes_nowhere(emit: Emit) -> None:
    logs.add_extra(lost=True)
    assert emit()["extra"] == {}
