"""Deliveries in SQLite: on the disk before they are answered, so that a kill loses none."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sink import schema
from sink.arrivals import Arrivals
from sink.deliveries import Delivery, Notification, utc
from sink.journal import Journal

T = TypeVar("T")

# The newest ones; a sink is looked at, it is no archive.
KEPT = 10_000

_INSERT = """
INSERT INTO deliveries (received_at, via, channel, dedup_key, action, payload, once)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (once) DO NOTHING
"""

_SELECT = """
SELECT seq, received_at, via, channel, dedup_key, action, payload FROM deliveries
WHERE seq > :after AND (:via IS NULL OR via = :via) AND (:channel IS NULL OR channel = :channel)
ORDER BY seq DESC LIMIT :newest
"""


class Store:
    """The deliveries in one file. Every access is in one thread, so there is one writer."""

    def __init__(self, file: Path) -> None:
        """Open the file or make it; raises sqlite3.Error where it can't be written."""
        self._connection = sqlite3.connect(file, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        # A commit is on the disk when it returns, also when the machine loses power.
        self._connection.execute("PRAGMA synchronous=FULL")
        schema.prepare(self._connection)
        self._write_probe()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self.arrivals = Arrivals()
        self.journal = Journal(self._connection, self._in_thread, self.arrivals.ring)

    def close(self) -> None:
        """Finish what was begun, and close the file."""
        self._thread.shutdown()
        self._connection.close()

    async def _in_thread(self, function: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *arguments)

    async def add(
        self,
        via: str,
        action: str,
        payload: dict[str, Any],
        *,
        channel: str | None = None,
        dedup_key: str | None = None,
    ) -> int:
        """Keep one delivery and return its number. It is on the disk by then."""
        return await self.add_all(Notification(via, action, payload, channel, dedup_key))

    async def add_all(self, *notifications: Notification) -> int:
        """Keep several, all of them or none, and return the last one's number.

        It is 0 where each was there already.
        """
        seq = await self._in_thread(self._insert, notifications)
        if seq:
            self.arrivals.ring()
        return seq

    async def knows(self, once: str) -> bool:
        """Tell whether a notification of this `once` is there."""
        return await self._in_thread(self._has, once)

    def _has(self, once: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM deliveries WHERE once = ?", (once,))
        return found.fetchone() is not None

    def _insert(self, notifications: Iterable[Notification]) -> int:
        seq = 0
        with self._connection as transaction:
            for one in notifications:
                about = (one.via, one.channel, one.dedup_key, one.action)
                values = (utc(datetime.now(UTC)), *about, json.dumps(one.payload), one.once)
                inserted = transaction.execute(_INSERT, values)
                if inserted.rowcount:
                    seq = int(inserted.lastrowid or 0)
            transaction.execute("DELETE FROM deliveries WHERE seq <= ?", (seq - KEPT,))
        return seq

    async def find(
        self,
        *,
        after: int = 0,
        via: str | None = None,
        channel: str | None = None,
        newest: int = KEPT,
    ) -> list[Delivery]:
        """Return the newest deliveries with a greater number than `after`, oldest first."""
        values = {"after": after, "via": via, "channel": channel, "newest": newest}
        return await self._in_thread(self._select, values)

    def _select(self, values: dict[str, object]) -> list[Delivery]:
        rows = self._connection.execute(_SELECT, values).fetchall()
        return [
            Delivery(**{**row, "payload": json.loads(row["payload"])}) for row in reversed(rows)
        ]

    async def last(self) -> int:
        """Return the newest delivery's number, 0 before the first."""
        found = await self.find(newest=1)
        return found[0].seq if found else 0

    async def follow(self, after: int) -> AsyncIterator[Delivery]:
        """Yield each delivery with a greater number, and then each as it arrives."""
        while True:
            arrived = self.arrivals.next
            for one in await self.find(after=after):
                after = one.seq
                yield one
            if self.arrivals.closed:
                return
            await arrived.wait()

    async def check(self) -> None:
        """Write something; raises sqlite3.Error where nothing can be kept (disk, rights)."""
        await self._in_thread(self._write_probe)

    def _write_probe(self) -> None:
        with self._connection as transaction:
            transaction.execute(
                "INSERT OR REPLACE INTO probe VALUES (1, ?)", (utc(datetime.now(UTC)),)
            )
