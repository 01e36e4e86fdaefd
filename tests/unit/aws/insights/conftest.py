"""Queries over lines that the test knows: those of a file, or its own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.aws.insights.engine import Engine, Result
from deploy.aws.insights.source import Event, Tally, events
from deploy.aws.insights.window import Window

LINES = Path(__file__).parent / "lines.log"
# 2026-11-25, from 00:30 to 01:30 UTC.
WINDOW = Window(1_795_566_600_000, 1_795_570_200_000)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Open the database once; every question empties it first."""
    with Engine(WINDOW) as opened:
        yield opened


def ask(engine: Engine, query: str, given: list[Event]) -> Result:
    engine.empty()
    statement = engine.prepare(query)
    engine.load(given)
    return engine.run(statement)


@pytest.fixture
def over_file(engine: Engine) -> Callable[[str], Result]:
    """Ask the forty lines of lines.log."""
    lines = LINES.read_bytes().splitlines(keepends=True)
    return lambda query: ask(engine, query, list(events(lines, WINDOW, Tally())))


@pytest.fixture
def over(engine: Engine) -> Callable[..., Result]:
    """Ask messages of the test's own, one every second from 01:00:00, the first the oldest."""
    start = 1_795_568_400_000

    def run(query: str, *messages: str | dict[str, Any]) -> Result:
        texts = [m if isinstance(m, str) else json.dumps(m) for m in messages]
        given = [Event(start + 1000 * n, "api-1", text) for n, text in enumerate(texts)]
        return ask(engine, query, given)

    return run


@pytest.fixture
def records() -> list[dict[str, Any]]:
    """Return the file's lines as plain Python has them, the newest first: @message and all."""
    found = []
    for line in LINES.read_text().splitlines():
        name, _, rest = line.partition("| ")
        stamp, _, message = rest.partition(" ")
        moment = f"{stamp[:10]} {stamp[11:23]}"
        record = {"@timestamp": moment, "@message": message, "@logStream": name.strip()}
        try:
            parsed = json.loads(message)
        except json.JSONDecodeError:
            parsed = {}
        found.append(record | parsed)
    return found[::-1]
