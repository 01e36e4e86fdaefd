"""Why an alarm has its state, in the words that CloudWatch uses."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from deploy.aws.standin.alarms.definition import MetricAlarm
from deploy.aws.standin.alarms.evaluation import Datapoint, Rule, Verdict

INITIAL = "Unchecked: Initial alarm creation"

_WORDS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def utc(seconds: float) -> str:
    """Return a moment as CloudWatch's messages write it: 2026-11-25T04:31:00.000+0000."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}+0000"


def reason(verdict: Verdict, rule: Rule) -> str:
    """Return NewStateReason: the datapoints that decided, and those that were filled in."""
    if verdict.state == "INSUFFICIENT_DATA":
        unknown = _count(verdict.filled, "datapoint")
        return f"Insufficient Data: {unknown} {_was(verdict.filled)} unknown."
    if not verdict.evaluated:
        filled = verdict.filled
        return (
            f"Threshold Crossed: no datapoints were received for {_count(filled, 'period')} and"
            f" {_missing(filled, rule)}."
        )
    rest = f" and {_missing(verdict.filled, rule)}" if _is_filled(verdict, rule) else ""
    return f"Threshold Crossed: {_crossed(verdict, rule)}{rest} ({_least(verdict, rule)})."


def _crossed(verdict: Verdict, rule: Rule) -> str:
    alarming = verdict.state == "ALARM"
    chosen = [
        one
        for one in verdict.evaluated
        if one.value is not None and rule.is_breached_by(one.value) is alarming
    ]
    listed = ", ".join(_shown(one) for one in reversed(chosen))
    of_all = f"out of the last {_count(len(verdict.evaluated), 'datapoint')}"
    verb = _was(len(chosen)) if alarming else f"{_was(len(chosen))} not"
    beyond = f"{verb} {_WORDS[rule.comparison]} the threshold ({rule.threshold})"
    return f"{len(chosen)} {of_all} [{listed}] {beyond}"


def _least(verdict: Verdict, rule: Rule) -> str:
    if verdict.state == "ALARM":
        return f"minimum {_count(rule.datapoints_to_alarm, 'datapoint')} for OK -> ALARM transition"
    needed = rule.evaluation_periods - rule.datapoints_to_alarm + 1
    return f"minimum {_count(needed, 'datapoint')} for ALARM -> OK transition"


def _is_filled(verdict: Verdict, rule: Rule) -> bool:
    return verdict.filled > 0 and rule.treatment in _TREATED


def _missing(filled: int, rule: Rule) -> str:
    treated = _TREATED.get(rule.treatment, "Missing")
    return f"{_count(filled, 'missing datapoint')} {_was(filled)} treated as [{treated}]"


def _shown(one: Datapoint) -> str:
    moment = datetime.fromtimestamp(one.start, UTC)
    return f"{one.value} ({moment:%d/%m/%y %H:%M:%S})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def reason_data(alarm: MetricAlarm, datapoints: Sequence[Datapoint], at: float) -> str:
    """Return StateReasonData, the JSON that DescribeAlarmHistory shows beside the reason."""
    real = [one for one in datapoints if one.value is not None]
    return json.dumps(
        {
            "version": "1.0",
            "queryDate": utc(at),
            "period": alarm.period,
            "threshold": alarm.rule.threshold,
            "recentDatapoints": [one.value for one in real],
            "evaluatedDatapoints": [
                {"timestamp": utc(one.start), "value": one.value} for one in reversed(real)
            ],
        }
    )
