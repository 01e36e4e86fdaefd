"""The database that queries run in."""

import tempfile
from pathlib import Path

import pytest

from deploy.aws.insights.commands import Statement
from deploy.aws.insights.engine import Engine
from deploy.aws.insights.errors import InsightsError
from deploy.aws.insights.source import Event
from deploy.aws.insights.window import Window

WINDOW = Window(1_795_566_600_000, 1_795_570_200_000)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY lines TO '/tmp/lines.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
def test_the_database_reads_and_writes_nothing_of_the_machine(sql: str) -> None:
    with Engine(WINDOW) as engine, pytest.raises(InsightsError):
        engine.run(Statement(sql, [], [], 1, [], ("", [])))


def test_nothing_of_it_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Engine(WINDOW) as engine:
        engine.load([Event(WINDOW.start, "api-1", "x")])
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_events_are_taken_in_batches_that_are_bounded_in_size() -> None:
    big = "x" * 1_000_000
    with Engine(WINDOW) as engine:
        statement = engine.prepare("stats count(*), sum(strlen(@message))")
        assert engine.load(Event(WINDOW.start, "api-1", big) for _ in range(40)) == 40
        assert engine.run(statement).rows == [["40", "40000000"]]
