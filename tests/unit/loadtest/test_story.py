"""What the story says of a stack that keeps its promises, and of ones that don't."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from loadtest import observe, story
from loadtest.catalogue import BY_NAME
from loadtest.endpoints import Endpoints
from loadtest.observe import Alert, Delivery
from loadtest.rules import Rule, Timing
from loadtest.story import BrokenPromiseError, NotHealthyError, Story

TIMING = Timing(scrape=0.01, evaluation=0.01, group_wait=0.01, group_interval=0.01)
RULE = Rule("HighErrorRate", "ratio", "critical", hold=0.02, window=0.02, threshold=0.01)
FAULT = BY_NAME["api-errors"]


class Stack:
    """A stack that does what a test tells it once the fault is in, and once it is out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[str] = []
        self.active: list[Alert] = []
        self.heard: list[Delivery] = []
        self.when_in = [("FIRING", place) for place in sorted(FAULT.receivers)]
        self.when_out = [("RESOLVED", place) for place in sorted(FAULT.receivers)]
        self.also: list[tuple[str, str, str]] = []
        replaced: dict[str, Any] = {
            "alerts": lambda _: self.active,
            "held_by_alertmanager": lambda _: [],
            "value": lambda *_: 0.3,
            "requests_per_second": lambda *_: 60.0,
            "last_seq": lambda _: 7,
            "deliveries": lambda *_: self.heard,
        }
        for name, function in replaced.items():
            monkeypatch.setattr(observe, name, function)
        monkeypatch.setattr(story, "load_timing", lambda _: TIMING)
        monkeypatch.setattr(story, "load_rules", lambda _: {"HighErrorRate": RULE})
        monkeypatch.setattr(story, "flowing", self.flowing)
        monkeypatch.setattr(story, "Lease", lambda *_: self)
        self.lines: list[str] = []

    @contextmanager
    def flowing(self, _: str) -> Iterator[None]:
        try:
            yield
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
        return Story(FAULT, Endpoints({"api": "http://unused"}, ""), self.lines.append)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    return Stack(monkeypatch)


def test_a_kept_promise_is_told_in_order(stack: Stack) -> None:
    outcome = stack.story().run()

    assert stack.log == ["fault in", "fault out", "traffic ended"]
    assert list(outcome.events) == [
        "crossed",
        "pending",
        "firing",
        "paged #alerts-critical",
        "paged pagerduty",
        "fault out",
        "resolved #alerts-critical",
        "resolved pagerduty",
    ]
    assert outcome.extras == []
    words = [line.split()[1] for line in stack.lines[:3]]
    assert words == ["traffic", "baseline", "healthy"]


def test_a_page_that_does_not_come_is_a_broken_promise_and_the_fault_is_out(stack: Stack) -> None:
    stack.when_in = stack.when_in[:1]

    with pytest.raises(BrokenPromiseError, match=r"not seen: HighErrorRate at .*pagerduty"):
        stack.story().run()
    assert stack.log == ["fault in", "fault out", "traffic ended"]


def test_a_resolved_notice_that_does_not_come_is_a_broken_promise(stack: Stack) -> None:
    stack.when_out = stack.when_out[1:]

    with pytest.raises(BrokenPromiseError, match="not seen: resolved at"):
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


def test_an_alert_before_the_fault_stops_the_story_before_it_begins(stack: Stack) -> None:
    stack.active = [Alert("HighLatency", "firing", datetime.now(UTC), 1.0)]

    with pytest.raises(NotHealthyError, match="HighLatency active"):
        stack.story().run()
    assert stack.log == ["traffic ended"]


def test_no_traffic_is_no_baseline(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "requests_per_second", lambda *_: 0.0)

    with pytest.raises(NotHealthyError, match=r"0\.0 requests/s"):
        stack.story().run()


def test_ctrl_c_takes_the_fault_out_and_ends_the_traffic(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(observe, "value", interrupt)

    with pytest.raises(KeyboardInterrupt):
        stack.story().run()
    assert stack.log == ["fault in", "fault out", "traffic ended"]
