"""The tables of AWS' page on missing data, row by row, and what its text says beside them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from typing import get_args

import pytest

from deploy.aws.standin.alarms.evaluation import Datapoint, Rule, StateValue, Treatment, judge

RETAIN = "retain current state"
INSUFFICIENT = "INSUFFICIENT_DATA"
TREATMENTS: tuple[Treatment, ...] = ("missing", "ignore", "breaching", "notBreaching")
STATES: tuple[StateValue, ...] = get_args(StateValue)

# Datapoints, how many must be filled in, and the state by treatment in the order above.
THREE_OF_THREE = [
    ("0 - X - X", 0, "OK", "OK", "OK", "OK"),
    ("0 - - - -", 2, "OK", "OK", "OK", "OK"),
    ("- - - - -", 3, INSUFFICIENT, RETAIN, "ALARM", "OK"),
    ("0 X X - X", 0, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("- - X - -", 2, "ALARM", RETAIN, "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0 - X - X", 0, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 0 X 0 X", 0, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 - X - -", 1, "OK", "OK", "ALARM", "OK"),
    ("- - - - 0", 2, "OK", "OK", "ALARM", "OK"),
    ("- - - X -", 2, "ALARM", RETAIN, "ALARM", "OK"),
]
ROWS = [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE]


def datapoints(signs: str) -> list[Datapoint]:
    values = {"0": 0.0, "X": 10.0, "-": None}
    return [Datapoint(60.0 * at, values[sign]) for at, sign in enumerate(signs.split())]


def rule(to_alarm: int, treatment: Treatment = "missing", periods: int = 3) -> Rule:
    return Rule("GreaterThanThreshold", 5.0, periods, to_alarm, treatment)


@pytest.mark.parametrize("current", STATES)
@pytest.mark.parametrize("column", range(4), ids=TREATMENTS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} of 3: {row[1]}")
def test_every_row_of_the_tables(
    row: tuple[int, str, int, str, str, str, str], column: int, current: StateValue
) -> None:
    to_alarm, signs, filled, *states = row
    expected = current if states[column] == RETAIN else states[column]

    verdict = judge(datapoints(signs), rule(to_alarm, TREATMENTS[column]), current)

    assert verdict.state == expected
    assert verdict.filled == filled


def test_the_good_datapoint_that_leaves_the_range_lets_missing_ones_breach() -> None:
    assert judge(datapoints("0 - - - -"), rule(3, "breaching"), "OK").state == "OK"
    assert judge(datapoints("- - - - -"), rule(3, "breaching"), "OK").state == "ALARM"


@pytest.mark.parametrize("signs", ["- - - - X", "- - - X -"])
@pytest.mark.parametrize("current", STATES)
def test_a_young_breaching_datapoint_alone_is_premature(signs: str, current: StateValue) -> None:
    assert judge(datapoints(signs), rule(3), current).state == current


@pytest.mark.parametrize("signs", ["- - - X 0", "- - X - 0"])
def test_a_good_datapoint_after_it_shows_that_it_was_a_false_alarm(signs: str) -> None:
    assert judge(datapoints(signs), rule(3), "OK").state == "OK"


def test_breaching_or_missing_since_the_oldest_breaching_one_raises_the_alarm() -> None:
    assert judge(datapoints("- - X - X"), rule(3), "OK").state == "ALARM"


def test_with_no_datapoint_missing_the_extra_ones_are_not_looked_at() -> None:
    assert judge(datapoints("X X 0 0 0"), rule(2), "ALARM").state == "OK"


def test_one_of_one_holds_its_last_real_datapoint_as_long_as_the_range_shows_it() -> None:
    once = rule(1, "notBreaching", periods=1)

    assert judge(datapoints("X - -"), once, "ALARM").state == "ALARM"
    assert judge(datapoints("- - -"), once, "ALARM").state == "OK"


def test_the_range_is_that_of_the_documentations_examples() -> None:
    assert rule(3).evaluation_range == 5


@pytest.mark.parametrize(
    ("comparison", "at_threshold", "above", "below"),
    [
        ("GreaterThanThreshold", False, True, False),
        ("GreaterThanOrEqualToThreshold", True, True, False),
        ("LessThanThreshold", False, False, True),
        ("LessThanOrEqualToThreshold", True, False, True),
    ],
)
def test_the_comparisons(comparison: str, *, at_threshold: bool, above: bool, below: bool) -> None:
    compared = Rule(comparison, 5.0, 1, 1)

    assert compared.is_breached_by(5.0) is at_threshold
    assert compared.is_breached_by(5.1) is above
    assert compared.is_breached_by(4.9) is below


def test_a_verdict_names_the_datapoints_that_it_rests_on() -> None:
    verdict = judge(datapoints("X - 0 X X"), rule(2), "OK")

    assert [one.value for one in verdict.evaluated] == [0.0, 10.0, 10.0]
