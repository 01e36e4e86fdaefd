"""Keeps the distribution of the samples that metric filters send, for percentiles.

CloudWatch has percentiles of single values; moto has none at all. So whoever sends values sends
them through here: they go to moto as the statistic set that they are, of which it keeps one object
a minute instead of one a sample for ever, and their distribution is remembered beside it.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deploy.aws.standin.alarms.definition import Metric
from deploy.aws.standin.state import State

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

# Digits of a value that are kept: a minute has thousands of values, and then hundreds of different
# ones. The error is below one in two thousand.
_DIGITS = 4

_ADD = """
INSERT INTO distributions VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET counts = excluded.counts
"""


class Samples:
    """Stands before a CloudWatch client; has of it what metric filters call."""

    def __init__(self, client: "CloudWatchClient", state: State) -> None:
        self._client = client
        self._state = state

    def put_metric_data(
        self,
        *,
        Namespace: str,  # noqa: N803 - as boto3's
        MetricData: Sequence[Mapping[str, Any]],  # noqa: N803 - as boto3's
    ) -> None:
        """Send data to moto, and once it has them remember their distribution.

        Raises what boto3's does; then nothing was remembered.
        """
        self._client.put_metric_data(
            Namespace=Namespace,
            MetricData=[_as_statistic_set(one) for one in MetricData],  # type: ignore[misc]  # as it came
        )
        with self._state.transaction() as transaction:
            for datum in MetricData:
                key = Metric.of({"Namespace": Namespace, **datum}).key
                start = int(_time(datum["Timestamp"]))
                known = transaction.execute(
                    "SELECT counts FROM distributions WHERE metric = ? AND start = ?", (key, start)
                ).fetchone()
                counts = _read(known["counts"] if known else "{}") + _counts(datum)
                transaction.execute(_ADD, (key, start, json.dumps(counts)))


def distributions(state: State, metric: Metric, start: int, end: int) -> dict[int, Counter[float]]:
    """Return how often each value came, by the second, from `start` to before `end`."""
    rows = state.rows(
        "SELECT start, counts FROM distributions WHERE metric = ? AND start >= ? AND start < ?",
        *(metric.key, start, end),
    )
    return {row["start"]: _read(row["counts"]) for row in rows}


def percentile(counts: Mapping[float, float], percent: float) -> float:
    """Return the least value that `percent` of all are not greater than (nearest rank)."""
    rank = max(1, math.ceil(sum(counts.values()) * percent / 100))
    seen = 0.0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank:
            return value
    raise ValueError("there is no value to rank")


def _read(text: str) -> Counter[float]:
    return Counter({float(value): count for value, count in json.loads(text).items()})


def _counts(datum: Mapping[str, Any]) -> Counter[float]:
    found: Counter[float] = Counter()
    for value, count in _pairs(datum):
        found[float(f"{value:.{_DIGITS}g}")] += count  # type: ignore[assignment]  # counts may be fractions
    return found


def _pairs(datum: Mapping[str, Any]) -> Iterable[tuple[float, float]]:
    if "Values" in datum:
        values = datum["Values"]
        return zip(values, datum.get("Counts") or [1.0] * len(values), strict=True)
    if "Value" in datum:
        return [(datum["Value"], 1.0)]
    stats = datum["StatisticValues"]
    # As CloudWatch: a set tells of single values only where all are the same.
    same = stats["Minimum"] == stats["Maximum"]
    return [(stats["Minimum"], stats["SampleCount"])] if same else []


def _as_statistic_set(datum: Mapping[str, Any]) -> dict[str, Any]:
    if "Values" not in datum:
        return dict(datum)
    pairs = list(_pairs(datum))
    rest = {key: value for key, value in datum.items() if key not in {"Values", "Counts"}}
    return rest | {
        "StatisticValues": {
            "SampleCount": float(sum(count for _, count in pairs)),
            "Sum": float(sum(value * count for value, count in pairs)),
            "Minimum": float(min(value for value, _ in pairs)),
            "Maximum": float(max(value for value, _ in pairs)),
        }
    }


def _time(value: datetime | float) -> float:
    return value.timestamp() if isinstance(value, datetime) else value
