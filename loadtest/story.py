"""One fault's story: healthy, fault in, page, fault out, resolved; each step with its time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from loadtest import observe
from loadtest.catalogue import Fault
from loadtest.endpoints import Endpoints
from loadtest.leases import Lease
from loadtest.observe import Delivery
from loadtest.rules import Rule, Timing, load_rules, load_timing
from loadtest.traffic import flowing

Say = Callable[[str], None]
# Traffic has to be there, not to have settled: a fifth of what the users drive.
LEAST_REQUESTS_PER_SECOND = 10.0
# Of waiting, in scrapes: containers that have just started are slow at first.
BASELINE_SCRAPES = 60
PROGRESS_SECONDS = 30.0


class BrokenPromiseError(Exception):
    """Something that the catalogue promises did not come, or something else came."""


class NotHealthyError(Exception):
    """The stack is not healthy before the fault: nothing could be told from what follows."""


@dataclass
class Outcome:
    """What happened, for tests and reports. Times in seconds from the fault.

    `events` has crossed, pending, firing, `paged <place>`, `fault out`, `resolved <place>`.
    `minimum` is the theoretical least time to page, `deadline` the longest allowed.
    """

    fault: str
    alert: str
    started: str
    minimum: float
    deadline: float
    resolve_deadline: float
    events: dict[str, float] = field(default_factory=dict)
    extras: list[str] = field(default_factory=list)

    @property
    def page(self) -> float:
        """Seconds until the last receiver had the page."""
        return max(at for event, at in self.events.items() if event.startswith("paged "))

    @property
    def ratio(self) -> float:
        """Time to page, divided by the theoretical minimum."""
        return self.page / self.minimum

    def as_dict(self) -> dict[str, object]:
        """Return all of it for a JSON file."""
        return {**asdict(self), "page": self.page, "ratio": round(self.ratio, 3)}


class Story:
    """Runs one fault of the catalogue against a stack and tells what happens as it happens."""

    def __init__(self, fault: Fault, endpoints: Endpoints, say: Say) -> None:
        self.fault = fault
        self.endpoints = endpoints
        self.timing: Timing = load_timing(endpoints)
        self.rule: Rule = load_rules(endpoints)[fault.alert]
        self.body = fault.body(self.timing.scrape)
        self._tell = say
        self._began = time.time()
        self._after = 0
        onset = fault.onset(self.rule, self.body)
        self.outcome = Outcome(
            fault=fault.name,
            alert=fault.alert,
            started="",
            minimum=self.timing.minimum(self.rule, onset),
            deadline=self.timing.page_deadline(self.rule, onset),
            resolve_deadline=self.timing.resolve_deadline(self.rule),
        )

    def run(self) -> Outcome:
        """Tell the whole story.

        Raises:
            NotHealthyError: before the fault, an alert is active or there is no traffic.
            BrokenPromiseError: a page, a resolved notice or silence was promised and not kept.
            StackUnreachableError: a service of the stack doesn't answer.

        """
        with flowing(self.endpoints.urls["api"]):
            self.say("traffic", "users like users; Ctrl-C at any time leaves a healthy stack")
            self._baseline()
            with self._fault() as lease:
                self._until_crossed()
                if self.fault.once:
                    self._end(lease)
                self._until_paged()
                self._end(lease)
            self._until_resolved()
            self._expect_silence()
        return self.outcome

    def say(self, event: str, text: str) -> None:
        """Tell one line: wall clock, seconds from the fault, what, how."""
        elapsed = f"{time.time() - self._began:+8.1f} s" if self.outcome.started else " " * 10
        self._tell(f"{datetime.now(UTC):%H:%M:%S} {elapsed}  {event:<10} {text}")

    def _baseline(self) -> None:
        """Wait until requests flow and no alert is active; refuse where one fires."""
        self.say("baseline", "waiting for traffic and for no alert to be active")
        deadline = time.monotonic() + BASELINE_SCRAPES * self.timing.scrape
        while True:
            active = observe.alerts(self.endpoints)
            held = observe.held_by_alertmanager(self.endpoints)
            rate = observe.requests_per_second(self.endpoints, self.timing.scrape)
            firing = sorted({one.name for one in active if one.state == "firing"} | set(held))
            if not active and not held and rate >= LEAST_REQUESTS_PER_SECOND:
                break
            if time.monotonic() > deadline or (firing and time.monotonic() > deadline / 2):
                names = ", ".join(sorted({one.name for one in active} | set(held))) or "no alert"
                raise NotHealthyError(
                    f"not healthy before the fault: {names} active, {rate:.1f} requests/s. "
                    "`make status` shows more; wait until it is quiet, or `make down up`."
                )
            self._pause()
        self._after = observe.last_seq(self.endpoints) or -1
        self.say("healthy", f"{rate:.0f} requests/s, no alert active")

    @contextmanager
    def _fault(self) -> Iterator[Lease]:
        """Put the fault in, and take it out in any case."""
        lease = Lease(self.endpoints, self.fault.target, self.fault.name, self.body)
        self._began = time.time()
        try:
            lease.put()
            self.outcome.started = datetime.fromtimestamp(self._began, UTC).isoformat()
            self.say("fault in", f"{self.fault.what} → {self.fault.alert} expected")
            yield lease
        finally:
            self._end(lease)

    def _end(self, lease: Lease) -> None:
        """Take the fault out, once."""
        if "fault out" not in self.outcome.events:
            lease.end()
            self._note("fault out", f"{self.fault.target} is itself again")

    def _note(self, event: str, text: str, at: float | None = None) -> None:
        """Keep and tell an event, at a source's own time where it has one."""
        self.outcome.events[event] = round((at or time.time()) - self._began, 3)
        self.say(
            event.partition(" ")[0] if event.startswith(("paged", "resolved")) else event, text
        )

    def _until_crossed(self) -> None:
        """Wait until the alert's condition is true, and until Prometheus says pending."""
        deadline = self._began + self.outcome.deadline - self.rule.hold - self.timing.group_wait
        for _ in self._watch(deadline, f"{self.fault.alert} pending", lambda: "not yet"):
            value = observe.value(self.endpoints, self.rule.query)
            if value is not None and "crossed" not in self.outcome.events:
                self._note("crossed", f"{self.fault.alert}'s condition holds, at {value:.4g}")
            state = self._state()
            if state is not None:
                since = state.since.timestamp()
                self._note("pending", f"firing in {self.rule.hold:.0f} s if it lasts", since)
                return

    def _until_paged(self) -> None:
        """Wait until every receiver has its message."""
        missing = set(self.fault.receivers)
        deadline = self._began + self.outcome.deadline
        description = f"{self.fault.alert} at {', '.join(sorted(missing))}"
        for _ in self._watch(deadline, description, self._progress):
            state = self._state()
            if state is not None and state.state == "firing":
                self._firing()
            for one in self._heard():
                if one.state == "FIRING" and one.alert == self.fault.alert:
                    missing -= self._arrived("paged", one)
            if not missing:
                return

    def _until_resolved(self) -> None:
        """Wait until every receiver has been told that it is over."""
        missing = set(self.fault.receivers)
        out = self._began + self.outcome.events["fault out"]
        deadline = out + self.outcome.resolve_deadline
        description = f"resolved at {', '.join(sorted(missing))}"
        for _ in self._watch(deadline, description, self._aftermath):
            for one in self._heard():
                if one.state == "RESOLVED" and one.alert == self.fault.alert:
                    missing -= self._arrived("resolved", one)
            if not missing:
                return

    def _firing(self) -> None:
        if "firing" not in self.outcome.events:
            self._note("firing", f"Alertmanager sends in {self.timing.group_wait:g} s")

    def _arrived(self, word: str, one: Delivery) -> set[str]:
        """Note a delivery the first time it is seen; return its place."""
        event = f"{word} {one.place}"
        if event not in self.outcome.events:
            if word == "paged":
                self._firing()
            self._note(event, str(one), one.at.timestamp())
        return {one.place}

    def _expect_silence(self) -> None:
        """Watch a little longer, and count all that came and was not expected."""
        end = time.monotonic() + self.timing.settle
        while time.monotonic() < end:
            self._pause()
        self.outcome.extras = self._surplus()
        if self.outcome.extras:
            raise BrokenPromiseError(f"nobody expected {'; '.join(self.outcome.extras)}")
        self.say("done", f"page {self.outcome.ratio:.2f} times the theoretical minimum")

    def _surplus(self) -> list[str]:
        return observe.surplus(
            self._heard(),
            [
                (place, state, self.fault.alert)
                for place in self.fault.receivers
                for state in ("FIRING", "RESOLVED")
            ],
        )

    def _heard(self) -> list[Delivery]:
        return observe.deliveries(self.endpoints, max(self._after, 0))

    def _state(self) -> observe.Alert | None:
        found = [one for one in observe.alerts(self.endpoints) if one.name == self.fault.alert]
        return found[0] if found else None

    def _progress(self) -> str:
        """Say how far a pending alert is."""
        since = self.outcome.events.get("pending", 0.0)
        waited = min(time.time() - self._began - since, self.rule.hold)
        word = "firing" if "firing" in self.outcome.events else "pending"
        return f"{word} {waited:.0f} s of {self.rule.hold:.0f} s"

    def _aftermath(self) -> str:
        """Say who still has to learn that it is over."""
        if self._state() is not None:
            return f"{self.fault.alert} fires until its {self.rule.window:.0f} s window forgets"
        return f"over; Alertmanager tells within its {self.timing.group_interval:.0f} s interval"

    def _watch(
        self, deadline: float, description: str, progress: Callable[[], str]
    ) -> Iterator[None]:
        """Let the caller look again and again until it returns; show progress; end in time."""
        told = time.monotonic()
        while True:
            yield
            if self._surplus():
                raise BrokenPromiseError(f"nobody expected {'; '.join(self._surplus())}")
            if time.time() > deadline:
                allowed = deadline - self._began
                raise BrokenPromiseError(
                    f"promised within {allowed:.1f} s of the fault and not seen: {description}; "
                    f"{progress()}; alerts: {observe.alerts(self.endpoints)}"
                )
            if time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                self.say("…", progress())
            self._pause()

    def _pause(self) -> None:
        time.sleep(self.timing.poll)
