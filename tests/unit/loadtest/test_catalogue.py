"""Each fault trips its own alert by calculation, and leaves the others alone by calculation."""

import json
import sys
from typing import Any

import pytest

from deploy.stack.console import run
from loadtest.catalogue import (
    BREAST_CANCER_SHARE,
    BY_NAME,
    DIGITS_SHARE,
    FAULTS,
    WAITING_SHARE,
)
from loadtest.faults import Fault
from loadtest.onset import START_SECONDS, Load, Onset
from loadtest.rules import Burn, Configuration, Rule
from telemetry import shipping

# Of the users in loadtest/, in requests a second.
REQUESTS = 55.0
REAL = Configuration((), {"slo:errors:increase1m": 60.0}, 15, 15, 60, {}, 300)


def rule(window: float, threshold: float, quantile: float | None = None) -> Rule:
    return Rule("", "", window, window, threshold, quantile, {})


def onset(name: str, rule: Rule, scrape: float = 15, requests: float = REQUESTS) -> Onset:
    fault = BY_NAME[name]
    load = Load(REAL, requests, requests * fault.hits_share)
    return fault.promises[0].calculation(rule, fault.body(scrape), load)


def rate(name: str) -> float:
    found = BY_NAME[name].body(15)["rate"]
    assert isinstance(found, float)
    return found


def test_a_ratio_crosses_when_enough_of_a_full_window_has_failed() -> None:
    found = onset("api-errors", rule(300, 0.01))

    # 5 % of the newest 60 s of 300 s are 1 %, and one more is above it.
    assert found.seconds == pytest.approx(60, abs=0.4)
    assert found.spread < 4


def test_a_quantile_crosses_likewise_when_the_slow_ones_have_ended() -> None:
    found = onset("api-latency", rule(300, 0.5, 0.99))

    assert found.seconds == pytest.approx(0.01 / 0.2 * 300 + 0.8, abs=0.1)


def test_in_a_short_window_single_strikes_count() -> None:
    found = onset("ml-slow", rule(15, 1.0, 0.99), 0.75)

    # 15 s hold 124 inferences of the model. One slow one is less than 1 %, so it takes the second,
    # which is the fiftieth; not the 3.75 s that a share of the window would be.
    assert found.seconds == pytest.approx(50 / (REQUESTS * DIGITS_SHARE) + 1.3)
    assert found.spread == pytest.approx(3 * 50**0.5 / (REQUESTS * DIGITS_SHARE))


@pytest.mark.parametrize(
    ("scrape", "pauses"),
    [
        # Lives of 5 s: the engine doubles its pause each time.
        (0.75, 0.1 + 0.2 + 0.4 + 0.8),
        # Lives of 31 s: it doesn't.
        (15, 4 * 0.1),
    ],
)
def test_restarts_cross_after_four_lives_and_the_engines_pauses(
    scrape: float, pauses: float
) -> None:
    found = onset("api-restarts", rule(3600, 3), scrape)

    # Two scrapes see it, and its first requests are not 1 % of all.
    life = max(2 * scrape, 4.0)

    assert found.seconds == pytest.approx(4 * (life + START_SECONDS) + pauses)


def burning(budget: float) -> Rule:
    fast = (Burn("", 14.4 * budget, 3600), Burn("", 14.4 * budget, 300))
    slow = (Burn("", 6 * budget, 21_600), Burn("", 6 * budget, 1800), Burn("", budget, 300))
    return Rule("", "", 0, 21_600, 0, None, {}, burns=(fast, slow))


def test_a_total_outage_burns_two_percent_of_the_budget_in_a_minute_and_a_half() -> None:
    found = onset("api-outage", burning(0.001))

    # 2 % of 43.2 minutes are 52 s; the recording of one minute sees the last half of it later.
    assert found.seconds == pytest.approx(51.84 + 30)


def test_a_burn_too_slow_for_the_first_condition_takes_the_second() -> None:
    found = onset("api-trickle", burning(0.001))

    # 5 % of 43.2 minutes are 130 s of failure: more than four hours of 0.8 %, were there no past;
    # each of its seconds replaces one with 0.58 %.
    assert found.seconds == pytest.approx(6 * 0.001 * 21_600 / (0.008 - 0.0058) + 30)


