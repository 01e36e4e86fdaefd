"""Each fault trips its own alert by calculation, and leaves the others alone by calculation."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.console import run
from faults.model import Fault as ServiceFault
from loadtest.catalogue import (
    BREAST_CANCER_SHARE,
    BY_NAME,
    CRITICAL,
    DIGITS_SHARE,
    FAULTS,
    PAGERDUTY,
    Fault,
)
from loadtest.onset import START_SECONDS
from loadtest.rules import Rule

README = Path(__file__).parents[3] / "README.md"
# Of the users in loadtest/, in requests a second.
REQUESTS = 55.0


def rule(window: float, threshold: float, quantile: float | None = None) -> Rule:
    return Rule("", "", window, window, threshold, quantile, {})


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_services_take_every_fault_as_it_is(fault: Fault) -> None:
    ServiceFault.model_validate({**fault.body(15), "lease_seconds": 15})


def test_names_and_commands_are_unique() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({fault.command for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_critical_wakes_someone_and_warning_does_not(fault: Fault) -> None:
    assert (PAGERDUTY in fault.receivers) == (fault.severity == "critical")
    assert (fault.receivers == CRITICAL) == (fault.severity == "critical")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_readme_has_the_same_table(fault: Fault) -> None:
    row = next(
        (
            line
            for line in README.read_text().splitlines()
            if f"`make chaos-{fault.command}`" in line and line.startswith("| `")
        ),
        "",
    )

    assert fault.alert in row
    assert fault.severity in row
    for receiver in fault.receivers:
        assert ("PagerDuty" if receiver == PAGERDUTY else receiver) in row


def test_a_ratio_crosses_when_enough_of_a_full_window_has_failed() -> None:
    onset = BY_NAME["api-errors"].onset(rule(300, 0.01), 15, REQUESTS)

    # 30 % of the newest 10 s of 300 s are 1 %, and one more is above it.
    assert onset.seconds == pytest.approx(10, abs=0.1)
    assert onset.spread < 2


def test_a_quantile_crosses_likewise_when_the_slow_ones_have_ended() -> None:
    onset = BY_NAME["api-latency"].onset(rule(300, 0.5, 0.99), 15, REQUESTS)

    assert onset.seconds == pytest.approx(0.01 / 0.2 * 300 + 0.8, abs=0.1)


def test_in_a_short_window_single_strikes_count() -> None:
    onset = BY_NAME["ml-slow"].onset(rule(15, 1.0, 0.99), 0.75, REQUESTS)

    # 15 s hold 124 inferences of the model. One slow one is less than 1 %, so it takes the second,
    # which is the fiftieth; not the 3.75 s that a share of the window would be.
    assert onset.seconds == pytest.approx(50 / (REQUESTS * DIGITS_SHARE) + 1.3)
    assert onset.spread == pytest.approx(3 * 50**0.5 / (REQUESTS * DIGITS_SHARE))


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
    onset = BY_NAME["api-restarts"].onset(rule(3600, 3), scrape, REQUESTS)

    # Two scrapes see it, and its first requests are not 1 % of all.
    life = max(2 * scrape, 4.0)

    assert onset.seconds == pytest.approx(4 * (life + START_SECONDS) + pauses)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_keeps_its_condition_true_even_in_the_shortest_window(fault: Fault) -> None:
    """What strikes in 15 s is at least three times what the condition needs, or no share."""
    body = fault.body(0.75)
    if body["point"] == "process":
        return
    rate = body["rate"]
    assert isinstance(rate, float)
    allowed = {"HighErrorRate": 0.01, "MLInferenceErrors": 0.005}.get(fault.alert, 0.01)

    assert rate >= 3 * allowed


def test_a_slow_model_is_too_little_of_the_traffic_for_high_latency() -> None:
    rate = BY_NAME["ml-slow"].body(15)["rate"]
    assert isinstance(rate, float)
    requests = REQUESTS * 15
    slow = rate * DIGITS_SHARE * requests
    # The digits' inferences of a window vary, and every 1/rate-th of them is slow.
    spread = rate * (DIGITS_SHARE * requests) ** 0.5

    # HighLatency fires above 1 % of all; five standard deviations of chance don't get there.
    assert slow + 5 * spread < 0.01 * requests


def test_failing_inferences_are_too_few_for_high_error_rate_even_at_random() -> None:
    fault = BY_NAME["ml-errors"]
    rate = fault.body(15)["rate"]
    assert isinstance(rate, float)

    # A user sees an error when the retry fails too.
    assert rate**2 * fault.hits_share < 0.5 * 0.01


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


def test_every_chaos_target_of_the_makefile_is_a_fault() -> None:
    makefile = (README.parent / "Makefile").read_text()
    targets = set(re.findall(r"^chaos-([a-z-]+):", makefile, re.MULTILINE)) - {"stop"}

    assert targets == {fault.command for fault in FAULTS}
