"""Judges the alarms minute by minute, as often and as far back as CloudWatch does.

Only finished minutes are judged, a little after their end, so that lines on their way arrive. When
the stand-in was away, the minutes that it missed are judged one after the other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from deploy.aws.standin.alarms.datapoints import Datapoints, Span
from deploy.aws.standin.alarms.definition import Metric, MetricAlarm
from deploy.aws.standin.alarms.evaluation import Datapoint, judge
from deploy.aws.standin.alarms.gaps import Gap, read_gap
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
from deploy.aws.standin.alarms.reasons import reason, reason_data
from deploy.aws.standin.alarms.register import Outgoing, Register, Standing
from deploy.aws.standin.alarms.series import Series
from deploy.aws.standin.composite import CompositeAlarm
from deploy.aws.standin.scale import Scale
from deploy.aws.standin.state import State

# Seconds after a period's end, unscaled, and the real ones that the way of a line takes at any
# factor: the services send every second or two, and the filters read as often.
_GRACE = 15
_LEAST_GRACE = 3.0

# Evaluations that are made up for after an absence: as many minutes.
_MOST_MISSED = 180

# The part of a period that may be missing: a ratio or a percentile of the rest says the same.
_HARMLESS = 0.1


@dataclass(frozen=True, slots=True)
class Alarms:
    """What is watched: alarms by name, composites after their children."""

    metric: Mapping[str, MetricAlarm]
    composite: Sequence[CompositeAlarm] = ()

    @property
    def names(self) -> list[str]:
        """The names of all alarms."""
        return [*self.metric, *(one.name for one in self.composite)]


class Watch:
    """The evaluation of all alarms."""

    def __init__(
        self, alarms: Alarms, datapoints: Datapoints, state: State, place: Place, scale: Scale
    ) -> None:
        self._alarms = alarms
        self._datapoints = datapoints
        self._state = state
        self._place = place
        self._scale = scale
        self.register = Register(state)

    @property
    def metric_names(self) -> frozenset[str]:
        """The names of the alarms on metrics; others moto doesn't know."""
        return frozenset(self._alarms.metric)

    def enrol(self, now: float) -> None:
        """Begin with the alarms; those that are known keep their state."""
        self.register.enrol(self._alarms.names, now)

    def tick(self, now: float) -> list[Change]:
        """Judge every alarm at each minute's end since the last time; return the changes.

        Raises botocore's errors where moto doesn't answer; then nothing was judged.
        """
        steps = sorted({alarm.step for alarm in self._alarms.metric.values()})
        due = {step: ends for step in steps if (ends := list(self._ends(step, now)))}
        if not due:
            return []
        self._datapoints.refresh(self._spans(due))
        changes: list[Change] = []
        for step, ends in due.items():
            for end in ends:
                changes += self._judge_all(step, end, now)
        return changes

    def _ends(self, step: int, now: float) -> Iterator[int]:
        """Yield the ends of the finished steps that weren't judged yet."""
        real = self._scale.whole_seconds(step)
        grace = max(self._scale.seconds(_GRACE), _LEAST_GRACE)
        newest = int((now - grace) // real) * real
        last = self._state.get(_judged(step))
        first = newest if last is None else max(int(last) + real, newest - _MOST_MISSED * real)
        yield from range(first, newest + 1, real)

    def _spans(self, due: Mapping[int, Sequence[int]]) -> Iterable[Span]:
        starts: dict[Metric, int] = {}
        for alarm in self._alarms.metric.values():
            if alarm.step not in due:
                continue
            start = self._starts(alarm, due[alarm.step][0])[0]
            for query in alarm.queries:
                starts[query.metric] = min(start, starts.get(query.metric, start))
        end = max(ends[-1] for ends in due.values())
        return [Span(metric, start, end) for metric, start in starts.items()]

    def _starts(self, alarm: MetricAlarm, end: int) -> list[int]:
        period = self._scale.whole_seconds(alarm.period)
        return [end - period * back for back in range(alarm.rule.evaluation_range, 0, -1)]

    def _judge_all(self, step: int, end: int, now: float) -> list[Change]:
        standings = self.register.standings()
        changes: dict[Change, list[Outgoing]] = {}
        gap = read_gap(self._state)
        for alarm in self._alarms.metric.values():
            if alarm.step == step and not self._is_held(alarm, end, gap):
                changes |= self._judge(alarm, end, now, standings)
        for composite in self._alarms.composite:
            changes |= self._compose(composite, now, standings)
        self.register.record(changes, {_judged(step): str(end)})
        return list(changes)

    def _is_held(self, alarm: MetricAlarm, end: int, gap: Gap | None) -> bool:
        """Say whether an alarm keeps its state, because moto couldn't hold what it looks at.

        What was lost with moto is no missing data of the services': judged, it would end alarms
        that go on, and page for them again. A gap that is short beside a period does no harm.
        """
        if gap is None:
            return False
        period = self._scale.seconds(alarm.period)
        looked_at = end - period * alarm.rule.evaluation_periods
        return looked_at < gap.until and gap.until - gap.since > period * _HARMLESS

    def _judge(
        self, alarm: MetricAlarm, end: int, now: float, standings: dict[str, Standing]
    ) -> dict[Change, list[Outgoing]]:
        standing = standings[alarm.name]
        datapoints = self._read(alarm, end)
        verdict = judge(datapoints, alarm.rule, standing.state)
        if verdict.state == standing.state:
            return {}
        change = Change(
            alarm.name,
            standing.state,
            verdict.state,
            reason(verdict, alarm.rule),
            reason_data(alarm, datapoints, now),
            now,
        )
        body = metric_message(alarm, change, self._place, standing.created)
        return self._changed(change, standings, topics(alarm.properties, change.new), body)

    def _read(self, alarm: MetricAlarm, end: int) -> list[Datapoint]:
        starts = self._starts(alarm, end)
        period = self._scale.whole_seconds(alarm.period)
        known = {
            query.id: Series(
                self._datapoints.values(query.metric, query.statistic, starts, period),
                float(alarm.period),
            )
            for query in alarm.queries
        }
        values = alarm.series(known).values
        return [Datapoint(start, value) for start, value in zip(starts, values, strict=True)]

    def _compose(
        self, alarm: CompositeAlarm, now: float, standings: dict[str, Standing]
    ) -> dict[Change, list[Outgoing]]:
        standing = standings[alarm.name]
        new = alarm.state({name: standings[name].state for name in alarm.children})
        if new == standing.state:
            return {}
        children = [standings[name] for name in alarm.children]
        latest = max(children, key=lambda child: child.since, default=standing)
        child = Child(latest.name, latest.state, latest.since)
        change = Change(
            alarm.name, standing.state, new, transitioned(child, self._place), "{}", now
        )
        triggering = [child] if children else []
        body = composite_message(alarm, change, self._place, triggering)
        return self._changed(change, standings, topics(alarm.properties, new), body)

    def _changed(
        self, change: Change, standings: dict[str, Standing], to: Iterable[str], body: str
    ) -> dict[Change, list[Outgoing]]:
        standings[change.name] = replace(
            standings[change.name], state=change.new, reason=change.reason, since=change.at
        )
        about = subject(change, self._place)
        return {change: [Outgoing(topic, about, body) for topic in to]}


def _judged(step: int) -> str:
    return f"judged every {step} s until"