def test_an_outage_shorter_than_the_recordings_minute_is_seen_evenly() -> None:
    found = onset("database-exhausted", burning(0.0001))

    # After t of 60 s the recording holds t²/120 of failure, a quarter of it where users wait:
    # 5.2 s of it after 50 s; and each attempt needs 2 s to fail.
    assert found.seconds == pytest.approx((120 * 5.184 / WAITING_SHARE) ** 0.5 + 2)


def test_a_queue_overflows_when_as_many_requests_came_as_it_has_room() -> None:
    found = onset("cloudwatch-gone", rule(300, 0))

    assert found.seconds == pytest.approx(shipping.DEFAULT_QUEUE_EVENTS / REQUESTS)
    assert found.spread == pytest.approx(3 * shipping.DEFAULT_QUEUE_EVENTS**0.5 / REQUESTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_keeps_its_condition_true_even_in_the_shortest_window(fault: Fault) -> None:
    """What strikes in 15 s is at least three times what the condition needs, or no share."""
    thresholds = {
        "HighErrorRate": 0.01,
        "HighLatency": 0.01,
        "MLInferenceErrors": 0.005,
        "MLInferenceSlowdown": 0.01,
    }
    for promise in fault.promises:
        if promise.alert in thresholds:
            assert rate(fault.name) >= 3 * thresholds[promise.alert]


def test_an_errors_page_comes_long_before_the_burn_rates() -> None:
    # HighErrorRate: its onset, two intervals, `for` and group_wait.
    page = onset("api-errors", rule(300, 0.01)).seconds + 15 + 15 + 300 + 30

    # 14.4 times too fast for an hour, all of it at the fault's rate.
    assert page < 0.5 * (14.4 * 0.001 * 3600) / rate("api-errors")


@pytest.mark.parametrize("name", ["api-trickle", "api-drip"])
def test_a_slow_burn_is_no_high_error_rate(name: str) -> None:
    assert rate(name) < 0.01


def test_a_drip_is_too_little_for_a_page() -> None:
    assert 0.001 < rate("api-drip") < 6 * 0.001 < rate("api-trickle") < 14.4 * 0.001


def test_a_slow_model_is_too_little_of_the_traffic_for_high_latency() -> None:
    requests = REQUESTS * 15
    slow = rate("ml-slow") * DIGITS_SHARE * requests
    # The digits' inferences of a window vary, and every 1/rate-th of them is slow.
    spread = rate("ml-slow") * (DIGITS_SHARE * requests) ** 0.5

    # HighLatency fires above 1 % of all; five standard deviations of chance don't get there.
    assert slow + 5 * spread < 0.01 * requests


def test_failing_inferences_are_too_few_for_high_error_rate_even_at_random() -> None:
    # A user sees an error when the retry fails too.
    assert rate("ml-errors") ** 2 * BY_NAME["ml-errors"].hits_share < 0.5 * 0.01


@pytest.fixture(scope="module")
def users() -> dict[str, Any]:
    """Return what the locustfile says; a process of its own, because Locust patches the library."""
    script = (
        "import json; from loadtest import locustfile as l; "
        "print(json.dumps({'tasks': [t.__name__ for t in l.Person.tasks], "
        "'shapes': {n: sorted({len(r) for r in rows}) for n, rows in l.SAMPLES.items()}}))"
    )
    found = run([sys.executable, "-W", "ignore", "-c", script])
    assert found.returncode == 0, found.stderr
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def test_the_users_ask_each_model_as_often_as_the_catalogue_says(users: dict[str, Any]) -> None:
    tasks = users["tasks"]

    assert tasks.count("predict_digits") / len(tasks) == pytest.approx(DIGITS_SHARE)
    assert tasks.count("predict_breast_cancer") / len(tasks) == pytest.approx(BREAST_CANCER_SHARE)


def test_the_users_send_rows_of_the_right_shape(users: dict[str, Any]) -> None:
    assert users["shapes"] == {"digits": [64], "breast-cancer": [30]}
