import json
import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from telemetry import logs, redaction

Emit = Callable[..., dict[str, Any]]
Log = Callable[[], list[dict[str, Any]]]


FORGED = 'x\n{"level": "ERROR"}\r\u2028\x1b[31m\x00"\\'


@pytest.mark.usefixtures("configured")
def test_a_text_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.get_logger("x").info(FORGED, given=FORGED, **{FORGED: 1})
    logging.getLogger("x").info("%s", FORGED)
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert len(lines) == 2
    assert out.isascii()
    assert json.loads(lines[0])["message"] == FORGED
    assert json.loads(lines[0])["extra"]["given"] == FORGED
    assert json.loads(lines[1])["message"] == FORGED


async def test_a_path_cannot_forge_a_line_or_be_unbounded(
    client: httpx.AsyncClient, log: Log
) -> None:
    await client.get("/%0A%7B%22level%22:%22ERROR%22%7D" + "x" * 1_000)
    (line,) = log()
    assert line["path"].startswith('/\n{"level":"ERROR"}xxx')
    assert len(line["path"]) == 256


def raised() -> ValueError:
    try:
        raise ValueError("inner")  # noqa: TRY301 - an exception with a stack is what's wanted
    except ValueError as error:
        return error


@pytest.mark.usefixtures("configured")
def test_message_stack_and_values_are_bounded(log: Log) -> None:
    error = ValueError("m" * 100_000)
    logs.get_logger("x").error("a" * 100_000, exc_info=error, value="v" * 100_000)
    (line,) = log()
    exception = line["extra"]["exception"]
    assert len(line["message"]) == len(line["extra"]["value"]) == 8 * 1024
    assert len(exception["message"]) == 8 * 1024
    assert len(exception["stacktrace"]) == 16 * 1024


@pytest.mark.usefixtures("configured")
def test_of_a_long_stack_the_end_is_kept(log: Log) -> None:
    error = raised()
    error.add_note("n" * 20_000)
    error.add_note("the end")
    logs.get_logger("x").error("failed", exc_info=error)
    (line,) = log()
    assert line["extra"]["exception"]["stacktrace"].endswith("the end\n")


def test_containers_are_bounded_in_size_and_depth(emit: Emit) -> None:
    deep = []
    deep.append(deep)
    extra = emit(many=list(range(1_000)), deep=deep, keys={"k" * 1_000: 1})["extra"]
    assert extra["many"] == list(range(64))
    assert len(json.dumps(extra["deep"])) < 200
    assert max(map(len, extra["keys"])) == 128


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_values_that_json_lacks_become_text(emit: Emit) -> None:
    line = emit(
        nan=float("nan"),
        infinite=float("-inf"),
        wide=2**64,
        binary=b"\xff",
        surrogate="\ud800",
        when=date(2026, 1, 15),
        duration_ms=float("nan"),
    )
    assert line["extra"] == {
        "nan": "nan",
        "infinite": "-inf",
        "wide": "18446744073709551616",
        "binary": "b'\\xff'",
        "surrogate": "\ud800",
        "when": "2026-01-15",
    }
    assert line["duration_ms"] == "nan"


@pytest.mark.parametrize("value", [Unprintable(), 10**5_000], ids=["broken", "huge"])
def test_a_value_that_has_no_text_is_named_by_its_type(value: object) -> None:
    assert redaction.clean([value]) == [f"<{type(value).__name__} without text>"]


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "DATABASE_PASSWORD",
        "passwd",
        "token",
        "faults_token",
        "Authorization",
        "client_secret",
        "Set-Cookie",
        "api_key",
        "routing-key",
        "apikey",
    ],
)
def test_a_secret_key_is_blanked_at_any_depth(emit: Emit, key: str) -> None:
    extra = emit(**{key: "hunter2"}, headers={key: "hunter2"}, list=[{key: ["hunter2"]}])["extra"]
    assert "hunter2" not in json.dumps(extra)
    assert extra[key] == extra["headers"][key] == extra["list"][0][key] == "[redacted]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://api:hunter2@db/api", "postgresql://api:[redacted]@db/api"),
        ("redis://:hunter2@cache", "redis://:[redacted]@cache"),
        ("http://u:hunt@er2@host/x", "http://u:[redacted]@host/x"),
        ("Authorization: Bearer hunter2", "Authorization: Bearer [redacted]"),
        ("host=db password=hunter2 port=1", "host=db password=[redacted] port=1"),
        ('{"token": "hunter2", "a": 1}', '{"token": "[redacted]", "a": 1}'),
        ("/x?token=hunter2&b=1", "/x?token=[redacted]&b=1"),
    ],
)
def test_a_secret_inside_a_text_is_blanked_wherever_it_stands(
    emit: Emit, text: str, expected: str
) -> None:
    line = emit(text, given=text, exc_info=ValueError(text), path=text)
    assert "hunter2" not in json.dumps(line)
    assert line["message"] == line["extra"]["given"] == line["path"] == expected
    assert line["extra"]["exception"]["message"] == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://ml:8001/v1/models",
        "password authentication failed for user",
        "a token of trust",
        "GET https://host:443/path?x=1@2",
        "12:30:45 user@host",
    ],
)
def test_what_is_no_secret_stays_readable(emit: Emit, text: str) -> None:
    assert emit(text)["message"] == text


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["://", "://a:", "bearer ", "password=", "a", "password  "])
def test_redaction_takes_linear_time(text: str) -> None:
    assert redaction.redact(text * 200_000)


async def test_neither_body_nor_authorization_nor_query_is_logged(
    client: httpx.AsyncClient, log: Log
) -> None:
    body = {"features": [], "password": "hunter2"}
    headers = {"Authorization": "Bearer hunter2", "Cookie": "session=hunter2"}
    await client.post("/api/v1/predictions?q=hunter2", json=body, headers=headers)
    assert "hunter2" not in json.dumps(log())
