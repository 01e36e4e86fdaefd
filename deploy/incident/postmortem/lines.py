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
    """Return up to three ERROR lines of many kinds, from `begin` to `end` (Unix seconds).

    Without one, the second value says why: that there is none, or that logs can't be read.
    """
    window = Window(int(begin * 1000), int(end * 1000))
    others: list[Sample] = []
    kinds: dict[str, Sample] = {}
    try:
        raw = source.read(project, _SERVICES, window)
        for event in source.events(raw, window, source.Tally()):
            line = _error(event.message)
            if line is None:
                continue
            sample = Sample(_shortened(line), str(line.get("trace_id") or ""))
            if kinds.setdefault(_kind(line), sample) is not sample and len(others) < MOST:
                others.append(sample)
    except InsightsError as error:
        return [], str(error)
    found = [*kinds.values(), *others][:MOST]
    return found, "" if found else "none"


def _error(text: str) -> dict[str, Any] | None:
    """Return a line of level ERROR, None for any other."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and line.get("level") == "ERROR" else None


def _kind(line: dict[str, Any]) -> str:
    """Return what tells kinds of lines apart: where it is from, and what it says."""
    exception = _exception(line)
    return json.dumps([line.get("logger"), line.get("message"), exception.get("type")])


def _exception(line: dict[str, Any]) -> dict[str, Any]:
    extra = line.get("extra")
    found = extra.get("exception") if isinstance(extra, dict) else None
    return found if isinstance(found, dict) else {}


def _shortened(line: dict[str, Any]) -> str:
    if exception := _exception(line):
        line = {**line, "extra": {**line["extra"], "exception": {**exception, "stacktrace": "…"}}}
    text = json.dumps(line, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
