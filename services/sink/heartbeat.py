"""Watches the watchers: pages when Alertmanager's heartbeat stops.

Prometheus' Watchdog always fires, and Alertmanager sends it here again and again. Where it doesn't
arrive no other alert would, so nobody else can tell.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from prometheus_client import Gauge

from sink import incidents, notices
from sink.duration import Duration
from sink.store import Store
from telemetry import logs

LAST = Gauge(
    "sink_heartbeat_timestamp_seconds",
    "When the last heartbeat arrived, as Unix time; 0 before the first.",
)

# How long to wait when a page could not be kept, with a full disk for example.
_RETRY_SECONDS = 5.0

_log = logs.get_logger("sink.heartbeat")


class Heartbeat:
    """When the heartbeat was last heard, and whether somebody was paged because it wasn't.

    `clock` gives monotonic seconds; tests replace it. An outage is paged once: whether its
    incident is open already is read from the store, so that a restart changes nothing.
    """

    def __init__(
        self, store: Store, timeout: Duration, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.timeout = timeout
        self.missing = False
        self.last_at: datetime | None = None
        self._store = store
        self._clock = clock
        # Since when there is silence: the last heartbeat, or before the first one the start.
        self._silent_since = clock()
        self._started_at = datetime.now(UTC)
        # A heartbeat that arrives while its absence is being paged must see that page.
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Judge the silence for as long as the context lasts, from a full timeout on."""
        await self.begin()
        watch = asyncio.create_task(self._watch())
        yield
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch

    async def begin(self) -> None:
        """Start counting, and see whether an earlier process paged already."""
        self._silent_since = self._clock()
        events = await self._store.find(via="pagerduty")
        own = incidents.from_events(one for one in events if one.dedup_key == notices.DEDUP_KEY)
        self.missing = any(one["status"] != "resolved" for one in own)

    async def beat(self) -> None:
        """Note a heartbeat, and take back what was said of its absence.

        Raises sqlite3.Error where that can't be kept; the next heartbeat tries again.
        """
        async with self._lock:
            self._silent_since = self._clock()
            self.last_at = datetime.now(UTC)
            LAST.set_to_current_time()
            if self.missing:
                await self._store.add_all(*notices.back(self.last_at))
                self.missing = False
                _log.warning("The heartbeat is back")

    async def judge(self) -> float:
        """Page where the silence is too long; return in how many seconds it may next be.

        Raises sqlite3.Error where the page can't be kept.
        """
        async with self._lock:
            left = self._silent_since + self.timeout.seconds - self._clock()
            if left > 0:
                return left
            if not self.missing:
                since = self.last_at or self._started_at
                await self._store.add_all(*notices.missing(since, self.timeout.text))
                self.missing = True
                _log.error("No heartbeat: paged", timeout=self.timeout.text)
            return self.timeout.seconds

    async def _watch(self) -> None:
        while True:
            try:
                seconds = await self.judge()
            except Exception:  # noqa: BLE001 - whatever it is, nobody else would notice the silence
                _log.exception("No heartbeat, and the page could not be kept")
                seconds = min(_RETRY_SECONDS, self.timeout.seconds)
            await asyncio.sleep(seconds)
