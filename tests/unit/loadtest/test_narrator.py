"""The story is readable on a terminal, and in a log."""

import io
import re
import time

import pytest

from loadtest import narrator
from loadtest.narrator import Narrator, spoken


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (9.6, "10s"), (130, "2m10s"), (300, "5m00s"), (-1, "0s")]
)
def test_durations_read_as_prometheus_writes_them(seconds: float, text: str) -> None:
    assert spoken(seconds) == text


def test_a_line_has_the_wall_clock_and_the_seconds_from_the_fault() -> None:
    stream = io.StringIO()
    teller = Narrator(stream)
    teller.say("healthy", "60 requests/s")
    teller.zero = time.time() - 65
    teller.say("pending", "fires in 5m")

    before, after = stream.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d +healthy +60 requests/s", before)
    assert re.fullmatch(r"\d\d:\d\d:\d\d +\+65\.\d s +pending +fires in 5m", after)


def test_a_terminal_shows_progress_on_one_line() -> None:
    stream = Terminal()
    teller = Narrator(stream)
    teller.progress("pending 1s of 5m")
    teller.progress("pending 2s of 5m")
    teller.say("firing", "")

    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().count("\r\x1b[K") == 3


def test_progress_is_never_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    Narrator(stream).progress("x" * 100)

    assert len(stream.getvalue().removeprefix("\r\x1b[K")) == 39


def test_a_log_gets_progress_only_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    teller = Narrator(stream)
    teller.progress("pending 1s of 5m")
    assert stream.getvalue() == ""

    monkeypatch.setattr(narrator, "PROGRESS_SECONDS", 0)
    teller.progress("pending 31s of 5m")

    assert stream.getvalue().endswith("pending 31s of 5m\n")
