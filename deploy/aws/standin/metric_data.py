"""Samples gathered by metric and period, and what PutMetricData takes of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploy.aws.standin.metric_filter import Dimensions, Filter, Sample

# Values of one datum, and of one call: a call has at most 1,000 data and 1 MB.
_MOST_VALUES, _MOST_VALUES_A_CALL = 150, 1_000

_MINUTE = 60

# As JSON has it, so that it can wait in the state: {"Namespace": …, "MetricData": […]}.
Call = dict[str, Any]


class Series(NamedTuple):
    """What the samples of one datum have in common; `start` in seconds since 1970."""

    namespace: str
    name: str
    unit: str
    dimensions: Dimensions
    start: int


class Gathering:
    """Counts values; `period` in whole seconds."""

    def __init__(self, period: int = _MINUTE) -> None:
        self._period = period
        self._counts: defaultdict[Series, Counter[float]] = defaultdict(Counter)

    def add(self, of: Filter, sample: Sample, timestamp: int) -> None:
        """Count a sample in the period of its event, which has its time in milliseconds."""
        start = timestamp // 1000 // self._period * self._period
        series = Series(of.namespace, of.metric_name, of.unit, sample.dimensions, start)
        self._counts[series][sample.value] += 1

    def calls(self) -> list[Call]:
        """Return the calls that tell CloudWatch all of it."""
        calls: list[Call] = []
        room = 0
        for series in sorted(self._counts):
            for values in _chunks(self._counts[series]):
                if not calls or calls[-1]["Namespace"] != series.namespace or room < len(values):
                    calls.append({"Namespace": series.namespace, "MetricData": []})
                    room = _MOST_VALUES_A_CALL
                calls[-1]["MetricData"].append(self._datum(series, values))
                room -= len(values)
        return calls

    def _datum(self, series: Series, values: Mapping[float, int]) -> dict[str, Any]:
        return {
            "MetricName": series.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
            "Timestamp": series.start,
            "Unit": series.unit,
            "StorageResolution": _MINUTE if self._period >= _MINUTE else 1,
            **_statistics(values),
        }


def _chunks(counts: Counter[float]) -> Iterator[dict[float, int]]:
    rest = iter(sorted(counts.items()))
    while values := dict(islice(rest, _MOST_VALUES)):
        yield values


def _statistics(values: Mapping[float, int]) -> dict[str, Any]:
    """Return the values with their counts, which percentiles need.

    Of a single value CloudWatch has percentiles from a statistic set too, and moto, which keeps
    an object for each count, has one to keep.
    """
    if len(values) > 1:
        return {"Values": list(values), "Counts": [float(count) for count in values.values()]}
    ((value, count),) = values.items()
    found = {"SampleCount": count, "Sum": value * count, "Minimum": value, "Maximum": value}
    return {"StatisticValues": {key: float(one) for key, one in found.items()}}
