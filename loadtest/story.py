"""One fault's story: healthy, fault in, pages, fault out, resolved; each step with its time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loadtest import baseline, observe, profiles
from loadtest.baseline import Baseline
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.faults import Fault, Promise
from loadtest.injections import Injection
from loadtest.narrator import Narrator, spoken
from loadtest.observe import Alert, Delivery
from loadtest.outcome import Outcome, Told, planned
from loadtest.record import Record
from loadtest.rules import load
from loadtest.traffic import Traffic, flowing

# A fault that promises nothing lasts as long as an alert of the specification needs to be told.
SILENT_HOLDS = 2


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
        self._configuration = load(endpoints)
        self._rules = {
            promise.alert: self._configuration.rule(promise.alert, promise.labels)
            for promise in fault.promises
        }
        spec = self._configuration.rule("HighErrorRate", {})
        self._timing = self._configuration.timing(spec)
        self._window = max((rule.window for rule in self._rules.values()), default=spec.window)
        self._silence = SILENT_HOLDS * (spec.hold + spec.window)
        self._slowest = max((rule.hold for rule in self._configuration.rules), default=0.0)
        self._allowed = set(fault.aftermath)
        self._traffic: Traffic | None = None
        self._ended = False

    def run(self) -> Outcome:
        """Tell the whole story.

        Raises:
            NotHealthyError: before the fault, an alert is active or there is no traffic.
            BrokenPromiseError: a page, a resolved notice or silence was promised and not kept.
            StackUnreachableError: a service of the stack doesn't answer.

        """
        # Before traffic, so that a refusal is at once.
        profiles.require(self.fault, self.endpoints)
        baseline.refuse(baseline.active(self.endpoints))
        baseline.until_told(self.endpoints, self._timing, self.narrator, self._pause)
        with flowing(self.endpoints.urls["api"]) as self._traffic:
            self.narrator.say("traffic", "as users make it; Ctrl-C at any time ends all of it")
            before = baseline.until_steady(
                self.endpoints, self._timing, self._window, self.narrator, self._pause
            )
            self._allowed |= baseline.remembered(self.endpoints, self._configuration, self.narrator)
            self.narrator.say("healthy", f"{before.requests:.0f} requests/s, no alert is active")
            with self._fault(before) as (record, injections):
                self._until_paged(record, injections)
                self._end(record, injections)
            self._until_resolved(record)
            self._until_silent(record)
        return record.outcome

    @contextmanager
    def _fault(self, before: Baseline) -> Iterator[tuple[Record, list[Injection]]]:
        """Put the fault in, and take it out in any case."""
        fault, scrape = self.fault, self._configuration.scrape
        injections = [way.prepare(self.endpoints, fault.name, scrape) for way in fault.ways]
        held = {
            burn.ratio: observe.value(self.endpoints, burn.ratio) or 0.0
            for rule in self._rules.values()
            for group in rule.burns
            for burn in group
        }
        told = planned(fault, self._configuration, before.requests, held)
        self.outcome = Outcome(fault.name, before.after, told)
        record = Record(self.outcome, self.narrator)
        try:
            for one in injections:
                one.put()
            record.begin()
            self.endpoints.tell(f"{fault.name} in: {fault.what}", fault=fault.name)
            self.narrator.say("fault in", f"{fault.what}. {'; '.join(map(_promise, told))}")
            yield record, injections
        finally:
            self._end(record, injections)

    def _end(self, record: Record, injections: list[Injection]) -> None:
        """Take the fault out, once."""
        if self._ended:
            return
        self._ended = True
        failed: StackUnreachableError | None = None
        for one in reversed(injections):
            try:
                one.end()
            except StackUnreachableError as error:
                failed = error
        if failed is not None:
            raise failed
        record.out("the stack is itself again")
        self.endpoints.tell(f"{self.fault.name} out", fault=self.fault.name)

    def _until_paged(self, record: Record, injections: list[Injection]) -> None:
        """Wait until everyone who can hear of it has; watch for a while where nobody should."""
        if not self.fault.promises:
            self._watch(record, "", self._silence, lambda: record.now > self._silence)
            return
        for told, promise in self._promises(record):
            places = promise.receivers - promise.late
            if self.fault.once:
                self._wait(record, told, "pending", ["pending"], told.plan.deadline)
                self._end(record, injections)
            # One that can't be told yet fires at least.
            wanted = [f"paged {place}" for place in sorted(places)] or ["firing"]
            self._wait(record, told, "paged", wanted, told.plan.deadline)

    def _until_resolved(self, record: Record) -> None:
        """Wait until everyone who was told is told that it is over."""
        out = record.outcome.fault_out or 0.0
        for told, promise in self._promises(record):
            due = out + told.plan.resolved
            late = [f"paged {place}" for place in sorted(promise.late)]
            self._wait(record, told, "paged", late, due)
            if promise.alert not in self.fault.aftermath:
                wanted = [f"resolved {place}" for place in sorted(promise.receivers)]
                self._wait(record, told, "resolved", wanted, due)

    def _until_silent(self, record: Record) -> None:
        """Watch a little longer, and until no alert is on its way: nothing else may come."""
        settled = record.now + self._timing.settle
        # Another alert's, if the fault has made one pending.
        longest = settled + self._slowest + self._silence + self._window

        def silent() -> bool:
            return record.now > settled and not self._others(self._seen())

        self._watch(record, "that no alert is active", longest, silent)
        self.narrator.say("done", "; ".join(map(_page, record.outcome.told)) or "nobody was told")

    def _promises(self, record: Record) -> Iterator[tuple[Told, Promise]]:
        yield from zip(record.outcome.told, self.fault.promises, strict=True)

    def _wait(
        self, record: Record, told: Told, word: str, wanted: list[str], deadline: float
    ) -> None:
        """Wait until all of these events of a promise have happened."""
        places = " and ".join(event.partition(" ")[2] for event in wanted).strip()
        awaited = f"{told.alert} {word}{f' at {places}' if places else ''}"
        self._watch(record, awaited, deadline, lambda: told.events.keys() >= set(wanted))

    def _watch(
        self, record: Record, awaited: str, deadline: float, done: Callable[[], bool]
    ) -> None:
        """Look again and again until it is done, at most until the deadline.

        Raises BrokenPromiseError when it is over, or when anything arrives that is not promised.
        """
        while True:
            alerts = self._look(record)
            if done():
                return
            if record.now > deadline:
                now = ", ".join(f"{one.name} is {one.state}" for one in alerts) or "no alert"
                arrived = ", ".join(map(str, self._heard(record))) or "nothing"
                raise BrokenPromiseError(
                    f"promised within {deadline:.1f} s and not seen: {awaited}. Now: {now}. "
                    f"Arrived: {arrived}."
                )
            left = spoken(deadline - record.now)
            self.narrator.progress(f"waiting for {awaited or 'nothing to come'}: {left} at most")
            self._pause()

    def _look(self, record: Record) -> list[Alert]:
        """Note what has happened since the last look."""
        alerts = self._seen()
        for told, promise in self._promises(record):
            rule = self._rules[promise.alert]
            for alert in alerts:
                if alert.name == promise.alert and promise.labels.items() <= alert.labels.items():
                    record.follow(told, alert, rule, self._configuration.timing(rule))
        heard = self._heard(record)
        promised = {told.alert: told for told in record.outcome.told}
        for one in heard:
            if one.alert in promised and one.place in promised[one.alert].receivers:
                record.heard(promised[one.alert], one)
        self._refuse_surplus(record, heard)
        return alerts

    def _refuse_surplus(self, record: Record, heard: list[Delivery]) -> None:
        expected = [
            (place, state, promise.alert)
            for promise in self.fault.promises
            for place in promise.receivers
            for state in ("FIRING", "RESOLVED")
        ]
        extras = [one for one in observe.surplus(heard, expected) if one.alert not in self._allowed]
        record.outcome.extras = [str(one) for one in extras if not one.is_old_news]
        if record.outcome.extras:
            raise BrokenPromiseError(f"nobody expected {'; '.join(record.outcome.extras)}")

    def _seen(self) -> list[Alert]:
        """Return the active alerts; none where what knows them is what was broken."""
        try:
            return observe.alerts(self.endpoints)
        except StackUnreachableError:
            if "prometheus" in self.fault.away:
                return []
            raise

    def _others(self, alerts: list[Alert]) -> list[Alert]:
        return [one for one in alerts if one.name not in self._allowed]

    def _heard(self, record: Record) -> list[Delivery]:
        return observe.deliveries(self.endpoints, record.outcome.after)

    def _pause(self) -> None:
        time.sleep(self._timing.poll)
        if self._traffic is not None:
            self._traffic.check()


def _promise(told: Told) -> str:
    places = " and ".join(told.receivers)
    plan = told.plan
    return f"{told.alert} at {places} in {plan.paged:.0f} s, {plan.deadline:.1f} s at most"


def _page(told: Told) -> str:
    if not told.measures():
        return f"{told.alert} when it could be told"
    return f"{told.alert} {told.page:.1f} s after the fault, {told.ratio:.2f} times the minimum"
