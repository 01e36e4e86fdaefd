"""Keeps what happens, and tells it: each event once, at the time of whom it happened to."""

import time
from datetime import UTC, datetime

from loadtest import observe
from loadtest.narrator import Narrator, spoken
from loadtest.outcome import Outcome
from loadtest.rules import Rule, Timing


class Record:
    """The events of one fault, which begins now; times in seconds from here."""

    def __init__(self, outcome: Outcome, narrator: Narrator) -> None:
        self.outcome = outcome
        self.narrator = narrator
        self._began = narrator.zero = time.time()
        began = datetime.fromtimestamp(self._began, UTC)
        outcome.started = began.isoformat(timespec="milliseconds")

    def __contains__(self, event: str) -> bool:
        """Tell whether it happened."""
        return event in self.outcome.events

    def __getitem__(self, event: str) -> float:
        """Return when it happened; raises KeyError."""
        return self.outcome.events[event]

    @property
    def now(self) -> float:
        """The seconds that have passed."""
        return self.elapsed(time.time())

    def elapsed(self, at: float) -> float:
        """Return a Unix time in seconds from the fault."""
        return round(at - self._began, 3)

    def note(self, event: str, text: str, at: float | None = None) -> None:
        """Keep an event of this Unix time, or of now, and tell it."""
        self.outcome.events[event] = self.now if at is None else self.elapsed(at)
        self.narrator.say(event if event == "fault out" else event.partition(" ")[0], text)

    def follow(self, alert: observe.Alert, rule: Rule, timing: Timing) -> None:
        """Note what Prometheus says of the alert, at its own time."""
        since = alert.since.timestamp()
        if "crossed" not in self:
            self.note("crossed", f"the condition is true, at {alert.value:.3g}", since)
        if "pending" not in self:
            self.note("pending", f"fires if it stays so for {spoken(rule.hold)}", since)
        if alert.state == "firing" and "firing" not in self:
            # The condition may have been false for a moment, and the wait have begun anew.
            self.outcome.events["pending"] = self.elapsed(since)
            wait = spoken(timing.group_wait)
            self.note(
                "firing", f"Alertmanager waits {wait} for others of its kind", since + rule.hold
            )

    def progress(self, alert: observe.Alert | None, rule: Rule) -> str:
        """Say how far it is: until the page, or until it is over."""
        plan = self.outcome.plan
        if "fault out" in self and "firing" in self:
            left = spoken(self["fault out"] + plan.resolved - self.now)
            if alert is None:
                return f"over; Alertmanager tells in {left} at the latest"
            return f"{alert.state} until the window forgets the fault; told in {left} at the latest"
        if alert is None:
            return f"condition not true yet: {spoken(plan.crossed)} by calculation"
        waited = min(time.time() - alert.since.timestamp(), rule.hold)
        return f"{alert.state} {spoken(waited)} of {spoken(rule.hold)}"
