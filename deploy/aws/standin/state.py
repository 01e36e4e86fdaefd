"""What the stand-in must not forget, in one SQLite file: moto forgets everything at a restart.

An alarm's change of state and the message that goes out for it are written in one transaction, so
that no crash between them pages twice or not at all.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Rows kept of everything that only grows; a stand-in is looked at, it is no archive.
KEPT = 10_000

# Times are seconds since 1970, real ones (not scaled).
_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS alarms (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('OK', 'ALARM', 'INSUFFICIENT_DATA')),
    reason TEXT NOT NULL,
    reason_data TEXT NOT NULL,
    since REAL NOT NULL,
    created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS history (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    alarm TEXT NOT NULL,
    at REAL NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS statistics (
    metric TEXT NOT NULL,
    start INTEGER NOT NULL,
    samples REAL NOT NULL,
    total REAL NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    PRIMARY KEY (metric, start)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS distributions (
    metric TEXT NOT NULL,
    start INTEGER NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (metric, start)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL,
    message_id TEXT
);
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,
    envelope TEXT NOT NULL,
    received REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS subscriptions (
    arn TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    waits TEXT NOT NULL,
    token TEXT NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0,
    active INTEGER NOT NULL DEFAULT 1,
    UNIQUE (topic, protocol, endpoint)
);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL,
    subscription TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'delivered', 'failed', 'discarded')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL,
    error TEXT,
    UNIQUE (message_id, subscription)
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (status, next_at);
"""


class State:
    """The file, and one transaction at a time over it, from whatever thread."""

    def __init__(self, path: Path | str) -> None:
        """Open the file or make it; raises sqlite3.Error where it can't be written."""
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._connection.execute("PRAGMA journal_mode=WAL")
        # A commit is on the disk when it returns, also when the machine loses power.
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; whoever still holds the state gets sqlite3.ProgrammingError."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what is done within, all of it, or none where it raises. Not to be nested."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Return a SELECT's rows; columns by name."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def get(self, key: str) -> str | None:
        """Return what was put under this key."""
        found = self.rows("SELECT value FROM settings WHERE key = ?", key)
        return str(found[0]["value"]) if found else None

    def put(self, key: str, value: str) -> None:
        """Keep a value under a key. It is on the disk by the return."""
        with self.transaction() as transaction:
            transaction.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))


def trim(transaction: sqlite3.Connection, table: str, which: str = "TRUE") -> None:
    """Drop all but the newest rows of a table that has a `seq`; `which` are done with (SQL)."""
    transaction.execute(
        f"DELETE FROM {table} WHERE {which} AND seq <= (SELECT max(seq) FROM {table}) - ?",  # noqa: S608 - our own names
        (KEPT,),
    )
