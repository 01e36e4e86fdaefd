"""How an alarm is written: what it looks at, how patient it is, whom it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from deploy.aws.builder.logs import Metric
from deploy.aws.builder.names import MINUTE, NAMESPACE, Resource, ref, sub, topic
from deploy.aws.builder.rules import Alert
from deploy.aws.builder.words import Words

ABOVE = "GreaterThanThreshold"
AT_LEAST = "GreaterThanOrEqualToThreshold"
NONE = "LessThanOrEqualToThreshold"
BELOW = "LessThanThreshold"


@dataclass(frozen=True)
class Patience:
    """`breaching` of the last `of` periods of `seconds` are too many."""

    breaching: int = 1
    of: int = 1
    seconds: int = MINUTE


def minutes(time: timedelta) -> int:
    """Return a time in minutes, at least one: nothing here is measured more often."""
    return max(1, -(time // timedelta(minutes=-1)))


def as_patient_as(alert: Alert) -> Patience:
    """Return the patience of a rule that looks back for a window, for a time.

    A rate over five minutes that is too high for five minutes looks at ten: five bad minutes of
    them raise the alarm, and like the rule it is over when the window has forgotten them.
    """
    hold = minutes(alert.hold)
    return Patience(hold, hold + minutes(alert.window))


def remembering(alert: Alert, hold: int = 0) -> Patience:
    """Return the patience of a cause, which must outlast its symptoms as `keep_firing_for` says."""
    first = hold or minutes(alert.hold)
    return Patience(first, first + minutes(alert.keep))


def query(metric: Metric, identifier: str, period: int, statistic: str = "Sum") -> dict[str, Any]:
    """Return a metric as an expression's operand."""
    stat = {
        "Metric": {"Namespace": NAMESPACE, "MetricName": metric.name},
        "Period": period,
        "Stat": statistic,
    }
    return {"Id": identifier, "MetricStat": stat, "ReturnData": False}


def expression(text: str, label: str, operands: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the part of an alarm that looks at an expression of operands."""
    result = {"Id": "result", "Expression": text, "Label": label, "ReturnData": True}
    return {"Metrics": [result, *operands]}


def share(part: Metric, whole: Metric, period: int = MINUTE, text: str = "") -> dict[str, Any]:
    """Return the part of an alarm that looks at part / whole; none of none is no datapoint."""
    operands = [query(part, "part", period), query(whole, "whole", period)]
    return expression(text or "part / whole", f"{part.name} / {whole.name}", operands)


def single(
    metric: Metric, statistic: str = "Sum", namespace: str = NAMESPACE, **dimensions: object
) -> dict[str, Any]:
    """Return the part of an alarm that looks at one metric."""
    looked_at: dict[str, Any] = {"Namespace": namespace, "MetricName": metric.name}
    if dimensions:
        looked_at["Dimensions"] = [{"Name": k, "Value": v} for k, v in dimensions.items()]
    # A percentile has a field of its own.
    field = "ExtendedStatistic" if statistic.startswith("p") else "Statistic"
    return looked_at | {field: statistic}


def alarm(  # noqa: PLR0913, PLR0917 - read in this order it is a sentence
    name: str,
    words: Words,
    looked_at: dict[str, Any],
    comparison: str,
    threshold: object,
    patience: Patience,
    *,
    missing: str = "notBreaching",
    told: bool = True,
    condition: str | None = None,
) -> Resource:
    """Return an alarm on figures; one that is not `told` is a part of a composite.

    What is missing is no failure: without traffic there are no ratios (as 0 / 0 in PromQL).
    """
    found: Resource = {"Type": "AWS::CloudWatch::Alarm"}
    if condition:
        found["Condition"] = condition
    properties = {
        "AlarmName": sub(f"${{Project}}-{name}"),
        "AlarmDescription": words.text(),
        **looked_at,
        "ComparisonOperator": comparison,
        "Threshold": threshold,
        "EvaluationPeriods": patience.of,
        "DatapointsToAlarm": patience.breaching,
        "TreatMissingData": missing,
    }
    if "Metrics" not in looked_at:
        properties["Period"] = patience.seconds
    return found | {"Properties": properties | (tells(words.severity) if told else {})}


def composite(name: str, words: Words, rule: object, parts: Sequence[str]) -> Resource:
    """Return an alarm on other alarms' states, which must be made first (`parts`, logical ids)."""
    return {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "DependsOn": sorted(parts),
        "Properties": {
            "AlarmName": sub(f"${{Project}}-{name}"),
            "AlarmDescription": words.text(),
            "AlarmRule": rule,
            **tells(words.severity),
        },
    }


def raised(name: str) -> str:
    """Return the part of a composite's rule that an alarm of this name is raised."""
    return f'ALARM("${{Project}}-{name}")'


def tells(severity: str) -> dict[str, object]:
    """Return whom an alarm tells when it is raised, and when it is over."""
    return {"AlarmActions": [ref(topic(severity))], "OKActions": [ref(topic(severity))]}


def logical(name: str) -> str:
    """Return an alarm's logical id."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("-")) + "Alarm"
