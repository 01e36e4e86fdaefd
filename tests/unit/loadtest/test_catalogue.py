"""Each fault trips its own alert by calculation, and leaves the others alone by calculation."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.console import run
from faults.model import Fault as ServiceFault
from loadtest.catalogue import BY_NAME, CRITICAL, DIGITS_SHARE, FAULTS, PAGERDUTY, Fault
from loadtest.rules import Rule

README = Path(__file__).parents[3] / "README.md"
RATIO = Rule("", "", "", hold=300, window=300, threshold=0.01)


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


def test_a_ratio_crosses_when_enough_of_the_window_has_failed() -> None:
    fault = BY_NAME["api-errors"]

    # 30 % of the newest 10 s of 300 s are 1 %.
    assert fault.onset(RATIO, fault.body(15)) == pytest.approx(10)


def test_restarts_cross_after_four_lives() -> None:
    fault = BY_NAME["api-restarts"]
    rule = Rule("", "", "", hold=600, window=3600, threshold=3)

    assert fault.onset(rule, fault.body(15)) == pytest.approx(4 * (30 + 2))


def test_a_slow_model_is_too_little_of_the_traffic_for_high_latency() -> None:
    body = BY_NAME["ml-slow"].body(15)
    share = body["rate"]
    assert isinstance(share, float)

    # HighLatency and MLInferenceSlowdown fire above 1 %: one must, with room, the other must not.
    assert share >= 2 * 0.01
    assert share * DIGITS_SHARE <= 0.7 * 0.01


def test_a_failed_inference_is_followed_by_a_good_one() -> None:
    rate = BY_NAME["ml-errors"].body(15)["rate"]
    assert isinstance(rate, float)

    # Every 1/rate-th fails, so that the retry right after one succeeds unless rate is above half.
    assert rate <= 0.5


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


def test_the_users_ask_digits_as_often_as_the_catalogue_says(users: dict[str, Any]) -> None:
    tasks = users["tasks"]

    assert tasks.count("predict_digits") / len(tasks) == pytest.approx(DIGITS_SHARE)


def test_the_users_send_rows_of_the_right_shape(users: dict[str, Any]) -> None:
    assert users["shapes"] == {"digits": [64], "breast-cancer": [30]}


def test_every_chaos_target_of_the_makefile_is_a_fault() -> None:
    makefile = (README.parent / "Makefile").read_text()
    targets = set(re.findall(r"^chaos-([a-z-]+):", makefile, re.MULTILINE)) - {"stop"}

    assert targets == {fault.command for fault in FAULTS}
