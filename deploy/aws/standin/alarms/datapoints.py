"""Datapoints as moto has them, read over CloudWatch's API and remembered.

moto forgets all of them when it restarts; an alarm that then saw nothing but missing data would
say that all is well and page again minutes later. So what was read once is kept. Moto's own sums by
period begin with the first datum and not with the period, and its metric math is none; hence the
statistics by the second, put together here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from deploy.aws.standin.alarms.definition import Metric
from deploy.aws.standin.samples import distributions, percentile
from deploy.aws.standin.state import State

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

_SELECT = "SELECT * FROM statistics WHERE metric = ? AND start >= ? AND start < ? ORDER BY start"

# A moto that restarted has less of a second than was read before.
_KEEP_THE_MOST = """
INSERT INTO statistics VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    samples = excluded.samples, total = excluded.total,
    minimum = excluded.minimum, maximum = excluded.maximum
WHERE excluded.samples > samples
"""


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """What CloudWatch keeps of the samples of a time (a StatisticSet of its API)."""

    samples: float
    total: float
    minimum: float
    maximum: float

    def __add__(self, other: "StatisticSet") -> "StatisticSet":
        """Return the set of both times' samples."""
        return StatisticSet(
            self.samples + other.samples,
            self.total + other.total,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
        )

    def statistic(self, name: str) -> float:
        """Return SampleCount, Sum, Average, Minimum or Maximum."""
        return {
            "SampleCount": self.samples,
            "Sum": self.total,
            "Average": self.total / self.samples,
            "Minimum": self.minimum,
            "Maximum": self.maximum,
        }[name]


@dataclass(frozen=True, slots=True)
class Span:
    """A metric from `start` to before `end`, whole seconds since 1970."""

    metric: Metric
    start: int
    end: int


class Datapoints:
    """Statistics of metrics by the second, from moto and from memory.

    `late` is for how many seconds after its time a datum may still arrive.
    """

    def __init__(self, client: "CloudWatchClient", state: State, late: int) -> None:
        self._client = client
        self._state = state
        self._late = late
        self._read_until: dict[Metric, int] = {}

    def refresh(self, spans: Iterable[Span]) -> None:
        """Read what is new of these spans and forget what is older; botocore's errors pass."""
        read = {span: self._read(span) for span in spans}
        with self._state.transaction() as transaction:
            for span, found in read.items():
                key = span.metric.key
                for table in ("statistics", "distributions"):
                    transaction.execute(
                        f"DELETE FROM {table} WHERE metric = ? AND start < ?",  # noqa: S608 - our own names
                        (key, span.start),
                    )
                transaction.executemany(
                    _KEEP_THE_MOST,
                    [
                        (key, start, one.samples, one.total, one.minimum, one.maximum)
                        for start, one in found.items()
                    ],
                )
        self._read_until |= {span.metric: span.end for span in read}

    def _read(self, span: Span) -> dict[int, StatisticSet]:
        start = max(span.start, self._read_until.get(span.metric, 0) - self._late)
        answer = self._client.get_metric_statistics(
            Namespace=span.metric.namespace,
            MetricName=span.metric.name,
            Dimensions=[{"Name": name, "Value": value} for name, value in span.metric.dimensions],
            StartTime=datetime.fromtimestamp(start, UTC),
            EndTime=datetime.fromtimestamp(span.end, UTC),
            Period=1,
            Statistics=["SampleCount", "Sum", "Minimum", "Maximum"],
        )
        found: dict[int, StatisticSet] = {}
        for one in answer["Datapoints"]:
            at = int(one["Timestamp"].timestamp())
            new = StatisticSet(one["SampleCount"], one["Sum"], one["Minimum"], one["Maximum"])
            found[at] = found[at] + new if at in found else new
        return found

    def values(
        self, metric: Metric, statistic: str, starts: Sequence[int], period: int
    ) -> tuple[float | None, ...]:
        """Return a statistic of each period (whole seconds) that begins at one of `starts`.

        `starts` follow each other without a gap. Statistics are those of a StatisticSet, and
        percentiles such as p99 or p99.9.
        """
        first, end = starts[0], starts[-1] + period
        seconds = {
            row["start"]: StatisticSet(row["samples"], row["total"], row["minimum"], row["maximum"])
            for row in self._state.rows(_SELECT, metric.key, first, end)
        }
        if statistic.startswith("p"):
            return self._percentiles(metric, float(statistic[1:]), seconds, starts, period)
        sums: dict[int, StatisticSet] = {}
        for second, one in seconds.items():
            at = first + (second - first) // period * period
            sums[at] = sums[at] + one if at in sums else one
        return tuple(
            sums[start].statistic(statistic) if start in sums and sums[start].samples else None
            for start in starts
        )

    def _percentiles(
        self,
        metric: Metric,
        percent: float,
        seconds: dict[int, StatisticSet],
        starts: Sequence[int],
        period: int,
    ) -> tuple[float | None, ...]:
        first = starts[0]
        recorded = distributions(self._state, metric, first, starts[-1] + period)
        merged: dict[int, Counter[float]] = {}
        for second, one in seconds.items():
            counts = recorded.get(second, Counter())
            if not counts and one.minimum == one.maximum:
                # As CloudWatch: a set tells of single values only where all are the same.
                counts = Counter({one.minimum: one.samples})
            merged.setdefault(first + (second - first) // period * period, Counter()).update(counts)
        return tuple(
            percentile(merged[start], percent) if merged.get(start) else None for start in starts
        )
