"""Log groups and metric filters. Moto keeps filters and never evaluates them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deploy.aws.standin.holders.words import chosen, lower_camel

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient


class LogGroup:
    """AWS::Logs::LogGroup. A service's own shipping may have made it first."""

    def __init__(self, client: "CloudWatchLogsClient") -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return its name and for how many days lines are kept."""
        found = {"logGroupName": properties["LogGroupName"]}
        if "RetentionInDays" in properties:
            found["retentionInDays"] = int(properties["RetentionInDays"])
        return found

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return it as described."""
        name = properties["LogGroupName"]
        groups = self._client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        found = [one for one in groups if one["logGroupName"] == name]
        return chosen(found[0], self.wanted(properties)) if found else None

    def write(self, properties: Mapping[str, Any]) -> None:
        """Make it where it isn't there, and set its retention."""
        name = properties["LogGroupName"]
        if self.read(properties) is None:
            self._client.create_log_group(logGroupName=name)
        if "RetentionInDays" in properties:
            days = int(properties["RetentionInDays"])
            self._client.put_retention_policy(logGroupName=name, retentionInDays=days)


class MetricFilter:
    """AWS::Logs::MetricFilter."""

    def __init__(self, client: "CloudWatchLogsClient") -> None:
        self._client = client

    def wanted(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return it in the API's words."""
        transformations = []
        for one in properties["MetricTransformations"]:
            transformation = lower_camel(one)
            if "defaultValue" in transformation:
                transformation["defaultValue"] = float(transformation["defaultValue"])
            if "dimensions" in transformation:
                transformation["dimensions"] = {d["Key"]: d["Value"] for d in one["Dimensions"]}
            transformations.append(transformation)
        return {
            "filterName": properties["FilterName"],
            "logGroupName": properties["LogGroupName"],
            "filterPattern": properties["FilterPattern"],
            "metricTransformations": transformations,
        }

    def read(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return it as described."""
        wanted = self.wanted(properties)
        answer = self._client.describe_metric_filters(
            logGroupName=wanted["logGroupName"], filterNamePrefix=wanted["filterName"]
        )
        found = [
            one for one in answer["metricFilters"] if one["filterName"] == wanted["filterName"]
        ]
        return chosen(found[0], wanted) if found else None

    def write(self, properties: Mapping[str, Any]) -> None:
        """Put it."""
        self._client.put_metric_filter(**self.wanted(properties))
