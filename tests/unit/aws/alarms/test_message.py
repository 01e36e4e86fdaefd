"""What CloudWatch publishes when an alarm changes its state."""

import json
from typing import Any

import pytest

from deploy.aws.standin.alarms.definition import metric_alarm
from deploy.aws.standin.alarms.evaluation import Datapoint, Rule, StateValue, Treatment, judge
from deploy.aws.standin.alarms.message import (
    Change,
    Child,
    Place,
    composite_message,
    metric_message,
    subject,
    topics,
    transitioned,
)
from deploy.aws.standin.alarms.reasons import reason, utc
from deploy.aws.standin.composite import composite_alarm

PLACE = Place("123456789012", "ap-northeast-1")
# 25 November 2026, 04:31:00.5 UTC.
AT = 1_795_581_060.5
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:critical"
PROPERTIES: dict[str, Any] = {
    "AlarmName": "errors",
    "AlarmDescription": '{"severity": "critical"}',
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "Service", "Value": "api"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 10,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
    "AlarmActions": [TOPIC],
    "OKActions": [TOPIC, "arn:aws:automate:ap-northeast-1:ec2:stop"],
}
CHANGE = Change("errors", "OK", "ALARM", "Threshold Crossed", "{}", AT)


def test_a_metric_alarms_message() -> None:
    message = json.loads(metric_message(metric_alarm(PROPERTIES), CHANGE, PLACE, AT - 60))

    assert message == {
        "AlarmName": "errors",
        "AlarmDescription": '{"severity": "critical"}',
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2026-11-25T04:30:00.500+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": "2026-11-25T04:31:00.500+0000",
        "Region": "Asia Pacific (Tokyo)",
        "AlarmArn": "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:errors",
        "OldStateValue": "OK",
        "OKActions": [TOPIC, "arn:aws:automate:ap-northeast-1:ec2:stop"],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Errors",
            "Namespace": "Shop",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": None,
            "Dimensions": [{"value": "api", "name": "Service"}],
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 10.0,
            "TreatMissingData": "notBreaching",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Statistic": "SampleCount"}, ("Statistic", "Statistic", "SAMPLE_COUNT")),
        (
            {"Statistic": None, "ExtendedStatistic": "p99"},
            ("ExtendedStatistic", "ExtendedStatistic", "p99"),
        ),
    ],
)
def test_the_trigger_names_the_statistic(
    properties: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    changed = {k: v for k, v in (PROPERTIES | properties).items() if v is not None}

    trigger = json.loads(metric_message(metric_alarm(changed), CHANGE, PLACE, AT))["Trigger"]

    kind, field, value = expected
    assert trigger["StatisticType"] == kind
    assert trigger[field] == value


def test_metric_maths_trigger_has_its_metrics() -> None:
    left_out = ("Namespace", "MetricName", "Dimensions", "Statistic", "Period")
    rest = {key: value for key, value in PROPERTIES.items() if key not in left_out}
    metric = {"Namespace": "Shop", "MetricName": "Errors"}
    metrics = [
        {"Id": "e1", "Expression": "m1 * 2", "Label": "double"},
        {
            "Id": "m1",
            "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        },
    ]

    alarm = metric_alarm(rest | {"Metrics": metrics})
    trigger = json.loads(metric_message(alarm, CHANGE, PLACE, AT))["Trigger"]

    assert "MetricName" not in trigger
    assert trigger["Metrics"] == [
        {"Id": "e1", "Expression": "m1 * 2", "Label": "double", "ReturnData": True},
        {
            "Id": "m1",
            "MetricStat": {
                "Metric": {"Namespace": "Shop", "MetricName": "Errors", "Dimensions": []},
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        },
    ]


def test_a_composite_alarms_message() -> None:
    alarm = composite_alarm(
        {"AlarmName": "down", "AlarmRule": "ALARM(errors)", "AlarmActions": [TOPIC]}
    )
    change = Change("down", "OK", "ALARM", "because", "{}", AT)
    child = Child("errors", "ALARM", AT - 1)

    message = json.loads(composite_message(alarm, change, PLACE, [child]))

    assert message["AlarmRule"] == "ALARM(errors)"
    assert message["TriggeringChildren"] == [
        {
            "Arn": "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:errors",
            "State": {"Value": "ALARM", "Timestamp": "2026-11-25T04:30:59.500+0000"},
        }
    ]
    assert "Trigger" not in message
    assert message["AlarmActions"] == [TOPIC]


def test_a_composites_reason_names_the_child() -> None:
    assert transitioned(Child("errors", "ALARM", AT), PLACE) == (
        "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:errors transitioned to ALARM at "
        "Wednesday 25 November, 2026 04:31:00 UTC"
    )


def test_the_subject_has_what_mail_shows_and_no_more_than_sns_takes() -> None:
    assert subject(CHANGE, PLACE) == 'ALARM: "errors" in Asia Pacific (Tokyo)'
    long = Change("e" * 200, "OK", "ALARM", "", "", AT)
    assert len(subject(long, PLACE)) == 100


def test_only_topics_are_told_and_only_of_the_state_that_they_are_for() -> None:
    assert topics(PROPERTIES, "ALARM") == [TOPIC]
    assert topics(PROPERTIES, "OK") == [TOPIC]
    assert topics(PROPERTIES, "INSUFFICIENT_DATA") == []
    assert topics(PROPERTIES | {"ActionsEnabled": False}, "ALARM") == []


HIGH, LOW, MISSING = 12.0, 3.0, None


@pytest.mark.parametrize(
    ("values", "treatment", "current", "expected"),
    [
        (
            [LOW, HIGH, HIGH],
            "missing",
            "OK",
            (
                "Threshold Crossed: 2 out of the last 3 datapoints [12.0 (25/11/26 04:33:00), 12.0 "
                "(25/11/26 04:32:00)] were greater than the threshold (10.0) (minimum 2 datapoints "
                "for OK -> ALARM transition)."
            ),
        ),
        (
            [HIGH, LOW, LOW],
            "missing",
            "ALARM",
            (
                "Threshold Crossed: 2 out of the last 3 datapoints [3.0 (25/11/26 04:33:00), 3.0 "
                "(25/11/26 04:32:00)] were not greater than the threshold (10.0) (minimum 2 "
                "datapoints for ALARM -> OK transition)."
            ),
        ),
        (
            [MISSING] * 3,
            "notBreaching",
            "ALARM",
            (
                "Threshold Crossed: no datapoints were received for 3 periods and 3 missing "
                "datapoints were treated as [NonBreaching]."
            ),
        ),
        (
            [MISSING, MISSING, HIGH],
            "breaching",
            "OK",
            (
                "Threshold Crossed: 1 out of the last 1 datapoint [12.0 (25/11/26 04:33:00)] was "
                "greater than the threshold (10.0) and 2 missing datapoints were treated as "
                "[Breaching] (minimum 2 datapoints for OK -> ALARM transition)."
            ),
        ),
        ([MISSING] * 3, "missing", "OK", "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_the_reason_says_which_datapoints_decided(
    values: list[float | None], treatment: Treatment, current: StateValue, expected: str
) -> None:
    rule = Rule("GreaterThanThreshold", 10.0, 3, 2, treatment)
    datapoints = [Datapoint(AT - 0.5 + 60 * at, value) for at, value in enumerate(values)]

    assert reason(judge(datapoints, rule, current), rule) == expected


def test_times_have_milliseconds_and_an_offset() -> None:
    assert utc(AT) == "2026-11-25T04:31:00.500+0000"
