"""Events counted from raw samples of counters, interval by interval.

What Prometheus calls `increase` extrapolates to a window's ends; here a request is a request. A
counter that falls began anew (https://prometheus.io/docs/concepts/metric_types/#counter): what it
shows then has happened since. A series that is born inside the window began at 0.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from deploy.incident.postmortem.prometheus import Series
from deploy.slo.document import Slo

# Of intervals: a series whose first sample is later than this was born inside the window, and two
# scrapes that are further apart have one missing between them.
_MISSING = 1.5


@dataclass(frozen=True)
class Interval:
    """The events of one scrape interval, which ends at `end` (Unix seconds)."""

    end: float
    bad: int
    total: int


@dataclass(frozen=True)
class Counted:
    """An SLO's events in a window: every interval that has a sample, and where none are.

    Attributes:
        slo: whose events.
        length: of an interval, in seconds.
        intervals: in the order of time.
        gaps: (begin, end) without a sample: nothing is known of what happened there.

    """

    slo: Slo
    length: float
    intervals: list[Interval]
    gaps: list[tuple[float, float]]

    def violating(self) -> list[Interval]:
        """Return the intervals in which more failed than the objective allows."""
        allowed = float(self.slo.budget)
        return [one for one in self.intervals if one.bad > allowed * one.total]


def count(
    slo: Slo, part: Sequence[Series], total: Sequence[Series], begin: float, length: float
) -> Counted:
    """Count an SLO's events from `begin` on; `length` is the scrape interval in seconds.

    `part` are the series of what the SLO names, good events or bad ones.
    """
    events, named = per_interval(total, begin, length), per_interval(part, begin, length)
    intervals = []
    for number in sorted(events):
        whole, some = round(events[number]), round(named[number])
        bad = whole - some if slo.ratio.good is not None else some
        intervals.append(Interval(begin + number * length, bad, whole))
    times = sorted({sample.at for one in total for sample in one.samples})
    gaps = [
        (before, after) for before, after in pairwise(times) if after - before > _MISSING * length
    ]
    return Counted(slo, length, intervals, gaps)


def per_interval(series: Iterable[Series], begin: float, length: float) -> dict[int, float]:
    """Return how many events each interval has, by its number: 1 ends one length after `begin`."""
    found: Counter[int] = Counter()
    counts: dict[int, float] = found  # type: ignore[assignment]
    for one in series:
        if not one.samples:
            continue
        first = one.samples[0]
        if first.at > begin + _MISSING * length:
            counts[_number(first.at, begin, length)] += first.value
        for before, after in pairwise(one.samples):
            new = after.value - before.value if after.value >= before.value else after.value
            counts[_number(after.at, begin, length)] += new
    return counts


def _number(at: float, begin: float, length: float) -> int:
    return math.ceil((at - begin) / length)


def around(moments: Sequence[Interval], at: float, calm: float) -> list[Interval]:
    """Return the intervals that belong to what happened at `at`.

    They are those that no `calm` seconds separate from it, or from one that belongs to it.
    """
    before: list[Interval] = []
    edge = at
    for one in reversed([one for one in moments if one.end <= at]):
        if edge - one.end > calm:
            break
        edge = one.end
        before.append(one)
    after: list[Interval] = []
    edge = at
    for one in (one for one in moments if one.end > at):
        if one.end - edge > calm:
            break
        edge = one.end
        after.append(one)
    return [*reversed(before), *after]
