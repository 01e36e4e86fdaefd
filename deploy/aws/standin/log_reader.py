"""Reads each event of a log group once, over the public API.

A filter pattern in the call would be no use: moto ignores those for JSON and returns everything.

An event can come late, behind others in time, from a host whose clock is wrong or after an outage.
So what was read is not remembered as a time: of each stream it is the greatest event id up to which
nothing is missing, and the ids beyond that. moto gives ids in the order of ingestion, and says how
much a stream holds: as long as that is what was read, nothing was missed. Where it is more, the
newest events are read; where that is not enough, the stream is read as a whole.

A stream that was created anew, as all are after moto's restart, is another stream.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_logs.type_defs import FilteredLogEventTypeDef, LogStreamTypeDef

_log = logging.getLogger("standin.log_reader")

# Milliseconds by which an event may stand behind one that was read before, and still be found
# without reading the whole stream.
SLACK_MS = 2_000

# Ticks in which a whole stream is read for what moto says it holds and doesn't show. It counts a
# batch before it shows it.
PATIENCE = 3


class LogEvent(NamedTuple):
    """An event: its time in milliseconds since 1970, its message."""

    timestamp: int
    message: str


@dataclass(slots=True)
class Position:
    """How far a stream was read: its identity, what was read in moto's bytes, the ids, the time."""

    created: int
    size: int = 0
    # All ids up to this one were read; and these beyond it.
    through: int = -1
    beyond: set[int] = field(default_factory=set)
    newest: int = 0
    short: int = 0

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Position:
        """Make one of what `stored` returned."""
        return cls(**{**stored, "beyond": set(stored["beyond"])})

    def stored(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "beyond": sorted(self.beyond)}

    def is_new(self, number: int) -> bool:
        """Return whether the event with this id was not read yet."""
        return number > self.through and number not in self.beyond


class LogReader:
    """Reads one log group; `positions` are as `stored()` returned them."""

    def __init__(
        self, client: CloudWatchLogsClient, group: str, positions: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._client = client
        self._group = group
        self._positions = {name: Position.read(one) for name, one in positions.items()}

    def stored(self) -> dict[str, dict[str, Any]]:
        """Return how far each stream was read."""
        return {name: position.stored() for name, position in self._positions.items()}

    def read(self, now: float) -> Iterator[LogEvent]:
        """Yield what is new; positions are right once all of it was taken.

        Raises botocore's errors; then whoever has the positions of before reads all of it again.
        """
        streams = list(self._streams())
        names = {stream["logStreamName"] for stream in streams}
        self._positions = {name: one for name, one in self._positions.items() if name in names}
        for stream in streams:
            yield from self._new(stream, int(now * 1000))

    def _streams(self) -> Iterator[LogStreamTypeDef]:
        try:
            for page in self._client.get_paginator("describe_log_streams").paginate(
                logGroupName=self._group
            ):
                yield from page["logStreams"]
        except self._client.exceptions.ResourceNotFoundException:
            # moto has restarted, and nobody made the group anew yet.
            return

    def _new(self, stream: LogStreamTypeDef, now: int) -> Iterator[LogEvent]:
        name, holds = stream["logStreamName"], stream.get("storedBytes", 0)
        position = self._positions.get(name)
        if position is None or position.created != stream["creationTime"]:
            position = self._positions[name] = Position(stream["creationTime"])
        if position.size < holds:
            # A clock that was ahead doesn't hide what comes after it.
            start = max(0, min(position.newest, now) - SLACK_MS)
            yield from self._from(name, position, start)
            if position.size < holds and start:
                yield from self._from(name, position, 0)
        self._settle(name, position, holds)

    def _settle(self, name: str, position: Position, holds: int) -> None:
        """Forget the single ids where nothing is missing below them."""
        if position.size == holds:
            position.through = max({position.through, *position.beyond})
            position.beyond.clear()
            position.short = 0
        elif position.size < holds:
            position.short += 1
            if position.short >= PATIENCE:
                missing = holds - position.size
                _log.warning("%s holds %d bytes that moto doesn't show", name, missing)
                position.size, position.short = holds, 0

    def _from(self, name: str, position: Position, start: int) -> Iterator[LogEvent]:
        for event in self._events(name, start):
            number = int(event["eventId"])
            if position.is_new(number):
                position.beyond.add(number)
                # moto's bytes are characters.
                position.size += len(event["message"])
                position.newest = max(position.newest, event["timestamp"])
                yield LogEvent(event["timestamp"], event["message"])

    def _events(self, name: str, start: int) -> Iterator[FilteredLogEventTypeDef]:
        pages = self._client.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, logStreamNames=[name], startTime=start
        )
        try:
            for page in pages:
                yield from page["events"]
        except self._client.exceptions.ResourceNotFoundException:
            # Deleted in between.
            return
