"""One fault's story: healthy, fault in, page, fault out, resolved; each step with its time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from loadtest import baseline, observe
from loadtest.baseline import Baseline
from loadtest.catalogue import Fault
from loadtest.endpoints import Endpoints
from loadtest.leases import Lease
from loadtest.narrator import Narrator
from loadtest.observe import Delivery
from loadtest.outcome import Outcome, Plan
from loadtest.record import Record
from loadtest.rules import load_rules, load_timing
from loadtest.traffic import Traffic, flowing


class BrokenPromiseError(Exception):
    """Something that the catalogue promises did not come, or something else came."""


class Story:
    """Runs one fault of the catalogue against a stack and tells what happens as it happens.

    `outcome` is None until the fault goes in; it stays when the story breaks off.
    """

    def __init__(self, fault: Fault, endpoints: Endpoints, narrator: Narrator) -> None:
        self.fault = fault
        self.endpoints = endpoints
        self.narrator = narrator
        self.outcome: Outcome | None = None
        self._rules = load_rules(endpoints)
        self._rule = self._rules[fault.alert]
        self._timing = load_timing(endpoints, self._rule)
        self._places = " and ".join(sorted(fault.receivers))
        self._traffic: Traffic | None = None

    def run(self) -> Outcome:
        """Tell the whole story.

        Raises:
            NotHealthyError: before the fault, an alert is active or there is no traffic.
            BrokenPromiseError: a page, a resolved notice or silence was promised and not kept.
            StackUnreachableError: a service of the stack doesn't answer.

        """
        # Before traffic, so that a refusal is at once.
        baseline.refuse(baseline.active(self.endpoints))
        baseline.until_told(self.endpoints, self._timing, self.narrator, self._pause)
        with flowing(self.endpoints.urls["api"]) as self._traffic:
            self.narrator.say("traffic", "as users make it; Ctrl-C at any time ends all of it")
            before = baseline.until_steady(
                self.endpoints, self._timing, self._rule.window, self.narrator, self._pause
            )
            self.narrator.say("healthy", f"{before.requests:.0f} requests/s, no alert is active")
            with self._fault(before) as (record, lease):
                self._until_pending(record)
                if self.fault.once:
                    self._end(record, lease)
                self._until_told(record, "paged", record.outcome.plan.deadline)
                self._end(record, lease)
            over = record["fault out"] + record.outcome.plan.resolved
            self._until_told(record, "resolved", over)
            self._until_silent(record)
        return record.outcome

    @contextmanager
    def _fault(self, before: Baseline) -> Iterator[tuple[Record, Lease]]:
        """Put the fault in, and take it out in any case."""
        fault = self.fault
        body = fault.body(self._timing.scrape)
        lease = Lease(self.endpoints, fault.target, fault.name, body)
        plan = Plan.of(fault, self._rule, self._timing, before.requests)
        self.outcome = Outcome(fault.name, fault.alert, plan, before.after)
        record = Record(self.outcome, self.narrator)
        try:
            lease.put()
            promise = f"{fault.alert} at {self._places} in {plan.paged:.0f} s"
            self.narrator.say("fault in", f"{fault.what}: {promise}, {plan.deadline:.1f} s at most")
            yield record, lease
        finally:
            self._end(record, lease)

    def _end(self, record: Record, lease: Lease) -> None:
        """Take the fault out, once."""
        if "fault out" not in record:
            lease.end()
            record.note("fault out", f"{self.fault.target} is itself again")

    def _until_pending(self, record: Record) -> None:
        """Wait until the alert's condition is true and Prometheus says so."""
        # What comes after it takes a fixed time.
        after = self._rule.hold + self._timing.group_wait
        for _ in self._watch(record, record.outcome.plan.deadline - after, "pending"):
            value = observe.value(self.endpoints, self._rule.query)
            if value is not None and "crossed" not in record:
                record.note("crossed", f"the condition is true, at {value:.3g}")
            alert = self._alert()
            if alert is not None:
                record.follow(alert, self._rule, self._timing)
                return

    def _until_told(self, record: Record, word: str, deadline: float) -> None:
        """Wait until every receiver has this alert's message, `paged` or `resolved`."""
        state = {"paged": "FIRING", "resolved": "RESOLVED"}[word]
        missing = set(self.fault.receivers)
        for _ in self._watch(record, deadline, f"{word} at {self._places}"):
            alert = self._alert()
            if alert is not None:
                record.follow(alert, self._rule, self._timing)
            for one in self._heard(record):
                if (one.state, one.alert) == (state, self.fault.alert) and one.place in missing:
                    missing.remove(one.place)
                    record.note(f"{word} {one.place}", str(one), one.at.timestamp())
            if not missing:
                return

    def _until_silent(self, record: Record) -> None:
        """Watch a little longer, and until no alert is on its way: nothing else may come."""
        settled = record.now + self._timing.settle
        # Another alert's, if the fault has made one pending.
        longest = max(rule.window + rule.hold for rule in self._rules.values())
        for _ in self._watch(record, settled + longest, "that no alert is active"):
            if record.now > settled and not observe.alerts(self.endpoints):
                break
        took = f"{record.outcome.page:.1f} s, {record.outcome.ratio:.2f} times the minimum"
        self.narrator.say("done", f"from fault to page {took}; nothing else arrived")

    def _watch(self, record: Record, deadline: float, awaited: str) -> Iterator[None]:
        """Let the caller look again and again until it returns, at most until the deadline.

        Raises BrokenPromiseError when it is over, or when anything arrives that is not promised.
        """
        while True:
            yield
            self._refuse_surplus(record)
            if record.now > deadline:
                now = f"Now: {self._alert() or 'the alert is not active'}."
                arrived = ", ".join(map(str, self._heard(record))) or "nothing"
                raise BrokenPromiseError(
                    f"promised within {deadline:.1f} s and not seen: {awaited}. {now} "
                    f"Arrived: {arrived}."
                )
            self.narrator.progress(record.progress(self._alert(), self._rule))
            self._pause()

    def _refuse_surplus(self, record: Record) -> None:
        promised = [
            (place, state, self.fault.alert)
            for place in self.fault.receivers
            for state in ("FIRING", "RESOLVED")
        ]
        record.outcome.extras = observe.surplus(self._heard(record), promised)
        if record.outcome.extras:
            raise BrokenPromiseError(f"nobody expected {'; '.join(record.outcome.extras)}")

    def _heard(self, record: Record) -> list[Delivery]:
        return observe.deliveries(self.endpoints, record.outcome.after)

    def _alert(self) -> observe.Alert | None:
        found = [one for one in observe.alerts(self.endpoints) if one.name == self.fault.alert]
        return found[0] if found else None

    def _pause(self) -> None:
        time.sleep(self._timing.poll)
        if self._traffic is not None:
            self._traffic.check()
