"""What became of a fault, as people and files get it."""

import json

import pytest

from loadtest.catalogue import BY_NAME
from loadtest.outcome import Outcome, Plan
from loadtest.rules import Rule, Timing

REAL = Timing(scrape=15, evaluation=15, group_wait=30, group_interval=300)
RULE = Rule("HighErrorRate", "", 300, 300, 0.01, None, {})
EVENTS = {
    "crossed": 10.0,
    "pending": 26.0,
    "firing": 326.0,
    "paged pagerduty": 356.2,
    "paged #alerts-critical": 356.4,
    "fault out": 357.0,
    "resolved pagerduty": 957.0,
}


@pytest.fixture
def outcome() -> Outcome:
    plan = Plan.of(BY_NAME["api-errors"], RULE, REAL, requests=55)
    return Outcome("api-errors", "HighErrorRate", plan, after=0, events=EVENTS)


def test_each_event_has_its_own_minimum(outcome: Outcome) -> None:
    plan = outcome.plan

    assert plan.crossed == pytest.approx(10, abs=0.1)
    assert plan.pending == plan.crossed + 15 + 15
    assert plan.firing == plan.pending + 300
    assert plan.paged == plan.firing + 30
    assert plan.paged < plan.deadline < plan.paged + 4


def test_the_page_is_the_last_receivers(outcome: Outcome) -> None:
    assert outcome.page == 356.4
    assert outcome.ratio == pytest.approx(356.4 / outcome.plan.paged)


def test_the_summary_judges_resolved_notices_from_the_faults_end(outcome: Outcome) -> None:
    rows = {line.split("  ")[1]: line.split() for line in outcome.summary().splitlines()[2:]}

    assert rows["resolved pagerduty, from fault out"][-5:-3] == ["600.0", "s"]
    assert rows["paged pagerduty"][-1] == f"{356.2 / outcome.plan.paged:.2f}"


def test_without_a_page_the_file_is_still_json(outcome: Outcome) -> None:
    outcome.events = {"crossed": 10.0}

    written = json.loads(json.dumps(outcome.as_dict(), allow_nan=False))

    assert "ratio" not in written
    assert written["plan"]["paged"] == outcome.plan.paged
