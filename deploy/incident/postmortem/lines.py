"""Three log lines of an incident, and their trace ids."""

import json
from typing import Any, NamedTuple

from deploy.aws.insights import source
from deploy.aws.insights.errors import InsightsError
from deploy.aws.insights.window import Window
from deploy.stack.project import Project

_SERVICES = ("api", "ml")
MOST = 3
# Characters; a stack trace is in the log itself.
_LONGEST = 600


class Sample(NamedTuple):
    """A log line, shortened, and the trace that it belongs to ("" for none)."""

    text: str
    trace_id: str


def samples(project: Project, begin: float, end: float) -> tuple[list[Sample], str]:
    """Return up to three ERROR lines from `begin` to `end` (Unix seconds), each of another kind.

    Without one, the second value says why: that there is none, or that logs can't be read.
    """
    window = Window(int(begin * 1000), int(end * 1000))
    found: dict[tuple[object, ...], Sample] = {}
    try:
        raw = source.read(project, _SERVICES, window)
        for event in source.events(raw, window, source.Tally()):
            line = _error(event.message)
            if line is not None and _kind(line) not in found:
                found[_kind(line)] = Sample(_shortened(line), str(line.get("trace_id") or ""))
                if len(found) == MOST:
                    break
    except InsightsError as error:
        return [], str(error)
    return list(found.values()), "" if found else "none"


def _error(text: str) -> dict[str, Any] | None:
    """Return a line of level ERROR, None for any other."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and line.get("level") == "ERROR" else None


def _kind(line: dict[str, Any]) -> tuple[object, ...]:
    """Return what tells kinds of lines apart."""
    return tuple(str(line.get(key)) for key in ("logger", "message", "method", "path"))[:3] + (
        str(line.get("path")).rstrip("0123456789abcdef-"),
    )


def _shortened(line: dict[str, Any]) -> str:
    exception = line.get("exception")
    if isinstance(exception, dict):
        line = {**line, "exception": {**exception, "stacktrace": "…"}}
    text = json.dumps(line, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
