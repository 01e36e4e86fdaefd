"""The JSON that CloudWatch publishes to SNS when an alarm changes its state.

Sources: the schemas in https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
alarms-and-actions.html («Notifying users on alarm changes»), for metric and composite alarms.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import botocore.loaders

from deploy.aws.standin.alarms.definition import MetricAlarm
from deploy.aws.standin.alarms.evaluation import StateValue
from deploy.aws.standin.alarms.reasons import utc
from deploy.aws.standin.composite import CompositeAlarm

# Characters: SNS' limit for a subject.
_LONGEST_SUBJECT = 100

ACTIONS: dict[StateValue, str] = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}


@dataclass(frozen=True, slots=True)
class Place:
    """The account and region that alarms are in."""

    account: str
    region: str

    def alarm_arn(self, name: str) -> str:
        """Return the ARN of the alarm with this name."""
        return f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{name}"

    @property
    def title(self) -> str:
        """The region as messages call it: Asia Pacific (Tokyo)."""
        return _titles().get(self.region, self.region)


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    endpoints = botocore.loaders.create_loader().load_data("endpoints")
    return {
        region: data["description"]
        for partition in endpoints["partitions"]
        for region, data in partition["regions"].items()
    }


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm's change of state; `at` in seconds since 1970."""

    name: str
    old: StateValue
    new: StateValue
    reason: str
    reason_data: str
    at: float


@dataclass(frozen=True, slots=True)
class Child:
    """An alarm whose change made a composite alarm change, and since when it has its state."""

    name: str
    state: StateValue
    since: float


def subject(change: Change, place: Place) -> str:
    """Return the mail subject that CloudWatch gives: ALARM: "name" in Asia Pacific (Tokyo)."""
    return f'{change.new}: "{change.name}" in {place.title}'[:_LONGEST_SUBJECT]


def topics(properties: Mapping[str, Any], state: StateValue) -> list[str]:
    """Return the ARNs of the topics that an alarm of these properties tells of this state."""
    if properties.get("ActionsEnabled", True) in {False, "false"}:
        return []
    return [arn for arn in properties.get(ACTIONS[state], ()) if arn.startswith("arn:aws:sns:")]


def metric_message(alarm: MetricAlarm, change: Change, place: Place, configured: float) -> str:
    """Return the message of an alarm on a metric or on metric math."""
    message = _common(alarm.properties, change, place)
    message["AlarmConfigurationUpdatedTimestamp"] = utc(configured)
    return json.dumps(message | {"Trigger": _trigger(alarm)})


def composite_message(
    alarm: CompositeAlarm, change: Change, place: Place, children: Iterable[Child]
) -> str:
    """Return the message of a composite alarm."""
    message = _common(alarm.properties, change, place)
    message["AlarmRule"] = alarm.properties["AlarmRule"]
    message["TriggeringChildren"] = [
        {
            "Arn": place.alarm_arn(child.name),
            "State": {"Value": child.state, "Timestamp": utc(child.since)},
        }
        for child in children
    ]
    return json.dumps(message)


def transitioned(child: Child, place: Place) -> str:
    """Return a composite alarm's reason: which child changed, and when."""
    moment = datetime.fromtimestamp(child.since, UTC)
    arn = place.alarm_arn(child.name)
    return f"{arn} transitioned to {child.state} at {moment:%A %d %B, %Y %H:%M:%S} UTC"


def _common(properties: Mapping[str, Any], change: Change, place: Place) -> dict[str, Any]:
    return {
        "AlarmName": change.name,
        "AlarmDescription": properties.get("AlarmDescription"),
        "AWSAccountId": place.account,
        "NewStateValue": change.new,
        "NewStateReason": change.reason,
        "StateChangeTime": utc(change.at),
        "Region": place.title,
        "AlarmArn": place.alarm_arn(change.name),
        "OldStateValue": change.old,
        **{actions: list(properties.get(actions, ())) for actions in ACTIONS.values()},
    }


def _trigger(alarm: MetricAlarm) -> dict[str, Any]:
    rule = alarm.rule
    condition = {
        "Period": alarm.period,
        "EvaluationPeriods": rule.evaluation_periods,
        "DatapointsToAlarm": rule.datapoints_to_alarm,
        "ComparisonOperator": rule.comparison,
        "Threshold": rule.threshold,
        "TreatMissingData": rule.treatment,
        "EvaluateLowSampleCountPercentile": "",
    }
    if "Metrics" in alarm.properties:
        return condition | {"Metrics": [_entry(one) for one in alarm.properties["Metrics"]]}
    return {
        "MetricName": alarm.properties["MetricName"],
        "Namespace": alarm.properties["Namespace"],
        **_statistic(alarm.queries[0].statistic),
        "Unit": alarm.properties.get("Unit"),
        "Dimensions": _dimensions(alarm.properties),
    } | condition


def _statistic(name: str) -> dict[str, str]:
    if name.startswith("p"):
        return {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": name}
    # In upper case, and these two words are one.
    spelt = {"SampleCount": "SAMPLE_COUNT"}.get(name, name.upper())
    return {"StatisticType": "Statistic", "Statistic": spelt}


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return one of an alarm's Metrics; only dimensions are written otherwise than in the API."""
    shown = dict(entry) | {"ReturnData": entry.get("ReturnData", True)}
    if "MetricStat" in entry:
        metric = entry["MetricStat"]["Metric"]
        shown["MetricStat"] = entry["MetricStat"] | {
            "Metric": metric | {"Dimensions": _dimensions(metric)}
        }
    return shown


def _dimensions(metric: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"value": one["Value"], "name": one["Name"]} for one in metric.get("Dimensions", ())]
