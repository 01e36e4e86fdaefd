"""Calls the next level when nobody acknowledges: PagerDuty's escalation policy, in a file.

https://support.pagerduty.com/main/docs/escalation-policies. Whether a level was called is read
from the journal, so that a restart calls nobody twice and forgets nobody.
"""

import asyncio
import contextlib
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sink import duration, incidents
from sink.journal import Entry
from sink.store import Store
from telemetry import logs

POLICY = Path(__file__).with_name("escalation.toml")

# How long to wait when a call could not be kept, with a full disk for example.
_RETRY_SECONDS = 5.0

_log = logs.get_logger("sink.escalation")


@dataclass(frozen=True)
class Level:
    """Who is called after so many seconds without an acknowledgement; `text` is the policy's."""

    name: str
    text: str
    seconds: float


def read(file: Path = POLICY, factor: float = 1.0) -> list[Level]:
    """Return a policy's levels, the first of which is called at once; times are divided by factor.

    Raises ValueError with what is wrong in the file.
    """
    try:
        levels = tomllib.loads(file.read_text(encoding="utf-8"))["level"]
        found = [_level(one, factor) for one in levels]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{file.name}: each [[level]] has a name and an after ({error})"
        ) from error
    if not found or found[0].seconds or found != sorted(found, key=lambda one: one.seconds):
        raise ValueError(f'{file.name}: the levels begin with after = "0", and rise')
    return found


def _level(given: dict[str, Any], factor: float) -> Level:
    after = str(given["after"])
    seconds = 0.0 if after == "0" else duration.read(after).seconds / factor
    return Level(str(given["name"]), after, seconds)


class Escalation:
    """The watch over incidents that nobody has acknowledged.

    `clock` gives UTC; tests replace it.
    """

    def __init__(
        self,
        store: Store,
        levels: list[Level],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._levels = levels[1:]
        self._clock = clock

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Call who is due for as long as the context lasts."""
        watch = asyncio.create_task(self._watch())
        yield
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch

    async def judge(self) -> float | None:
        """Call every level that is due; return in how many seconds the next one is, if any.

        Raises sqlite3.Error where a call can't be kept.
        """
        now = self._clock()
        waiting: list[float] = []
        for incident in incidents.from_events(await self._store.find(via="pagerduty")):
            if incident["status"] != "triggered":
                continue
            open_for = (now - datetime.fromisoformat(incident["triggered_at"])).total_seconds()
            for level in self._levels:
                if open_for >= level.seconds:
                    await self._call(incident, level)
                else:
                    waiting.append(level.seconds - open_for)
        return min(waiting, default=None)

    async def _call(self, incident: dict[str, Any], level: Level) -> None:
        entry = Entry(
            "escalated",
            f"{level.name} is called: nobody acknowledged within {level.text}",
            "escalation policy",
            incident["id"],
            {"level": level.name, "after": level.text},
            once=f"escalated {incident['id']} {level.name}",
        )
        if await self._store.journal.add(entry):
            _log.warning("Escalated", incident=incident["id"], level=level.name)

    async def _watch(self) -> None:
        while True:
            arrived = self._store.arrivals.next
            try:
                seconds = await self.judge()
            except Exception:  # noqa: BLE001 - whatever it is, the next level must be called
                _log.exception("An incident could not be escalated")
                seconds = _RETRY_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), seconds)
            if self._store.arrivals.closed:
                return
