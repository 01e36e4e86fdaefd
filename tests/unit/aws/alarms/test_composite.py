import pytest

from deploy.aws.standin.alarms.definition import AlarmError
from deploy.aws.standin.alarms.evaluation import StateValue
from deploy.aws.standin.composite import CompositeAlarm, composite_alarm, in_order

STATES: dict[str, StateValue] = {
    "red": "ALARM",
    "green": "OK",
    "grey": "INSUFFICIENT_DATA",
    "two words (and more)": "ALARM",
    "ORANGE": "OK",
}


def composite(rule: str, name: str = "together") -> CompositeAlarm:
    return composite_alarm({"AlarmName": name, "AlarmRule": rule})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(red)", "ALARM"),
        ("ALARM(green)", "OK"),
        ("OK(green)", "ALARM"),
        ("INSUFFICIENT_DATA(grey)", "ALARM"),
        ("ALARM(grey)", "OK"),
        ("OK(grey)", "OK"),
        ('ALARM("red")', "ALARM"),
        ("ALARM('red')", "ALARM"),
        ('ALARM("two words (and more)")', "ALARM"),
        ("ALARM(arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:red)", "ALARM"),
        ("ALARM(ORANGE)", "OK"),
        ("TRUE", "ALARM"),
        ("FALSE", "OK"),
        ("NOT ALARM(red)", "OK"),
        ("NOT NOT ALARM(red)", "ALARM"),
        ("NOT (ALARM(red) AND ALARM(green))", "ALARM"),
        ("ALARM(red) AND ALARM(green)", "OK"),
        ("ALARM(red) OR ALARM(green)", "ALARM"),
        ("ALARM(red) OR ALARM(green) AND ALARM(green)", "ALARM"),
        ("(ALARM(red) OR ALARM(green)) AND ALARM(green)", "OK"),
        ("NOT ALARM(green) AND ALARM(red)", "ALARM"),
        ("ALARM(red) AND NOT OK(green)", "OK"),
        ("ALARM(red)\n  AND\n  ( TRUE )", "ALARM"),
    ],
)
def test_a_rule_over_the_states_of_others(rule: str, expected: StateValue) -> None:
    assert composite(rule).state(STATES) == expected


def test_children_are_those_that_the_rule_names_once_each() -> None:
    found = composite("ALARM(b) AND (OK(a) OR ALARM('b')) AND FALSE AND ALARM(c)")

    assert found.children == ("b", "a", "c")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "no rule at column"),
        ("ALARM(red) AND", "no rule at column"),
        ("ALARM(red) ALARM(green)", "no rule at column 12"),
        ("alarm(red)", "no rule at column 1"),
        ("(ALARM(red)", "no rule at column"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_column(rule: str, message: str) -> None:
    with pytest.raises(AlarmError, match=f"alarm together: {message}"):
        composite(rule)


def test_more_than_a_hundred_children_are_refused_as_by_aws() -> None:
    with pytest.raises(AlarmError, match="at most 100"):
        composite(" OR ".join(f"ALARM(a{number})" for number in range(101)))


def test_composites_of_composites_come_after_their_children() -> None:
    outer = composite("ALARM(inner) OR ALARM(red)", "outer")
    inner = composite("ALARM(red)", "inner")

    ordered = in_order({"outer": outer, "inner": inner}, {"red"})

    assert [one.name for one in ordered] == ["inner", "outer"]


@pytest.mark.parametrize("rule", ["ALARM(other)", "ALARM(unheard_of)"])
def test_a_circle_or_an_unknown_child_is_refused(rule: str) -> None:
    composites = {"together": composite(rule), "other": composite("ALARM(together)", "other")}

    with pytest.raises(AlarmError, match="unknown, or a circle"):
        in_order(composites, {"red"})
