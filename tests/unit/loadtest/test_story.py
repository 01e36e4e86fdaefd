"""What the story says of a stack that keeps its promises, and of ones that don't."""

import dataclasses
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from loadtest import observe, story
from loadtest.baseline import NotHealthyError
from loadtest.catalogue import BY_NAME
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.faults import Promise
from loadtest.injections import InService
from loadtest.narrator import Narrator
from loadtest.observe import Alert, Delivery
from loadtest.rules import Burn, Configuration, Rule
from loadtest.story import BrokenPromiseError, Story

RULE = Rule("HighErrorRate", "ratio", 0.02, 0.02, 0.01, None, {}, memory=0.02)
SLOW = Rule("HighLatency", "quantile", 0.5, 0.02, 0.5, 0.99, {}, memory=0.02)
CONFIGURATION = Configuration(
    rules=(RULE, SLOW),
    recordings={},
    scrape=0.01,
    evaluation=0.01,
    resend=0.01,
    route={"group_wait": "10ms", "group_interval": "10ms"},
    heartbeat=0.05,
)


FAULT = BY_NAME["api-errors"]


class Stack:
    """A stack that does what a test tells it once the fault is in, and once it is out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[str] = []
        self.value = 0.3
        self.active: list[Alert] = []
        self.heard: list[Delivery] = []
        self.when_in = [("FIRING", place) for place in sorted(FAULT.promises[0].receivers)]
        self.when_out = [("RESOLVED", place) for place in sorted(FAULT.promises[0].receivers)]
        self.also: list[tuple[str, str, str]] = []
        replaced: dict[str, Any] = {
            "alerts": lambda _: self.active,
            "held_by_alertmanager": lambda _: [],
            "value": lambda *_: self.value,
            "requests_per_second": lambda *_: 60.0,
            "last_seq": lambda _: 7,
            "deliveries": lambda _, after: [one for one in self.heard if one.seq > after],
        }
        for name, function in replaced.items():
            monkeypatch.setattr(observe, name, function)
        self.configuration = CONFIGURATION
        monkeypatch.setattr(story, "load", lambda _: self.configuration)
        monkeypatch.setattr(story, "flowing", self.flowing)
        monkeypatch.setattr(InService, "prepare", lambda *_: self)
        monkeypatch.setattr(Endpoints, "tell", lambda _, text, **__: self.noted.append(text))
        self.noted: list[str] = []
        self.fault = FAULT
        self.told = io.StringIO()
        self.locust_ended = False

    def check(self) -> None:
        """Stand for the traffic."""
        if self.locust_ended:
            raise StackUnreachableError("Locust ended by itself")

    @contextmanager
    def flowing(self, _: str) -> Iterator["Stack"]:
        try:
            yield self
        finally:
            self.log.append("traffic ended")

    def arrive(self, state: str, place: str, alert: str = "HighErrorRate") -> None:
        now = datetime.now(UTC)
        self.heard = [*self.heard, Delivery(len(self.heard) + 8, place, state, alert, now)]

    def put(self) -> None:
        self.log.append("fault in")
        self.active = [Alert("HighErrorRate", "firing", datetime.now(UTC), 0.3)]
        for state, place in self.when_in:
            self.arrive(state, place)
        for state, place, alert in self.also:
            self.arrive(state, place, alert)

    def end(self) -> None:
        self.log.append("fault out")
        self.active = []
        for state, place in self.when_out:
            self.arrive(state, place)

    def story(self) -> Story:
        return Story(self.fault, Endpoints({"api": "http://unused"}, ""), Narrator(self.told))


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    return Stack(monkeypatch)


def test_the_incidents_timeline_hears_of_the_fault(stack: Stack) -> None:
    stack.story().run()
    assert stack.noted == ["api-errors in: 5 % of API requests answer 500", "api-errors out"]


def test_a_kept_promise_is_told_in_order(stack: Stack) -> None:
    outcome = stack.story().run()

    assert stack.log == ["fault in", "fault out", "traffic ended"]
    assert list(outcome.told[0].events) == [
        "crossed",
        "pending",
        "firing",
        "paged #alerts-critical",
        "paged pagerduty",
        "resolved #alerts-critical",
        "resolved pagerduty",
    ]
    assert outcome.fault_out is not None
    assert outcome.extras == []
    words = [line.split()[1] for line in stack.told.getvalue().splitlines()[:2]]
    assert words == ["traffic", "healthy"]


def test_a_page_that_does_not_come_is_a_broken_promise_and_the_fault_is_out(stack: Stack) -> None:
    stack.when_in = stack.when_in[:1]

    with pytest.raises(BrokenPromiseError, match=r"not seen: HighErrorRate paged at .*pagerduty"):
        stack.story().run()
    assert stack.log == ["fault in", "fault out", "traffic ended"]


def test_a_resolved_notice_that_does_not_come_is_a_broken_promise(stack: Stack) -> None:
    stack.when_out = stack.when_out[1:]

    with pytest.raises(BrokenPromiseError, match="not seen: HighErrorRate resolved at"):
        stack.story().run()


@pytest.mark.parametrize(
    "extra",
    [
        ("FIRING", "#alerts-warning", "HighLatency"),
        ("FIRING", "#alerts-critical", "HighErrorRate"),
        ("FIRING", "#alerts", "HighErrorRate"),
        ("?", "#general", "?"),
    ],
)
def test_anything_else_that_arrives_is_a_broken_promise(
    stack: Stack, extra: tuple[str, str, str]
) -> None:
    stack.also = [extra]

    with pytest.raises(BrokenPromiseError, match="nobody expected"):
        stack.story().run()
    assert "fault out" in stack.log


@pytest.mark.parametrize("state", ["pending", "firing"])
def test_an_active_alert_is_a_refusal_before_there_is_traffic(stack: Stack, state: str) -> None:
    stack.active = [Alert("HighLatency", state, datetime.now(UTC), 1.0)]

    with pytest.raises(NotHealthyError, match=f"HighLatency is {state}"):
        stack.story().run()
    assert stack.log == []


def test_an_alert_that_alertmanager_alone_holds_is_one_too(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observe, "held_by_alertmanager", lambda _: ["MLInferenceErrors"])

    with pytest.raises(NotHealthyError, match="MLInferenceErrors is firing"):
        stack.story().run()


def test_an_alert_that_the_first_requests_make_pending_is_waited_for(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = [Alert("HighLatency", "pending", datetime.now(UTC), 1.0)]
    looks = iter([[], cold, cold])
    monkeypatch.setattr(observe, "alerts", lambda _: next(looks, stack.active))

    assert stack.story().run().extras == []
    assert next(looks, None) is None


def test_an_alert_that_traffic_makes_fire_is_a_refusal(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([[], [Alert("HighLatency", "firing", datetime.now(UTC), 1.0)]])
    monkeypatch.setattr(observe, "alerts", lambda _: next(looks, stack.active))

    with pytest.raises(NotHealthyError, match="HighLatency is firing"):
        stack.story().run()
    assert stack.log == ["traffic ended"]


def test_the_notices_of_an_earlier_run_are_waited_for_and_not_counted(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.arrive("FIRING", "#alerts-warning", "HighLatency")
    looks = 0

    def resolved_at_the_second_look(_: Endpoints) -> list[str]:
        nonlocal looks
        looks += 1
        if looks == 2:
            stack.arrive("RESOLVED", "#alerts-warning", "HighLatency")
        return ["HighLatency in #alerts-warning"] if looks < 2 else []

    monkeypatch.setattr(observe, "unresolved", resolved_at_the_second_look)
    monkeypatch.setattr(observe, "last_seq", lambda _: stack.heard[-1].seq)

    assert stack.story().run().extras == []


def test_an_alert_that_is_on_its_way_at_the_end_is_waited_for(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Alert("HighLatency", "pending", datetime.now(UTC), 1.0)
    began = time.monotonic()

    def late(_: Endpoints) -> list[Alert]:
        if stack.log != ["fault in", "fault out"] or stack.heard[-1].alert == "HighLatency":
            return stack.active
        if time.monotonic() > began + CONFIGURATION.timing(RULE).settle + 0.5:
            stack.arrive("FIRING", "#alerts-warning", "HighLatency")
        return [other]

    monkeypatch.setattr(observe, "alerts", late)

    with pytest.raises(BrokenPromiseError, match="nobody expected FIRING HighLatency"):
        stack.story().run()


def test_traffic_that_ends_by_itself_ends_the_story(stack: Stack) -> None:
    stack.locust_ended = True

    with pytest.raises(StackUnreachableError, match="Locust ended"):
        stack.story().run()
    assert stack.log == ["traffic ended"]


def test_a_fault_that_cannot_be_undone_is_out_before_the_page(stack: Stack) -> None:
    stack.fault = dataclasses.replace(stack.fault, once=True)
    stack.when_in, stack.when_out = [], stack.when_in + stack.when_out

    outcome = stack.story().run()

    events = outcome.told[0].events
    assert outcome.fault_out is not None
    assert list(events).index("pending") < list(events).index("paged pagerduty")
    assert outcome.fault_out <= events["paged pagerduty"] + 0.01
    assert stack.log.count("fault out") == 1


def test_no_traffic_is_no_baseline(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "requests_per_second", lambda *_: 0.0)

    with pytest.raises(NotHealthyError, match=r"too little traffic.*: 0\.0 requests/s"):
        stack.story().run()


def test_ctrl_c_takes_the_fault_out_and_ends_the_traffic(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> list[Alert]:
        if "fault in" in stack.log:
            raise KeyboardInterrupt
        return []

    monkeypatch.setattr(observe, "alerts", interrupt)

    with pytest.raises(KeyboardInterrupt):
        stack.story().run()
    assert stack.log == ["fault in", "fault out", "traffic ended"]


def test_a_fault_that_promises_nothing_is_watched_and_then_taken_out(stack: Stack) -> None:
    stack.fault = dataclasses.replace(stack.fault, promises=())
    stack.put = lambda: stack.log.append("fault in")  # type: ignore[method-assign]
    stack.when_out = []

    outcome = stack.story().run()

    assert stack.log == ["fault in", "fault out", "traffic ended"]
    assert outcome.told == []
    assert (outcome.fault_out or 0) >= story.SILENT_HOLDS * (RULE.hold + RULE.window)


def test_a_fault_that_promises_nothing_must_page_nobody(stack: Stack) -> None:
    stack.fault = dataclasses.replace(stack.fault, promises=())

    with pytest.raises(BrokenPromiseError, match="nobody expected FIRING HighErrorRate"):
        stack.story().run()


def test_a_receiver_that_the_fault_itself_keeps_away_hears_when_it_is_over(stack: Stack) -> None:
    late = frozenset({"#alerts-critical"})
    promise = Promise("HighErrorRate", FAULT.promises[0].receivers, late=late)
    stack.fault = dataclasses.replace(stack.fault, promises=(promise,))
    stack.when_out = [("FIRING", "#alerts-critical"), *stack.when_out]
    stack.when_in = [("FIRING", "pagerduty")]

    outcome = stack.story().run()

    events = outcome.told[0].events
    assert events["paged #alerts-critical"] >= (outcome.fault_out or 0) - 0.01


def test_what_may_follow_and_stay_is_neither_demanded_nor_refused(stack: Stack) -> None:
    stack.fault = dataclasses.replace(stack.fault, aftermath=frozenset({"ErrorBudgetBurnTicket"}))
    stack.also = [("FIRING", "#alerts-warning", "ErrorBudgetBurnTicket")]

    assert stack.story().run().extras == []


def test_an_older_outage_in_the_budgets_windows_may_page_along_and_is_told_first(
    stack: Stack,
) -> None:
    burn = Rule(
        "ErrorBudgetBurn", "", 0, 1, 0, None, {}, burns=((Burn("slo:ratio", 0.0144, 3600.0),),)
    )
    stack.configuration = dataclasses.replace(CONFIGURATION, rules=(RULE, SLOW, burn))
    stack.also = [("FIRING", "pagerduty", "ErrorBudgetBurn")]

    assert stack.story().run().extras == []
    assert "ErrorBudgetBurn may come too: slo:ratio is 30.00% yet" in stack.told.getvalue()


def test_what_knows_of_alerts_may_be_what_is_broken(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alerts(_: Endpoints) -> list[Alert]:
        if stack.log == ["fault in"]:
            raise StackUnreachableError("prometheus does not answer")
        return []

    monkeypatch.setattr(observe, "alerts", alerts)
    with pytest.raises(StackUnreachableError):
        stack.story().run()
    stack.log, stack.heard = [], []
    stack.fault = dataclasses.replace(stack.fault, away=frozenset({"prometheus"}))

    assert stack.story().run().extras == []
