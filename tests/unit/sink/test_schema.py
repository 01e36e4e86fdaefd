"""A database of an older sink goes on."""

import json
import sqlite3
from pathlib import Path

import pytest

from sink import schema
from sink.deliveries import Notification
from sink.store import Store

# As sinks before SNS made it.
OLD = """
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    via TEXT NOT NULL CHECK (via IN ('slack', 'pagerduty')),
    channel TEXT,
    dedup_key TEXT,
    action TEXT NOT NULL CHECK (action IN ('message', 'trigger', 'acknowledge', 'resolve')),
    payload TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY CHECK (id = 1), written_at TEXT NOT NULL);
"""

ROWS = [
    (3, "2026-01-15T10:30:00.000Z", "slack", "#alerts", None, "message", '{"text": "ünï"}'),
    (4, "2026-01-15T10:30:01.000Z", "pagerduty", None, "key", "trigger", '{"client": "A"}'),
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An older file: two rows are left of five, the last of which is gone."""
    file = tmp_path / "sink.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(OLD)
        connection.executemany("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
        connection.execute("UPDATE sqlite_sequence SET seq = 5")
        connection.execute("INSERT INTO probe VALUES (1, '2026-01-15T10:00:00.000Z')")
    connection.close()
    return file


def tables(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    names = [name for (name,) in found if not name.startswith("sqlite_")]
    connection.close()
    return names


async def test_what_an_older_sink_kept_is_still_there_and_numbers_go_on(old: Path) -> None:
    # A second start finds nothing left to do.
    for number in (6, 7):
        store = Store(old)
        rows = [
            (
                *(one.seq, one.received_at, one.via, one.channel, one.dedup_key, one.action),
                json.dumps(one.payload, ensure_ascii=False),
            )
            for one in await store.find()
        ]
        assert rows[:2] == ROWS
        assert await store.add("sns", "message", {}, channel="topic") == number
        store.close()
    assert tables(old) == ["deliveries", "journal", "probe"]


async def test_an_older_file_takes_what_it_did_not_and_each_once(old: Path) -> None:
    store = Store(old)
    one = Notification("sns", "subscribe", {}, "topic", "id", once="sns id")
    assert [await store.add_all(one) for _ in range(3)] == [6, 0, 0]
    assert await store.knows("sns id")
    assert not await store.knows("sns other")
    assert [one.seq for one in await store.find()] == [3, 4, 6]
    store.close()


def test_an_update_that_fails_leaves_the_file_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_REPLACE", (*schema._REPLACE, "BROKEN"))  # noqa: SLF001 - fails last
    with pytest.raises(sqlite3.OperationalError, match="BROKEN"):
        Store(old)
    connection = sqlite3.connect(old)
    assert connection.execute("SELECT * FROM deliveries").fetchall() == ROWS
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    connection.close()
    assert tables(old) == ["deliveries", "probe"]


def test_a_newer_sinks_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "sink.sqlite3"
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    with pytest.raises(sqlite3.DatabaseError, match=f"in version {schema.VERSION + 1}"):
        Store(file)


async def test_a_file_from_before_the_journal_gets_one(old: Path) -> None:
    Store(old).close()
    with sqlite3.connect(old) as connection:
        connection.execute("DROP TABLE journal")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    store = Store(old)
    assert [one.seq for one in await store.find()] == [3, 4]
    assert await store.journal.find() == []
    store.close()


async def test_a_duplicate_does_not_ring(tmp_path: Path) -> None:
    store = Store(tmp_path / "sink.sqlite3")
    one = Notification("sns", "message", {}, "topic", "id", once="sns id")
    await store.add_all(one)
    bell = store.arrivals.next
    await store.add_all(one)
    assert not bell.is_set()
    await store.add_all(one._replace(once="sns other"))
    assert bell.is_set()
    store.close()
