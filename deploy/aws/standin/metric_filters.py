"""Does what CloudWatch Logs does with metric filters: reads new events, publishes metrics.

An event counts in the period of its own time, whenever it comes, and once, also across restarts of
moto and of the stand-in. What was counted and not sent yet waits in the state. A process that is
killed between sending and noting it sends that again, as one does that waited for the answer in
vain: CloudWatch has no way to tell.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from deploy.aws.standin.log_reader import LogEvent, LogReader
from deploy.aws.standin.metric_data import Call, Gathering
from deploy.aws.standin.metric_filter import Filter, FilterError
from deploy.aws.standin.patterns import Event
from deploy.aws.standin.scale import MINUTE, Scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from types_boto3_logs import CloudWatchLogsClient

__all__ = ["Filter", "FilterError", "MetricFilters"]

_log = logging.getLogger("standin.metric_filters")

_KEY = "metric filters"

# Seconds; PutLogEvents rejects what is older or further ahead.
_OLDEST, _AHEAD = 14 * 24 * 3600, 2 * 3600
_DAY = 24 * 3600

# A call that is wrong will be wrong the next time.
_REFUSED = range(400, 429)


class Notes(Protocol):
    """Where to remember; `state.State`."""

    def get(self, key: str) -> str | None:
        """Return what was put under a key."""

    def put(self, key: str, value: str) -> None:
        """Keep a value under a key."""


class Metrics(Protocol):
    """Where metrics go; a CloudWatch client or what stands before it."""

    def put_metric_data(self, *, Namespace: str, MetricData: Any) -> Any:  # noqa: N803, ANN401 - boto3's
        """Take data."""


class MetricFilters:
    """All metric filters of a template."""

    def __init__(
        self,
        client_logs: CloudWatchLogsClient,
        client_cloudwatch: Metrics,
        state: Notes,
        filters: Iterable[Filter],
        scale: Scale = Scale(),  # noqa: B008 - frozen
    ) -> None:
        """Take what they read, publish and remember."""
        self._logs = client_logs
        self._cloudwatch = client_cloudwatch
        self._state = state
        self._period = scale.whole_seconds(MINUTE)
        self._filters: dict[str, list[Filter]] = {}
        for one in filters:
            self._filters.setdefault(one.group, []).append(one)

    def tick(self, now: float) -> int:
        """Read what is new, publish its metrics, and return how many events there were.

        `now` in seconds since 1970. Raises botocore's errors where moto can't be reached; then
        nothing is lost, and nothing counted twice.
        """
        known = json.loads(self._state.get(_KEY) or '{"positions": {}, "unsent": []}')
        # What an earlier tick could not.
        self._send(known)
        gathering = Gathering(self._period)
        positions, events = {}, 0
        for group, filters in self._filters.items():
            reader = LogReader(self._logs, group, known["positions"].get(group, {}))
            limits = _Limits(self._logs, group, now)
            for event in reader.read(now):
                events += 1
                if limits.allow(event):
                    _measure(filters, event, gathering)
            positions[group] = reader.stored()
            limits.report()
        if events or positions != known["positions"]:
            known = {"positions": positions, "unsent": gathering.calls()}
            self._state.put(_KEY, json.dumps(known))
            self._send(known)
        return events

    def _send(self, known: Mapping[str, Any]) -> None:
        """Send the calls that wait; each is off the list once it was taken."""
        unsent: list[Call] = known["unsent"]
        sent = 0
        try:
            for call in unsent:
                self._put(call)
                sent += 1
        finally:
            if sent:
                del unsent[:sent]
                self._state.put(_KEY, json.dumps(known))

    def _put(self, call: Call) -> None:
        data = [
            {**one, "Timestamp": datetime.fromtimestamp(one["Timestamp"], UTC)}
            for one in call["MetricData"]
        ]
        try:
            self._cloudwatch.put_metric_data(Namespace=call["Namespace"], MetricData=data)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in _REFUSED:
                raise
            _log.exception("CloudWatch refuses metric data, which are dropped: %s", data)


def _measure(filters: Iterable[Filter], event: LogEvent, gathering: Gathering) -> None:
    read = Event(event.message)
    for one in filters:
        sample = one.sample(read)
        if sample is not None:
            gathering.add(one, sample, event.timestamp)


class _Limits:
    """Keeps away events that AWS would not have taken, in one tick."""

    def __init__(self, client: CloudWatchLogsClient, group: str, now: float) -> None:
        self._client = client
        self._group = group
        self._now = now
        self._kept_seconds: float | None = None
        self._ahead = self._old = 0

    def allow(self, event: LogEvent) -> bool:
        """Return whether the event counts."""
        age = self._now - event.timestamp / 1000
        if age < -_AHEAD:
            self._ahead += 1
            return False
        # The shortest retention is a day.
        if age > _DAY and age > self._kept():
            self._old += 1
            return False
        return True

    def report(self) -> None:
        """Say how many didn't count."""
        if self._ahead:
            _log.warning("%s: %d events from more than 2 h ahead", self._group, self._ahead)
        if self._old:
            _log.warning("%s: %d events too old for this group", self._group, self._old)

    def _kept(self) -> float:
        if self._kept_seconds is None:
            groups = self._client.describe_log_groups(logGroupNamePrefix=self._group)["logGroups"]
            days = [g.get("retentionInDays") for g in groups if g["logGroupName"] == self._group]
            retention = min((day * _DAY for day in days if day), default=_OLDEST)
            self._kept_seconds = min(_OLDEST, retention)
        return self._kept_seconds
