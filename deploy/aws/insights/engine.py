"""DuckDB with a query's events in it."""

import itertools
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from deploy.aws.insights.addresses import ROUTINES
from deploy.aws.insights.commands import Statement, translate
from deploy.aws.insights.errors import InsightsError
from deploy.aws.insights.parsing import parse
from deploy.aws.insights.source import Event
from deploy.aws.insights.window import Window

_MACROS = (Path(__file__).parent / "macros.sql").read_text()
_TABLE = "CREATE TABLE lines (moment BIGINT, stream VARCHAR, message VARCHAR)"
# A stream is named after its container: the service, and its number.
_VIEW = """CREATE VIEW events AS SELECT
    rowid AS number, make_timestamp_ms(moment) AS moment, message, stream,
    'local:/sre-reference/' || regexp_replace(stream, '-[0-9]+$', '') AS origin
    FROM lines"""
_INSERT = """INSERT INTO lines
    SELECT unnest($1::BIGINT[]), unnest($2::VARCHAR[]), unnest($3::VARCHAR[])"""
# Lines, and characters of them, that are in Python's memory at a time.
_BATCH = 20_000
_BATCH_CHARACTERS = 16_000_000
# What does not fit into it goes to the temporary folder.
_MEMORY = "512MB"


@dataclass(frozen=True)
class Result:
    """A query's answer as GetQueryResults has it: every value a text, None where it is missing."""

    columns: list[str]
    rows: list[list[str | None]]
    more: bool = False


class Engine:
    """A database in a temporary folder, which is gone when the context ends."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def __enter__(self) -> Self:
        """Open the database, and close it to the rest of the machine."""
        self._folder = tempfile.TemporaryDirectory(prefix="logs-query-")
        self._database = duckdb.connect(
            f"{self._folder.name}/lines.duckdb",
            config={"memory_limit": _MEMORY, "temp_directory": f"{self._folder.name}/spilled"},
        )
        for name, (routine, kinds, result) in ROUTINES.items():
            self._database.create_function(name, routine, [*kinds], result)
        self._database.execute(_MACROS)
        self._database.execute(f"{_TABLE}; {_VIEW}; SET TimeZone = 'UTC'")
        # Whatever a query finds a way to say, it reads no file and opens no connection.
        self._database.execute("SET enable_external_access = false; SET lock_configuration = true")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the database."""
        self._database.close()
        self._folder.cleanup()

    def prepare(self, text: str) -> Statement:
        """Translate a query, before a line is read.

        Raises QueryError, with the place in the text, where it is wrong.
        """
        return translate(parse(text), self.window, self._check)

    def empty(self) -> None:
        """Forget the events."""
        self._database.execute("DELETE FROM lines")

    def load(self, events: Iterable[Event]) -> int:
        """Take events in and return how many there were."""
        count = 0
        # In one transaction, whole row groups go to the disk once, past the write-ahead log.
        self._database.begin()
        for batch in _batches(events):
            moments, streams, messages = zip(*batch, strict=True)
            self._database.execute(_INSERT, [list(moments), list(streams), list(messages)])
            count += len(batch)
        self._database.commit()
        return count

    def run(self, statement: Statement) -> Result:
        """Execute a statement.

        Raises InsightsError where a value makes it fail.
        """
        try:
            found = self._database.execute(statement.sql, statement.parameters).fetchall()
        except duckdb.Error as error:
            raise InsightsError(f"the query fails on these logs: {_first_line(error)}") from error
        rows = [list(row) for row in found[: statement.limit]]
        return Result(statement.columns, rows, more=len(found) > statement.limit)

    def absent(self, statement: Statement) -> list[str]:
        """Return the fields that a statement reads and no event has: misspelt, perhaps."""
        counts = self._database.execute(*statement.presence).fetchone() or ()
        return [name for name, count in zip(statement.fields, counts, strict=False) if not count]

    def _check(self, sql: str, given: str) -> str | None:
        try:
            self._database.execute(sql, [given]).fetchall()
        except duckdb.Error as error:
            return _first_line(error)
        return None


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0].partition("Error: ")[2]


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Cut events into lists that are bounded in number and in size."""
    rest = iter(events)
    while True:
        batch: list[Event] = []
        size = 0
        for event in itertools.islice(rest, _BATCH):
            batch.append(event)
            size += len(event.message)
            if size > _BATCH_CHARACTERS:
                break
        if not batch:
            return
        yield batch
