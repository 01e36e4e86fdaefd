"""Alarms as the template declares them.

Properties are those of AWS::CloudWatch::Alarm, whose names are PutMetricAlarm's
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, get_args

from deploy.aws.standin.alarms.evaluation import COMPARISONS, Rule, Treatment
from deploy.aws.standin.alarms.expression import evaluate
from deploy.aws.standin.alarms.series import ExpressionError, Series
from deploy.aws.standin.scale import MINUTE

# Seconds: how often alarms are evaluated whose period is a minute or more, and the others.
_FAST = 10

_STATISTIC = re.compile(r"SampleCount|Average|Sum|Minimum|Maximum|p(\d{1,2}(\.\d+)?|100)")


class AlarmError(ValueError):
    """An alarm that can't be evaluated here; its text names it and says why."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's identity; dimensions as (name, value), in the template's order."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """What the metric is remembered under."""
        return json.dumps([self.namespace, self.name, *self.dimensions])

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "Metric":
        """Read Namespace, MetricName and Dimensions."""
        dimensions = tuple((one["Name"], one["Value"]) for one in properties.get("Dimensions", ()))
        return cls(properties["Namespace"], properties["MetricName"], dimensions)


@dataclass(frozen=True, slots=True)
class Query:
    """One metric's statistic under an id; an alarm on one metric has a single one."""

    id: str
    metric: Metric
    statistic: str


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """An alarm on a metric or on metric math over several; `period` in unscaled seconds."""

    name: str
    properties: Mapping[str, Any]
    rule: Rule
    period: int
    queries: tuple[Query, ...]
    expressions: dict[str, str]
    result: str

    @property
    def step(self) -> int:
        """How often it is evaluated, in unscaled seconds."""
        return MINUTE if self.period % MINUTE == 0 else _FAST

    def series(self, known: Mapping[str, Series]) -> Series:
        """Return the series that is compared, from those of the queries; ExpressionError."""
        metrics = {query.id: known[query.id] for query in self.queries}
        computed = dict(metrics)
        for key in _in_order(self.expressions):
            computed[key] = evaluate(self.expressions[key], computed, metrics)
        return computed[self.result]


def metric_alarm(properties: Mapping[str, Any]) -> MetricAlarm:
    """Read an AWS::CloudWatch::Alarm; raises AlarmError for what can't be evaluated here."""
    name = str(properties.get("AlarmName", ""))
    try:
        alarm = _read(name, properties)
        empty = Series((None,) * alarm.rule.evaluation_range, float(alarm.period))
        alarm.series({query.id: empty for query in alarm.queries})
    except KeyError as error:
        raise AlarmError(f"alarm {name}: {error} is missing") from None
    except (ExpressionError, ValueError) as error:
        raise AlarmError(f"alarm {name}: {error}") from None
    return alarm


def _read(name: str, properties: Mapping[str, Any]) -> MetricAlarm:
    queries, expressions, result = _what_it_watches(properties)
    periods = {int(one["Period"]) for one in _with_periods(properties)}
    if len(periods) != 1:
        raise ValueError(f"it needs one period, and has {sorted(periods)}")
    return MetricAlarm(
        name=name,
        properties=properties,
        rule=_rule(properties),
        period=periods.pop(),
        queries=queries,
        expressions=expressions,
        result=result,
    )


def _what_it_watches(
    properties: Mapping[str, Any],
) -> tuple[tuple[Query, ...], dict[str, str], str]:
    if "Metrics" not in properties:
        metric = Query("m1", Metric.of(properties), _statistic(properties))
        return (metric,), {}, "m1"
    entries = properties["Metrics"]
    results = [one["Id"] for one in entries if _is_true(one.get("ReturnData", True))]
    if len(results) != 1:
        raise ValueError(f"one of its Metrics must return data, not {len(results)}")
    queries = tuple(
        Query(
            one["Id"],
            Metric.of(one["MetricStat"]["Metric"]),
            _statistic({"Statistic": one["MetricStat"]["Stat"]}),
        )
        for one in entries
        if "MetricStat" in one
    )
    expressions = {one["Id"]: one["Expression"] for one in entries if "Expression" in one}
    return queries, expressions, results[0]


def _with_periods(properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "Metrics" not in properties:
        return [properties]
    return [one["MetricStat"] for one in properties["Metrics"] if "MetricStat" in one]


def _statistic(properties: Mapping[str, Any]) -> str:
    name = str(properties.get("ExtendedStatistic") or properties["Statistic"])
    if not _STATISTIC.fullmatch(name):
        raise ValueError(f"the statistic {name} is not stood in for")
    if properties.get("EvaluateLowSampleCountPercentile", "evaluate") != "evaluate":
        raise ValueError("EvaluateLowSampleCountPercentile is not stood in for")
    return name


def _rule(properties: Mapping[str, Any]) -> Rule:
    comparison = str(properties["ComparisonOperator"])
    treatment = properties.get("TreatMissingData", "missing")
    if comparison not in COMPARISONS:
        raise ValueError(f"ComparisonOperator {comparison} is none of {', '.join(COMPARISONS)}")
    if treatment not in get_args(Treatment):
        raise ValueError(f"TreatMissingData {treatment} is none of {get_args(Treatment)}")
    periods = int(properties["EvaluationPeriods"])
    to_alarm = int(properties.get("DatapointsToAlarm", periods))
    if not 1 <= to_alarm <= periods:
        raise ValueError(f"DatapointsToAlarm {to_alarm} must be 1 to EvaluationPeriods {periods}")
    return Rule(comparison, float(properties["Threshold"]), periods, to_alarm, treatment)


def _in_order(expressions: dict[str, str]) -> list[str]:
    """Put expressions after those that they name."""
    graph = {
        key: set(re.findall(r"\w+", text)) & set(expressions) for key, text in expressions.items()
    }
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ExpressionError(f"{' and '.join(error.args[1])} name each other") from None


def _is_true(value: object) -> bool:
    return value in {True, "true", "True"}
