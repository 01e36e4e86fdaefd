"""Alarms and dashboards. Moto keeps alarms and never changes their state."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deploy.aws.standin.holders.words import chosen, without

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

_WHOLE = ("Period", "EvaluationPeriods", "DatapointsToAlarm")


class Alarm:
    """AWS::CloudWatch::Alarm; its properties are PutMetricAlarm's parameters."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its properties; parameters of the template are text, the API's numbers aren't."""
        found = without(properties, "Tags")
        found |= {key: int(found[key]) for key in _WHOLE if key in found}
        if "Metrics" in found:
            found["Metrics"] = [_with_dimensions(one) for one in found["Metrics"]]
        return found | {"Threshold": float(found["Threshold"])}

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return it as described."""
        answer = self._client.describe_alarms(AlarmNames=[properties["AlarmName"]])
        wanted = self.wanted(properties)
        return next((chosen(dict(one), wanted) for one in answer["MetricAlarms"]), None)

    def write(self, properties: Mapping[str, Any]) -> None:
        """Put it."""
        self._client.put_metric_alarm(**self.wanted(properties))


def _with_dimensions(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Say «no dimensions» where an entry of Metrics says nothing, as the API answers."""
    if "MetricStat" not in entry:
        return dict(entry)
    metric = {"Dimensions": [], **entry["MetricStat"]["Metric"]}
    return {**entry, "MetricStat": {**entry["MetricStat"], "Metric": metric}}


class Dashboard:
    """AWS::CloudWatch::Dashboard."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its name and what it shows."""
        return {
            "DashboardName": properties["DashboardName"],
            "DashboardBody": json.loads(properties["DashboardBody"]),
        }

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return it as it was put."""
        name = properties["DashboardName"]
        listed = self._client.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
        if name not in {one["DashboardName"] for one in listed}:
            return None
        body = self._client.get_dashboard(DashboardName=name)["DashboardBody"]
        return {"DashboardName": name, "DashboardBody": json.loads(body)}

    def write(self, properties: Mapping[str, Any]) -> None:
        """Put it."""
        self._client.put_dashboard(
            DashboardName=properties["DashboardName"], DashboardBody=properties["DashboardBody"]
        )
