"""The scorecard's figures are those of the rounds."""

import pytest

from loadtest import scorecard
from loadtest.catalogue import BY_NAME
from loadtest.drill import BROKEN, KEPT, Result
from loadtest.outcome import Outcome, Plan, Told

PLAN = Plan(crossed=1, pending=2, firing=17, paged=18.5, deadline=20, resolved=32)


def result(page: float, verdict: str = KEPT) -> Result:
    events = {
        "pending": 2.0,
        "firing": 17.0,
        "paged pagerduty": page,
        "paged #alerts-critical": page + 0.5,
        "resolved pagerduty": page + 21.0,
        "resolved #alerts-critical": page + 21.2,
    }
    fault = BY_NAME["api-errors"]
    told = Told("HighErrorRate", sorted(fault.promises[0].receivers), PLAN, events)
    outcome = Outcome(fault.name, 0, [told], fault_out=page + 1.0)
    return Result(fault, verdict, outcome=outcome)


def row(results: list[Result]) -> list[str]:
    (found,) = [
        line
        for line in scorecard.markdown(results, 20, len(results)).splitlines()
        if "(`api-errors`)" in line
    ]
    return [cell.strip() for cell in found.strip("|").split("|")]


def test_a_round_is_a_row_of_seconds_from_the_fault_and_resolved_from_its_end() -> None:
    assert row([result(18.0)])[1:] == [
        "HighErrorRate",
        "2.0",
        "17.0",
        "18.0",
        "18.5",
        "20.2",
        "18.5 (370)",
        "1.0",
        "1 of 1 kept",
    ]


def test_several_rounds_are_a_median_and_a_late_one() -> None:
    cells = row([result(page) for page in (18.0, 19.0, 30.0)])

    assert cells[4] == "19.0 / 30.0"
    assert cells[-1] == "3 of 3 kept"


def test_a_broken_round_is_counted_and_named() -> None:
    assert row([result(18.0), result(19.0, BROKEN)])[-1] == "1 of 2 kept, broken"


def test_a_fault_that_pages_nobody_has_a_row_too() -> None:
    fault = BY_NAME["traffic-spike"]
    text = scorecard.markdown([Result(fault, KEPT, outcome=Outcome(fault.name, 0, []))], 20, 1)

    assert "(`traffic-spike`) | nobody |" in text


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (1.0, 20), (0.01, 1)])
def test_a_percentile_is_a_value_that_was_seen(share: float, value: float) -> None:
    assert scorecard.percentile(list(range(1, 21)), share) == value
