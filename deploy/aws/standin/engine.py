"""The stand-in's heart: what AWS does all the time, done once a second.

    metric filters → alarms → composite alarms → outbox → topics → deliveries

Each part remembers in the state how far it is, so a tick may fail or be killed anywhere.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from deploy.aws.standin import figures
from deploy.aws.standin.alarms.gaps import Gap, note_gap
from deploy.aws.standin.alarms.watch import Watch
from deploy.aws.standin.delivery import Deliveries
from deploy.aws.standin.outbox import Outbox, received
from deploy.aws.standin.provision import Provisioner
from deploy.aws.standin.queues import Queues
from deploy.aws.standin.state import State

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

_log = logging.getLogger("standin.engine")

# Seconds, real ones: lines are read as often as this at any factor.
INTERVAL = 1.0

# Seconds: after a gap services send what they kept, the last of them after this pause.
_SETTLING = 8.0

# Seconds without a tick that was done, from which on the stand-in isn't ready.
_STALLED = 30.0

# Seconds between two looks whether every single resource is still there: somebody may delete one.
_CHECKED_EVERY = 600.0

# Characters of a reason that SetAlarmState takes.
_LONGEST_REASON = 1023

_FINE_AT = "moto was fine at"
_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


class Filters(Protocol):
    """Makes metrics of log lines; returns how many events it read."""

    def tick(self, now: float) -> int:
        """Read what is new."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a tick drives."""

    state: State
    provisioner: Provisioner
    filters: Filters
    queues: Queues
    watch: Watch
    outbox: Outbox
    deliveries: Deliveries
    cloudwatch: "CloudWatchClient"


class Engine:
    """Ticks, in a thread of its own once it was started."""

    def __init__(self, parts: Parts, clock: Callable[[], float] = time.time) -> None:
        self._parts = parts
        self._clock = clock
        self._failing = False
        self._done_at = float("-inf")
        self._checked_at = float("-inf")
        self._shown: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Begin to tick."""
        self._thread.start()

    def stop(self) -> None:
        """End after the tick that is on its way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._parts.deliveries.close()

    def take(self, envelope: Mapping[str, Any]) -> bool:
        """Keep what a topic delivers, and begin its deliveries; return whether it was new."""
        is_new = received(self._parts.state, envelope, self._clock())
        self._parts.deliveries.pump(self._clock())
        return is_new

    @property
    def problem(self) -> str | None:
        """Why the stand-in isn't ready; None where it is."""
        if self._clock() - self._done_at > _STALLED:
            return "no tick was done lately: is moto there?"
        lost = [one.name for one in self._parts.provisioner.problems]
        return f"moto doesn't hold as wanted: {', '.join(lost)}" if lost else None

    @property
    def waiting(self) -> int:
        """How many messages are on their way, to topics and from them."""
        return self._parts.outbox.waiting() + self._parts.deliveries.waiting()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.tick()
            except Exception:  # noqa: BLE001 - such as a full disk; the next tick may find it empty
                _log.exception("A tick broke off")
            self._stop.wait(INTERVAL)

    def tick(self) -> None:
        """Do all that is due. Whatever fails is tried again at the next tick."""
        now = self._clock()
        began = time.perf_counter()
        try:
            self._evaluate(now)
        except Exception as error:  # noqa: BLE001 - moto's absence, mostly; the deliveries go on
            self._fails(error)
        else:
            self._succeeds(now)
        self._parts.deliveries.pump(now)
        figures.TICK_DURATION.observe(time.perf_counter() - began)
        figures.OUTBOX.set(self._parts.outbox.waiting())
        figures.WAITING.set(self._parts.deliveries.waiting())

    def _evaluate(self, now: float) -> None:
        parts = self._parts
        kept = True
        if not parts.provisioner.is_made():
            kept = parts.provisioner.provision()
            self._shown.clear()
            self._checked_at = now
        elif now - self._checked_at > _CHECKED_EVERY:
            parts.provisioner.provision()
            self._checked_at = now
        figures.LOG_EVENTS.inc(parts.filters.tick(now))
        parts.queues.measure(now)
        if self._failing or not kept:
            self._note_gap(now)
        for change in parts.watch.tick(now):
            figures.CHANGES.labels(change.new).inc()
            _log.info("%s: %s → %s. %s", change.name, change.old, change.new, change.reason)
        self._show()
        parts.outbox.publish(now)

    def _note_gap(self, now: float) -> None:
        """Remember since when moto has nothing; before the first time there was nothing to lose."""
        fine_at = self._parts.state.get(_FINE_AT)
        if fine_at is not None:
            since = float(fine_at)
            until = now + min(now - since, _SETTLING)
            note_gap(self._parts.state, Gap(since, until))
            _log.warning("moto was away or has lost its data for %.1f s", now - since)

    def _show(self) -> None:
        """Tell moto the alarms' states, for whoever asks CloudWatch for them."""
        parts = self._parts
        for name, standing in parts.watch.register.standings().items():
            for state in _STATES:
                figures.ALARM_STATE.labels(name, state).set(state == standing.state)
            shown = f"{standing.state} {standing.since}"
            if name in parts.watch.metric_names and self._shown.get(name) != shown:
                parts.cloudwatch.set_alarm_state(
                    AlarmName=name,
                    StateValue=standing.state,
                    StateReason=standing.reason[:_LONGEST_REASON],
                    StateReasonData=standing.reason_data,
                )
                self._shown[name] = shown

    def _fails(self, error: Exception) -> None:
        figures.TICKS.labels("failed").inc()
        if not self._failing:
            _log.warning("A tick failed; the next ones try again", exc_info=error)
        self._failing = True

    def _succeeds(self, now: float) -> None:
        figures.TICKS.labels("done").inc()
        if self._failing:
            _log.warning("Ticks are done again")
        self._failing = False
        self._done_at = now
        self._parts.state.put(_FINE_AT, str(now))
