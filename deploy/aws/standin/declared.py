"""Alarms and subscribers that the template's resources declare."""

from collections.abc import Iterable, Mapping
from typing import Any

from deploy.aws.standin import retries
from deploy.aws.standin.alarms.definition import AlarmError, Metric, MetricAlarm, metric_alarm
from deploy.aws.standin.alarms.watch import Alarms
from deploy.aws.standin.composite import composite_alarm, in_order
from deploy.aws.standin.subscriptions import Subscriber
from deploy.aws.standin.template import Resource


def alarms(resources: list[Resource]) -> Alarms:
    """Return the template's alarms; raises AlarmError for one that can't be judged here."""
    metric = {
        one.name: metric_alarm(one.properties)
        for one in resources
        if one.type == "AWS::CloudWatch::Alarm"
    }
    composite = {
        one.name: composite_alarm(one.properties)
        for one in resources
        if one.type == "AWS::CloudWatch::CompositeAlarm"
    }
    _check_dimensions(metric.values())
    return Alarms(metric, in_order(composite, set(metric)))


def _check_dimensions(watched: Iterable[MetricAlarm]) -> None:
    """Refuse two metrics that moto can't tell apart: it adds those with more dimensions to one."""
    known: dict[tuple[str, str], Metric] = {}
    for alarm in watched:
        for query in alarm.queries:
            other = known.setdefault((query.metric.namespace, query.metric.name), query.metric)
            one, two = set(query.metric.dimensions), set(other.dimensions)
            if one != two and (one <= two or two <= one):
                raise AlarmError(
                    f"alarm {alarm.name}: moto does not tell {query.metric.name} with some "
                    "dimensions from the same with more: give it another name"
                )


def subscribers(resources: list[Resource], sink_url: str) -> list[Subscriber]:
    """Return the template's subscribers, and the sink, which shows what topics deliver."""
    found = []
    for one in resources:
        if one.type == "AWS::SNS::Subscription":
            properties = one.properties
            found.append(
                Subscriber(
                    *(properties["TopicArn"], properties["Protocol"], properties["Endpoint"]),
                    _waits(properties),
                )
            )
    topics = list(dict.fromkeys(one.topic for one in found))
    protocol = sink_url.partition(":")[0]
    sink = [Subscriber(topic, protocol, f"{sink_url}/sns", retries.http(None)) for topic in topics]
    return found + sink


def _waits(properties: Mapping[str, Any]) -> retries.Waits:
    if properties["Protocol"] == "lambda":
        return retries.function()
    return retries.http(properties.get("DeliveryPolicy", {}).get("healthyRetryPolicy"))
