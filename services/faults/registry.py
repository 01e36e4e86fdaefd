"""The live faults of one process: their leases, their turns, their end."""

import asyncio
import logging
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from faults.model import Fault
from telemetry import logs

_log = logs.get_logger("faults")

MOST_FAULTS = 16

# The status of a process that a fault ended, told apart from a crash of its own (sysexits.h's
# EX_SOFTWARE).
EXIT_STATUS = 70


class InjectedFault(Exception):  # noqa: N818 - a fault put in on purpose, not an error of ours
    """The error that a fault raises; the service must treat it as any exception of its own."""


class TooManyFaults(Exception):  # noqa: N818 - names the condition
    """`MOST_FAULTS` are live already."""


@dataclass
class Lease:
    """A fault in force. `ends` is in seconds of the registry's clock."""

    name: str
    fault: Fault
    ends: float
    # The share of a strike that is due; carried from hit to hit, it makes every 1/rate-th one
    # strike, so that a run repeats exactly.
    due: float = 0.0
    exit_timer: asyncio.TimerHandle | None = None
    # A throttle's: whose turn it is.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def takes_hit(self) -> bool:
        """Count one hit, and tell whether the fault strikes at it."""
        self.due += self.fault.rate
        # 0.1 added ten times is a little less than 1.
        if self.due < 1 and not math.isclose(self.due, 1):
            return False
        self.due -= 1
        return True

    def cancel_exit(self) -> None:
        """Stop the timer of a fault that is no more."""
        if self.exit_timer is not None:
            self.exit_timer.cancel()


def _exit_process() -> None:
    """End at once, as a crash does, but with the log written."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(EXIT_STATUS)


class Faults:
    """The faults in force, by name. Not for threads: all calls come from one event loop.

    `clock` gives monotonic seconds, `exit_process` ends the process; tests replace both.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        exit_process: Callable[[], None] = _exit_process,
    ) -> None:
        self._clock = clock
        self._exit_process = exit_process
        self._leases: dict[str, Lease] = {}

    def put(self, name: str, fault: Fault) -> Lease:
        """Start a fault, or renew the lease of the same one; raises TooManyFaults."""
        self._drop_expired()
        ends = self._clock() + fault.lease_seconds
        lease = self._leases.get(name)
        if lease is not None and lease.fault == fault:
            lease.ends = ends
            return lease
        if lease is None and len(self._leases) >= MOST_FAULTS:
            raise TooManyFaults
        self.delete(name)
        lease = self._leases[name] = Lease(name, fault, ends)
        if fault.effect == "exit":
            loop = asyncio.get_running_loop()
            lease.exit_timer = loop.call_later(fault.delay_seconds, self._exit, lease)
        _log.warning("Fault started", fault=name, **fault.shown())
        return lease

    def delete(self, name: str) -> None:
        """End a fault; one that isn't there is fine."""
        if name in self._leases:
            self._end(name, "deleted")

    def clear(self) -> None:
        """End all faults."""
        for name in list(self._leases):
            self._end(name, "deleted")

    def live(self) -> list[Lease]:
        """Return the faults whose leases hold, in the order they started."""
        self._drop_expired()
        return list(self._leases.values())

    def expires_at(self, lease: Lease) -> str:
        """Return the end of a lease as UTC wall-clock time (ISO 8601, milliseconds, Z)."""
        moment = datetime.now(UTC) + timedelta(seconds=lease.ends - self._clock())
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def injected_series(self) -> int:
        """Return how many series are to be exposed: what the largest live fault asks for."""
        return max((lease.fault.count or 0 for lease in self.live()), default=0)

    async def strike(self, point: str, attributes: dict[str, str]) -> None:
        """Let every fault of this point have its turn; see `faults.strike`."""
        if not self._leases:
            return
        for lease in self.live():
            if lease.fault.strikes_at(point, attributes) and lease.takes_hit():
                await self._act(lease)

    async def _act(self, lease: Lease) -> None:
        if lease.fault.effect == "error":
            raise InjectedFault(f"fault {lease.name}")
        if lease.fault.effect == "throttle":
            async with lease.turn:
                # Those that still wait when it ends go on at once.
                if self._leases.get(lease.name) is lease:
                    await asyncio.sleep(lease.fault.delay_seconds)
            return
        await asyncio.sleep(lease.fault.delay_seconds)

    def _exit(self, lease: Lease) -> None:
        if self._leases.get(lease.name) is lease and lease.ends > self._clock():
            _log.warning("Fault ends the process", fault=lease.name, status=EXIT_STATUS)
            self._exit_process()

    def _drop_expired(self) -> None:
        now = self._clock()
        for name in [name for name, lease in self._leases.items() if lease.ends <= now]:
            self._end(name, "expired")

    def _end(self, name: str, reason: str) -> None:
        self._leases.pop(name).cancel_exit()
        _log.warning("Fault ended", fault=name, reason=reason)
