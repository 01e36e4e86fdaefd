"""What people and programs say of incidents, beside the events that PagerDuty takes.

Entries are kept like deliveries: on the disk before they are answered. One without an incident, as
a deploy's, belongs to every incident of its time.
"""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from sink.deliveries import utc

T = TypeVar("T")

KINDS = ("escalated", "declared", "note", "mitigation", "deploy", "chaos")
# The newest ones, as of deliveries.
KEPT = 10_000

_INSERT = """
INSERT INTO journal (at, kind, incident, text, by, data, once) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (once) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `at` is UTC (ISO 8601, ms, Z), `by` who says so, `data` whatever belongs to it.

    Of those with one `once` only the first is kept.
    """

    kind: str
    text: str
    by: str
    incident: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    at: str = field(default_factory=lambda: utc(datetime.now(UTC)))
    once: str | None = None


class InThread(Protocol):
    """Runs a function in the thread that alone uses the database."""

    def __call__(self, function: Callable[..., T], *arguments: object) -> Awaitable[T]:
        """Return what the function returns."""


class Journal:
    """The entries in the sink's database."""

    def __init__(
        self, connection: sqlite3.Connection, in_thread: InThread, ring: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._in_thread = in_thread
        self._ring = ring

    async def add(self, entry: Entry) -> bool:
        """Keep one; False where its `once` was there already. Raises sqlite3.Error."""
        added = await self._in_thread(self._insert, entry)
        if added:
            self._ring()
        return added

    async def find(self) -> list[Entry]:
        """Return all that is kept, in the order of their times."""
        return await self._in_thread(self._select)

    def _insert(self, entry: Entry) -> bool:
        about = (entry.at, entry.kind, entry.incident, entry.text, entry.by)
        with self._connection as transaction:
            inserted = transaction.execute(_INSERT, (*about, json.dumps(entry.data), entry.once))
            last = int(inserted.lastrowid or 0)
            transaction.execute("DELETE FROM journal WHERE seq <= ?", (last - KEPT,))
        return inserted.rowcount > 0

    def _select(self) -> list[Entry]:
        rows = self._connection.execute(
            "SELECT kind, text, by, incident, data, at, once FROM journal ORDER BY at, seq"
        )
        return [Entry(**{**row, "data": json.loads(row["data"])}) for row in rows]
