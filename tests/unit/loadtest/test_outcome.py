"""What became of a fault, as people and files get it."""

import dataclasses
import json

import pytest

from loadtest import onset
from loadtest.catalogue import BY_NAME
from loadtest.outcome import Outcome, Told, planned
from loadtest.rules import SLACK_SECONDS, Burn, Configuration, Rule

RULE = Rule("HighErrorRate", "", 300, 300, 0.01, None, {}, memory=300)
ROUTE = {
    "group_wait": "30s",
    "group_interval": "5m",
    "routes": [{"matchers": ['alertname="Watchdog"'], "group_interval": "1m"}],
}
REAL = Configuration((RULE,), {"slo:errors:increase1m": 60.0}, 15, 15, 60, ROUTE, 300)
EVENTS = {
    "crossed": 60.0,
    "pending": 90.0,
    "firing": 390.0,
    "paged pagerduty": 416.2,
    "paged #alerts-critical": 416.4,
    "resolved pagerduty": 1017.0,
}


@pytest.fixture
def outcome() -> Outcome:
    told = planned(BY_NAME["api-errors"], REAL, requests=55)
    told[0].events = dict(EVENTS)
    return Outcome("api-errors", after=0, told=told, fault_out=417.0)


def test_each_event_has_its_own_minimum(outcome: Outcome) -> None:
    plan = outcome.told[0].plan

    # 1 % of 300 s of requests is 3 s of requests that all fail, and 60 s where 5 % do.
    assert plan.crossed == pytest.approx(60, abs=0.5)
    assert plan.pending == plan.crossed + 15 + 15
    assert plan.firing == plan.pending + 300
    assert plan.paged == plan.firing + 30
    assert plan.paged < plan.deadline < plan.paged + 5


def test_a_receiver_that_cannot_hear_is_no_measure_of_the_page(outcome: Outcome) -> None:
    told = outcome.told[0]
    told.late = ["#alerts-critical"]

    assert told.page == 416.2


def test_the_page_is_the_last_receivers(outcome: Outcome) -> None:
    told = outcome.told[0]

    assert told.page == 416.4
    assert told.ratio == pytest.approx(416.4 / told.plan.paged)


def test_the_summary_judges_resolved_notices_from_the_faults_end(outcome: Outcome) -> None:
    rows = {line.split("  ")[1]: line.split() for line in outcome.summary().splitlines()[3:]}

    assert rows["resolved pagerduty, from fault out"][-5:-3] == ["600.0", "s"]
    assert rows["paged pagerduty"][-1] == f"{416.2 / outcome.told[0].plan.paged:.2f}"


def test_without_a_page_the_file_is_still_json(outcome: Outcome) -> None:
    outcome.told[0].events = {"crossed": 10.0}

    written = json.loads(json.dumps(outcome.as_dict(), allow_nan=False))

    assert "ratio" not in written["told"][0]
    assert written["told"][0]["plan"]["paged"] == outcome.told[0].plan.paged


def heartbeat(name: str) -> Told:
    (told,) = planned(BY_NAME[name], REAL, requests=55)
    return told


def test_a_silent_alertmanager_is_missed_after_the_timeout() -> None:
    plan = heartbeat("alertmanager-killed").plan

    # The last heartbeat may have come right before, and the next been due a minute or two later.
    assert plan.paged == 300
    assert plan.deadline == 300 + 2 * 60 + SLACK_SECONDS


def test_a_silent_prometheus_is_missed_when_alertmanager_gives_it_up() -> None:
    plan = heartbeat("prometheus-killed").plan

    assert plan.paged == 4 * 60 + 300


def test_a_later_promise_counts_from_the_page_that_it_is_about() -> None:
    failing = Rule("NotificationsFailing", "", 60, 300, 0.01, None, {}, memory=300)
    slow = Rule("HighLatency", "", 300, 300, 0.5, 0.99, {}, memory=300)
    configuration = dataclasses.replace(REAL, rules=(RULE, failing, slow))

    first, second = planned(BY_NAME["slack-refuses"], configuration, requests=55)

    assert second.plan.paged == first.plan.paged + 15 + 15 + 60 + 30


def test_a_ticket_is_as_late_as_the_recording_that_its_days_are_made_of() -> None:
    recordings = {"slo:errors:increase1m": 60.0, "slo:errors:increase5m": 300.0}
    budget = 0.001
    page = Burn("slo:error_ratio:rate1h", 14.4 * budget, 3600)
    ticket = Burn("slo:error_ratio:rate3d", budget, 3 * 86400)

    def spread(burn: Burn) -> float:
        rule = dataclasses.replace(RULE, burns=((burn,),))
        real = dataclasses.replace(REAL, rules=(rule,), recordings=recordings)
        return onset.of_burn(bad=1.0)(rule, {}, onset.Load(real, 55, 55)).spread

    assert spread(page) == 3 * 15
    assert spread(ticket) == 3 * 15 + 300
