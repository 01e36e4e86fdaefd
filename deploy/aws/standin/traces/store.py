"""The newest traces in SQLite: what the pages show, whatever moto has forgotten.

moto keeps every trace in memory until it restarts, 28 kB for one of five spans, with no way to
delete one, and then has none. So the store is the stand-in's own, bounded, and outlives both.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from deploy.aws.standin.collector.segments import Document
from deploy.aws.standin.traces.trace import Trace, trace

# The newest traces, and the bytes of their documents: older ones go.
KEPT = 5_000
LARGEST = 64 * 1024 * 1024

# Traces that come between one clearing and the next.
_CLEAR_EVERY = 100

# Spans of one trace; a page with more is read by nobody.
MOST_SPANS = 1_000

# AUTOINCREMENT, because pages are turned by the number.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS traces (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    started REAL NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    flag TEXT NOT NULL DEFAULT '',
    spans INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS documents (
    trace INTEGER NOT NULL REFERENCES traces (seq) ON DELETE CASCADE,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (trace, id)
) WITHOUT ROWID;
"""

_SELECT = """
SELECT seq, id, name, started, seconds, flag, spans FROM traces
WHERE seq < :before AND (NOT :failed OR flag <> '') AND seconds >= :slower_than
ORDER BY seq DESC LIMIT :newest
"""

# The newest one that is too many, by number or by size; what came before it is, too.
_CLEAR = """
DELETE FROM traces WHERE seq <= (
    SELECT MAX(seq) FROM (
        SELECT seq, ROW_NUMBER() OVER newest AS nth, SUM(size) OVER newest AS total FROM traces
        WINDOW newest AS (ORDER BY seq DESC)
    ) WHERE nth > ? OR total > ?
)
"""


_SUMMARIZE = """
UPDATE traces SET name = ?, started = ?, seconds = ?, flag = ?, spans = ?,
size = (SELECT SUM(LENGTH(document)) FROM documents WHERE trace = seq) WHERE seq = ?
"""


class Summary(NamedTuple):
    """A trace's line in the list, numbered in the order of arrival; times in seconds."""

    seq: int
    id: str
    name: str
    started: float
    seconds: float
    flag: str
    spans: int


class Store:
    """Traces in one file. Safe to use from several threads."""

    def __init__(self, file: Path, *, kept: int = KEPT, largest: int = LARGEST) -> None:
        """Open the file or make it; raises sqlite3.Error where it can't be written."""
        self._kept = kept
        self._largest = largest
        self._lock = Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        # What a power cut takes are the traces of its last moments.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add(self, documents: Sequence[Document]) -> None:
        """Keep documents of one trace, beside those that it has; one that comes again replaces."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            seq = self._numbered(documents[0].trace_id)
            rows = [(seq, one.id, one.text) for one in documents[:MOST_SPANS]]
            self._connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", rows)
            self._summarize(seq, documents[0].trace_id)
            if seq % _CLEAR_EVERY == 0:
                self._connection.execute(_CLEAR, (self._kept, self._largest))

    def get(self, trace_id: str) -> Trace | None:
        """Return a trace by its X-Ray id, None where there is none."""
        with self._lock:
            return self._read(trace_id)

    def newest(
        self, number: int, *, before: int | None, failed: bool, slower_than: float
    ) -> list[Summary]:
        """Return traces, the newest first; `before` is a number that they are older than.

        With `failed` those where something went wrong, and those of `slower_than` seconds or more.
        """
        # SQLite's largest number.
        last = 2**63 - 1 if before is None else before
        wanted = {"newest": number, "before": last, "failed": failed, "slower_than": slower_than}
        with self._lock:
            return [Summary(*row) for row in self._connection.execute(_SELECT, wanted)]

    def _numbered(self, trace_id: str) -> int:
        self._connection.execute("INSERT OR IGNORE INTO traces (id) VALUES (?)", (trace_id,))
        (seq,) = self._connection.execute(
            "SELECT seq FROM traces WHERE id = ?", (trace_id,)
        ).fetchone()
        return int(seq)

    def _read(self, trace_id: str) -> Trace | None:
        rows = self._connection.execute(
            "SELECT document FROM traces JOIN documents ON trace = seq WHERE traces.id = ? LIMIT ?",
            (trace_id, MOST_SPANS),
        ).fetchall()
        return trace(trace_id, (text for (text,) in rows)) if rows else None

    def _summarize(self, seq: int, trace_id: str) -> None:
        found = self._read(trace_id)
        if found is not None:
            self._connection.execute(
                _SUMMARIZE,
                (found.name, found.started, found.seconds, found.flag, len(found.spans), seq),
            )
