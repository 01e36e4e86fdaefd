"""Deliveries in SQLite: on disk before they are answered, so that a kill loses none."""

import asyncio
import json
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from telemetry import environment

# Of the newest deliveries; a sink is looked at, not archived.
KEPT = 10_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    via TEXT NOT NULL,
    channel TEXT,
    dedup_key TEXT,
    action TEXT NOT NULL,
    payload TEXT NOT NULL
)
"""


class Delivery(NamedTuple):
    """One accepted notification.

    `via` is slack or pagerduty; a Slack message has a `channel`, a PagerDuty event a `dedup_key`.
    `action` is message, trigger, acknowledge or resolve. `received_at` is UTC (ISO 8601, ms, Z).
    """

    seq: int
    received_at: str
    via: str
    channel: str | None
    dedup_key: str | None
    action: str
    payload: dict[str, Any]


class Store:
    """The deliveries, in one file. Safe for several threads: a lock makes it one at a time."""

    def __init__(self, file: Path) -> None:
        try:
            self._connection = sqlite3.connect(file, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            # A commit is on the disk when it returns, also when the machine loses power.
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(_SCHEMA)
        except sqlite3.Error as error:
            environment.stop(
                f"SINK_DATABASE: {file} can't be used ({error}): its folder must be writable."
            )
        self._lock = threading.Lock()
        # The streams that wait for the next delivery.
        self._waiting: set[asyncio.Event] = set()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    async def add(
        self,
        via: str,
        action: str,
        payload: dict[str, Any],
        *,
        channel: str | None = None,
        dedup_key: str | None = None,
    ) -> int:
        """Keep one delivery; when this returns its number it is on the disk."""
        row = (via, channel, dedup_key, action, json.dumps(payload))
        seq = await asyncio.to_thread(self._insert, row)
        for arrived in self._waiting:
            arrived.set()
        return seq

    def _insert(self, row: tuple[str, str | None, str | None, str, str]) -> int:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock, self._connection as transaction:
            cursor = transaction.execute(
                "INSERT INTO deliveries (received_at, via, channel, dedup_key, action, payload)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (now, *row),
            )
            seq = int(cursor.lastrowid or 0)
            transaction.execute("DELETE FROM deliveries WHERE seq <= ?", (seq - KEPT,))
            return seq

    def after(self, seq: int, via: str | None = None) -> list[Delivery]:
        """Return the deliveries with a greater number, oldest first, of one service or all."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT seq, received_at, via, channel, dedup_key, action, payload FROM deliveries"
                " WHERE seq > ? AND (? IS NULL OR via = ?) ORDER BY seq",
                (seq, via, via),
            ).fetchall()
        return [Delivery._make([*rest, json.loads(payload)]) for *rest, payload in rows]

    def writable(self) -> bool:
        """Tell whether the database takes a write now."""
        try:
            with self._lock, self._connection as transaction:
                transaction.execute("BEGIN IMMEDIATE")
                transaction.rollback()
        except sqlite3.Error:
            return False
        return True

    async def wait(self, seconds: float) -> None:
        """Return at the next delivery, or after this time."""
        arrived = asyncio.Event()
        self._waiting.add(arrived)
        try:
            async with asyncio.timeout(seconds):
                await arrived.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(arrived)
