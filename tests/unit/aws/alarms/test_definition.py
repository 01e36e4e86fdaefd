from typing import Any

import pytest

from deploy.aws.standin.alarms.definition import AlarmError, Metric, metric_alarm
from deploy.aws.standin.alarms.series import Series
from deploy.aws.standin.declared import alarms
from deploy.aws.standin.template import Resource

SIMPLE: dict[str, Any] = {
    "AlarmName": "errors",
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": "5",
    "Threshold": "10",
    "ComparisonOperator": "GreaterThanThreshold",
}


def entry(key: str, name: str, *, returns: bool = False, period: int = 60) -> dict[str, Any]:
    metric = {"Namespace": "Shop", "MetricName": name}
    return {
        "Id": key,
        "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"},
        "ReturnData": returns,
    }


def math(expression: str, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - of any type
    left_out = ("Namespace", "MetricName", "Statistic", "Period")
    rest = {key: value for key, value in SIMPLE.items() if key not in left_out}
    result = {"Id": "result", "Expression": expression, "ReturnData": True}
    return {**rest, "Metrics": [result, *entries], **more}


def test_an_alarm_on_one_metric() -> None:
    alarm = metric_alarm(SIMPLE | {"Dimensions": [{"Name": "Service", "Value": "api"}]})

    assert alarm.queries[0].metric == Metric("Shop", "Errors", (("Service", "api"),))
    assert (alarm.period, alarm.step) == (60, 60)
    assert alarm.rule.threshold == 10
    assert (alarm.rule.evaluation_periods, alarm.rule.datapoints_to_alarm) == (5, 5)
    assert alarm.rule.treatment == "missing"


def test_an_alarm_on_metric_math() -> None:
    alarm = metric_alarm(math("e / r", entry("e", "Errors"), entry("r", "Requests")))

    found = alarm.series({"e": Series((1.0, None)), "r": Series((4.0, 4.0))})

    assert found.values == (0.25, None)


def test_expressions_may_name_each_other_in_any_order() -> None:
    first = {"Id": "share", "Expression": "e / r", "ReturnData": False}
    properties = math("share * 100", first, entry("e", "Errors"), entry("r", "Requests"))

    found = metric_alarm(properties).series({"e": Series((1.0,)), "r": Series((4.0,))})

    assert found.values == (25.0,)


def test_metrics_are_the_metrics_and_not_the_expressions_beside_them() -> None:
    other = {"Id": "double", "Expression": "e * 2", "ReturnData": False}
    alarm = metric_alarm(math("SUM(METRICS())", other, entry("e", "E"), entry("r", "R")))

    assert alarm.series({"e": Series((1.0,)), "r": Series((4.0,))}).values == (5.0,)


@pytest.mark.parametrize(("period", "step"), [(10, 10), (30, 10), (60, 60), (300, 60), (21600, 60)])
def test_short_periods_are_judged_every_10_s_and_others_each_minute(period: int, step: int) -> None:
    assert metric_alarm(SIMPLE | {"Period": period}).step == step


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        (SIMPLE | {"ComparisonOperator": "GreaterThanUpperThreshold"}, "ComparisonOperator"),
        (SIMPLE | {"TreatMissingData": "bad"}, "TreatMissingData bad"),
        (SIMPLE | {"DatapointsToAlarm": 6}, "DatapointsToAlarm 6 must be 1 to"),
        (SIMPLE | {"DatapointsToAlarm": 0}, "DatapointsToAlarm 0 must be 1 to"),
        (SIMPLE | {"Statistic": "IQM"}, "the statistic IQM is not stood in for"),
        (SIMPLE | {"ExtendedStatistic": "tm99"}, "the statistic tm99 is not stood in for"),
        (SIMPLE | {"EvaluateLowSampleCountPercentile": "ignore"}, "EvaluateLowSampleCount"),
        (SIMPLE | {"Threshold": "much"}, "much"),
        ({k: v for k, v in SIMPLE.items() if k != "Threshold"}, "'Threshold' is missing"),
        (math("e / x", entry("e", "E")), "no metric or expression has the id x"),
        (math("e /", entry("e", "E")), "no metric math at column"),
        (math("FORECAST(e)", entry("e", "E")), r"FORECAST\(\) is unknown here"),
        (math("e", entry("e", "E", returns=True)), "one of its Metrics must return data, not 2"),
        (math("e + f", entry("e", "E"), entry("f", "F", period=300)), "it needs one period"),
        (
            math("a", {"Id": "a", "Expression": "result", "ReturnData": False}, entry("e", "E")),
            "name each other",
        ),
    ],
)
def test_what_can_not_be_judged_is_refused_with_the_alarms_name(
    properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(AlarmError, match=f"alarm errors: .*{message}"):
        metric_alarm(properties)


@pytest.mark.parametrize("statistic", ["p99", "p50", "p99.9", "p100"])
def test_percentiles_are_statistics(statistic: str) -> None:
    alarm = metric_alarm(SIMPLE | {"ExtendedStatistic": statistic})

    assert alarm.queries[0].statistic == statistic


def watched(name: str, *dimensions: str, namespace: str = "Shop") -> Resource:
    properties = SIMPLE | {
        "AlarmName": name,
        "Namespace": namespace,
        "Dimensions": [{"Name": one, "Value": "x"} for one in dimensions],
    }
    return Resource(name, "AWS::CloudWatch::Alarm", name, properties)


@pytest.mark.parametrize(
    ("one", "two"),
    [((), ("Service",)), (("Service",), ()), (("Service",), ("Service", "Path"))],
)
def test_metrics_that_moto_would_add_up_are_refused(
    one: tuple[str, ...], two: tuple[str, ...]
) -> None:
    with pytest.raises(AlarmError, match="alarm b: moto does not tell Errors with some dimensions"):
        alarms([watched("a", *one), watched("b", *two)])


def test_metrics_that_moto_tells_apart_are_taken() -> None:
    found = alarms([watched("a", "Service"), watched("b", "Path"), watched("c", namespace="Other")])

    assert found.names == ["a", "b", "c"]
