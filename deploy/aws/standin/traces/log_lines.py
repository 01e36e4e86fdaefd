"""A trace's log lines, of every log group in CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_logs import CloudWatchLogsClient

    from deploy.aws.standin.traces.trace_id import TraceId

# More lines of one request are read in Logs Insights.
MOST = 500

# Characters of a line; CloudWatch takes 1 MB.
_LONGEST = 16 * 1024

# Seconds of the log around a trace: lines are written when work ends, and clocks differ.
_BEFORE = 2
_AFTER = 5

LEVELS = ("ERROR", "WARN", "INFO", "DEBUG")


class Line(NamedTuple):
    """One line: `time` in seconds since 1970, `source` the last part of its log group's name.

    `level` is one of LEVELS or empty, `span_id` may be empty, `fields` is the whole line.
    """

    time: float
    level: str
    source: str
    message: str
    span_id: str
    fields: str


class Log(NamedTuple):
    """What was found: lines by time, whether there are more, what went wrong in words."""

    lines: Sequence[Line]
    more: bool = False
    problem: str = ""


def read(client: CloudWatchLogsClient, trace_id: TraceId, started: float, ended: float) -> Log:
    """Return the lines of a trace that ran between these times, in seconds since 1970."""
    try:
        lines = list(_lines(client, trace_id, started - _BEFORE, ended + _AFTER))
    except (BotoCoreError, ClientError) as error:
        return Log([], problem=f"CloudWatch Logs does not answer: {error}")
    lines.sort(key=lambda one: one.time)
    return Log(lines[:MOST], more=len(lines) > MOST)


def _lines(
    client: CloudWatchLogsClient, trace_id: TraceId, since: float, until: float
) -> Iterator[Line]:
    for groups in client.get_paginator("describe_log_groups").paginate():
        for group in groups["logGroups"]:
            name = group["logGroupName"]
            pages = client.get_paginator("filter_log_events").paginate(
                logGroupName=name,
                startTime=int(since * 1000),
                endTime=int(until * 1000),
                # Both forms of an id end in these digits.
                filterPattern=f'"{trace_id.rest}"',
                PaginationConfig={"MaxItems": MOST + 1},
            )
            for page in pages:
                found = (_line(event, name, trace_id) for event in page["events"])
                yield from (line for line in found if line is not None)


def _line(event: Mapping[str, Any], group: str, trace_id: TraceId) -> Line | None:
    """Return the line that an event is; None where it is another trace's."""
    fields = _fields(event["message"])
    if fields is not None and fields.get("trace_id") not in {trace_id.hex, trace_id.xray}:
        return None
    level = str((fields or {}).get("level"))
    return Line(
        time=event["timestamp"] / 1000,
        level=level if level in LEVELS else "",
        source=group.rpartition("/")[2],
        message=_clip(str((fields or {}).get("message") or event["message"])),
        span_id=str((fields or {}).get("span_id") or ""),
        fields=_clip(json.dumps(fields, indent=2, ensure_ascii=False)) if fields else "",
    )


def _fields(message: str) -> Mapping[str, Any] | None:
    """Return a line that is a JSON object, None for any other text."""
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
