"""Keeps what happens, and tells it: each event once, at the time of whom it happened to."""

import time
from datetime import UTC, datetime

from loadtest import observe
from loadtest.narrator import Narrator, spoken
from loadtest.outcome import Outcome, Told
from loadtest.rules import Rule, Timing


class Record:
    """The events of one fault; times in seconds from when it was in, which is now or `begin`."""

    def __init__(self, outcome: Outcome, narrator: Narrator) -> None:
        self.outcome = outcome
        self.narrator = narrator
        self.begin()

    def begin(self) -> None:
        """Count from now."""
        self._began = self.narrator.zero = time.time()
        began = datetime.fromtimestamp(self._began, UTC)
        self.outcome.started = began.isoformat(timespec="milliseconds")

    @property
    def now(self) -> float:
        """The seconds that have passed."""
        return self.elapsed(time.time())

    def elapsed(self, at: float) -> float:
        """Return a Unix time in seconds from the fault, which may be seen while it is put in."""
        return max(0.0, round(at - self._began, 3))

    def out(self, text: str) -> None:
        """Note that the fault is out."""
        self.outcome.fault_out = self.now
        self.narrator.say("fault out", text)

    def note(self, told: Told, event: str, text: str, at: float | None = None) -> None:
        """Keep an event of this Unix time, or of now, and tell it."""
        told.events[event] = self.now if at is None else self.elapsed(at)
        self.narrator.say(event.partition(" ")[0], text)

    def follow(self, told: Told, alert: observe.Alert, rule: Rule, timing: Timing) -> None:
        """Note what Prometheus says of the alert, at its own time."""
        since = alert.since.timestamp()
        events = told.events
        if "crossed" not in events:
            value = f"the condition is true, at {alert.value:.3g}"
            self.note(told, "crossed", f"{told.alert}: {value}", since)
        if "pending" not in events and rule.hold:
            wait = f"fires if it stays so for {spoken(rule.hold)}"
            self.note(told, "pending", f"{told.alert} {wait}", since)
        if alert.state == "firing" and "firing" not in events:
            # The condition may have been false for a moment, and the wait have begun anew.
            events["pending"] = self.elapsed(since)
            wait = f"Alertmanager waits {spoken(timing.group_wait)} for others of its kind"
            self.note(told, "firing", f"{told.alert}: {wait}", since + rule.hold)

    def heard(self, told: Told, one: observe.Delivery) -> None:
        """Note a message that was promised."""
        word = {"FIRING": "paged", "RESOLVED": "resolved"}[one.state]
        event = f"{word} {one.place}"
        if event not in told.events:
            self.note(told, event, str(one), one.at.timestamp())
