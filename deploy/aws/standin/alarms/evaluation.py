"""From datapoints to an alarm's state, as CloudWatch documents it.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
and …/alarm-evaluation.html. Pure: no clock, no input or output.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

StateValue = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Treatment = Literal["missing", "ignore", "breaching", "notBreaching"]

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

# How many datapoints beyond the evaluation periods are looked back for where some are missing.
# AWS says that it depends; its examples, 5 for 3 periods, have two more.
LOOKED_BACK = 2


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One period's value, None where nothing was reported; `start` in seconds since 1970."""

    start: float
    value: float | None


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm goes off: `datapoints_to_alarm` breaching of `evaluation_periods`."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treatment: Treatment = "missing"

    @property
    def evaluation_range(self) -> int:
        """The number of datapoints that are retrieved, the newest last."""
        return self.evaluation_periods + LOOKED_BACK

    def is_breached_by(self, value: float) -> bool:
        """Say whether a value is beyond the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state, the real datapoints that it rests on (oldest first), how many were filled in."""

    state: StateValue
    evaluated: tuple[Datapoint, ...]
    filled: int


def judge(datapoints: Sequence[Datapoint], rule: Rule, current: StateValue) -> Verdict:
    """Return an alarm's state after an evaluation range of datapoints, oldest first.

    As many real datapoints as there are evaluation periods decide by themselves, the newest of
    them. Where the range has fewer, all of them count, and the rest is filled in as the alarm says.
    """
    wanted = rule.evaluation_periods
    real = [one for one in datapoints if one.value is not None]
    if len(real) >= wanted:
        newest = tuple(real[-wanted:])
        return Verdict(_by_count(_breaching(newest, rule), rule), newest, 0)
    filled = wanted - len(real)
    return Verdict(_with_missing(datapoints, rule, current, filled), tuple(real), filled)


def _with_missing(
    datapoints: Sequence[Datapoint], rule: Rule, current: StateValue, filled: int
) -> StateValue:
    real = [one for one in datapoints if one.value is not None]
    breaching = _breaching(real, rule)
    if rule.treatment == "breaching":
        return _by_count(breaching + filled, rule)
    if rule.treatment == "notBreaching" or breaching >= rule.datapoints_to_alarm:
        return _by_count(breaching, rule)
    if breaching < len(real):
        return "OK"
    # From here on nothing good is known, and too little bad.
    if rule.treatment == "ignore":
        return current
    if not real:
        return "INSUFFICIENT_DATA"
    # «Avoiding premature transitions to alarm state»: those that are missing since may be no more
    # than late, so a breaching datapoint alone raises the alarm when it is old enough.
    return "ALARM" if _age(datapoints, real[0]) >= rule.datapoints_to_alarm else current


def _breaching(datapoints: Sequence[Datapoint], rule: Rule) -> int:
    return sum(one.value is not None and rule.is_breached_by(one.value) for one in datapoints)


def _by_count(breaching: int, rule: Rule) -> StateValue:
    return "ALARM" if breaching >= rule.datapoints_to_alarm else "OK"


def _age(datapoints: Sequence[Datapoint], one: Datapoint) -> int:
    """Count the periods since a datapoint's start: the newest one's age is 1."""
    return len(datapoints) - datapoints.index(one)
