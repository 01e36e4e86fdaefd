"""The database's tables, and how an older file gets them."""

import sqlite3

# What a file says it has (`PRAGMA user_version`). Without one it is empty, or from before SNS;
# 1 is from before the journal.
VERSION = 2

# AUTOINCREMENT, because a number that was deleted must not come back.
_DELIVERIES = """
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    via TEXT NOT NULL CHECK (via IN ('slack', 'pagerduty', 'sns')),
    channel TEXT,
    dedup_key TEXT,
    action TEXT NOT NULL CHECK (action IN
        ('message', 'trigger', 'acknowledge', 'resolve', 'subscribe', 'unsubscribe')),
    payload TEXT NOT NULL,
    once TEXT UNIQUE
)
"""

_JOURNAL = """
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    incident INTEGER,
    text TEXT NOT NULL,
    by TEXT NOT NULL,
    data TEXT NOT NULL,
    once TEXT UNIQUE
)
"""

_PROBE = """
CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY CHECK (id = 1), written_at TEXT NOT NULL)
"""

# SQLite can't change a CHECK: the rows move to a new table. So does the last number, which may be
# greater than that of the last row.
_REPLACE = (
    "ALTER TABLE deliveries RENAME TO old_deliveries",
    _DELIVERIES,
    """
    INSERT INTO deliveries (seq, received_at, via, channel, dedup_key, action, payload)
    SELECT seq, received_at, via, channel, dedup_key, action, payload FROM old_deliveries
    """,
    "DELETE FROM sqlite_sequence WHERE name = 'deliveries'",
    "UPDATE sqlite_sequence SET name = 'deliveries' WHERE name = 'old_deliveries'",
    "DROP TABLE old_deliveries",
)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, or bring an older file's up to date: all of it or nothing.

    Raises sqlite3.Error where that can't be written, or the file is a newer sink's.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise sqlite3.DatabaseError(f"a newer sink wrote it, in version {version}")
    if version == VERSION:
        return
    with connection as transaction:
        transaction.execute("BEGIN IMMEDIATE")
        for statement in (*_deliveries(transaction, version), _PROBE, _JOURNAL):
            transaction.execute(statement)
        transaction.execute(f"PRAGMA user_version = {VERSION}")


def _deliveries(connection: sqlite3.Connection, version: int) -> tuple[str, ...]:
    """Return what brings the deliveries' table of a file of this version up to date."""
    if version:
        return ()
    found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'deliveries'"
    is_older = connection.execute(found).fetchone() is not None
    return _REPLACE if is_older else (_DELIVERIES,)
