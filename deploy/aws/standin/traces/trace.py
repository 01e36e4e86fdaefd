"""A trace as people read it: its spans in the order of calls, made of X-Ray's segment documents.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

# Worst first.
_FLAGS = ("fault", "throttle", "error")

_RESOURCE = "otel.resource."


@dataclass(frozen=True, slots=True)
class Span:
    """One step: times in seconds since 1970, `depth` of the calls it is inside of.

    `service` is who worked, `name` what X-Ray calls it, `title` what was done, `peer` who was asked
    or empty; `flag` is fault, throttle, error or empty. `groups` are its attributes, by what they
    are about.
    """

    id: str
    depth: int
    service: str
    name: str
    title: str
    peer: str
    started: float
    ended: float
    flag: str
    groups: Sequence[tuple[str, Mapping[str, object]]]
    exceptions: Sequence[Mapping[str, Any]]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started


@dataclass(frozen=True, slots=True)
class Trace:
    """One request through all services: its id as X-Ray writes it, its spans, the first on top."""

    id: str
    spans: Sequence[Span]

    @property
    def name(self) -> str:
        """What was asked, and of whom."""
        return f"{self.spans[0].service} {self.spans[0].title}"

    @property
    def started(self) -> float:
        """When its first span began, in seconds since 1970."""
        return min(one.started for one in self.spans)

    @property
    def ended(self) -> float:
        """When its last span ended."""
        return max(one.ended for one in self.spans)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started

    @property
    def flag(self) -> str:
        """The worst that happened: fault, throttle, error or empty."""
        return _worst({one.flag for one in self.spans})

    @property
    def services(self) -> Sequence[str]:
        """Who worked, in the order of their first steps."""
        return list(dict.fromkeys(one.service for one in self.spans))


def trace(trace_id: str, documents: Iterable[str]) -> Trace:
    """Read segment documents, one or more, in any order; of one id the last counts."""
    segments = {one["id"]: one for one in map(json.loads, documents)}
    return Trace(trace_id, list(_spans(segments)))


def _spans(segments: Mapping[str, Mapping[str, Any]]) -> Iterator[Span]:
    """Yield spans as they called each other, those of one caller by their start."""
    children: dict[str, list[Mapping[str, Any]]] = {}
    for one in sorted(segments.values(), key=lambda one: float(one["start_time"])):
        parent = one.get("parent_id")
        children.setdefault(str(parent) if parent in segments else "", []).append(one)
    # A stack and not recursion: a chain may be as deep as somebody likes.
    waiting = [(one, 0, "") for one in reversed(children.pop("", []))]
    while waiting or children:
        if not waiting:
            # These call each other in a circle, which no real program's do.
            waiting = [(one, 0, "") for one in reversed(children.pop(next(iter(children))))]
        segment, depth, caller = waiting.pop()
        span = _span(segment, depth, caller)
        yield span
        called = children.pop(span.id, [])
        waiting += [(one, depth + 1, span.service) for one in reversed(called)]


def _span(segment: Mapping[str, Any], depth: int, caller: str) -> Span:
    # The collector's file says which attributes are searched for, and so are annotations.
    attributes = segment.get("annotations", {}) | segment.get("metadata", {}).get("default", {})
    name = str(segment["name"])
    is_segment = segment.get("type") != "subsegment"
    service = attributes.get(f"{_RESOURCE}service.name") or name if is_segment else caller or name
    started = float(segment["start_time"])
    return Span(
        id=str(segment["id"]),
        depth=depth,
        service=str(service),
        name=name,
        title=_title(segment, attributes),
        peer=_peer(segment, attributes),
        started=started,
        ended=float(segment.get("end_time", started)),
        flag=_worst({flag for flag in _FLAGS if segment.get(flag)}),
        groups=list(_groups(segment, attributes)),
        exceptions=_exceptions(segment),
    )


def _title(segment: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    """Return what was done: a request, a query, or else the name alone."""
    request = segment.get("http", {}).get("request", {})
    if request.get("method"):
        place = attributes.get("http.route") or attributes.get("url.template")
        return f"{request['method']} {place or _path(str(request.get('url', '')))}".strip()
    return str(segment.get("sql", {}).get("url") or segment["name"])


def _peer(segment: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    """Return who was asked: a service by its name or its host, a database by its kind."""
    if segment.get("namespace") != "remote":
        return ""
    url = str(segment.get("http", {}).get("request", {}).get("url", ""))
    database = segment.get("sql", {}).get("database_type") or attributes.get("db.system.name")
    return str(attributes.get("peer.service") or database or _split(url).hostname or "")


def _path(url: str) -> str:
    return _split(url).path


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def _worst(flags: set[str]) -> str:
    return next((flag for flag in _FLAGS if flag in flags), "")


def _groups(
    segment: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield what the span says of itself; groups that are empty are left out."""
    own = {key: value for key, value in attributes.items() if not key.startswith(_RESOURCE)}
    resource = {
        key.removeprefix(_RESOURCE): attributes[key] for key in attributes if key not in own
    }
    http, user = segment.get("http", {}), segment.get("user")
    groups = {
        "HTTP": {**http.get("request", {}), **http.get("response", {})},
        "SQL": segment.get("sql", {}),
        "Attributes": own | ({"user": user} if user else {}),
        "Resource": resource,
    }
    yield from ((name, dict(sorted(values.items()))) for name, values in groups.items() if values)


def _exceptions(segment: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what was raised; `led` marks one that led to another, which stands before it."""
    found = segment.get("cause", {}).get("exceptions", [])
    causes = {one.get("cause") for one in found}
    return [{**one, "led": one["id"] in causes} for one in found]
