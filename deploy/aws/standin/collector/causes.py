"""What went wrong: a segment's `fault`, `error`, `throttle`, and its `cause`.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-errors
"""

import re
import secrets
from collections.abc import Mapping

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from deploy.aws.standin.collector.attributes import Value, attributes, text

_CLIENT_ERRORS = range(400, 500)
_SERVER_ERRORS = range(500, 600)
_TOO_MANY_REQUESTS = 429

_REMOTE = {Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_PRODUCER}

# A Python traceback's frames, and the lines between an exception and the one that it led to.
_FRAME = re.compile(r'^  File "(.*)", line (\d+), in (.*)$', re.MULTILINE)
_LED_TO = re.compile(
    r"^(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):$",
    re.MULTILINE,
)


def flags(span: Span, found: Mapping[str, Value]) -> dict[str, bool]:
    """Return those of `fault`, `error` and `throttle` that are true.

    A status of HTTP decides where it is 4xx or 5xx, else the span's own status.
    """
    status = found.get("http.response.status_code")
    if status in _CLIENT_ERRORS:
        return {"error": True} | ({"throttle": True} if status == _TOO_MANY_REQUESTS else {})
    failed = span.status.code == Status.STATUS_CODE_ERROR
    return {"fault": True} if failed or status in _SERVER_ERRORS else {}


def cause(span: Span) -> dict[str, object] | None:
    """Return the exceptions that the span recorded; without one, the words of its status."""
    exceptions: list[dict[str, object]] = []
    for event in span.events:
        if event.name == "exception":
            exceptions += _exceptions(attributes(event.attributes), span.kind in _REMOTE)
    if not exceptions and span.status.code == Status.STATUS_CODE_ERROR and span.status.message:
        exceptions = [{"id": _id(), "message": span.status.message}]
    return {"exceptions": exceptions} if exceptions else None


def _exceptions(found: Mapping[str, Value], remote: bool) -> list[dict[str, object]]:  # noqa: FBT001 - X-Ray's own flag
    """Return an exception and those that led to it, each naming the one before it as `cause`."""
    *earlier, stack = _LED_TO.split(text(found, "exception.stacktrace"))
    last = {
        "id": _id(),
        "type": text(found, "exception.type"),
        "message": text(found, "exception.message"),
        "remote": remote,
        "stack": _frames(stack),
    }
    exceptions = [last]
    for block in reversed(earlier):
        kind, _, message = block.strip().rpartition("\n")[2].partition(":")
        led = {"id": _id(), "type": kind, "message": message.strip(), "remote": remote}
        exceptions[-1]["cause"] = led["id"]
        exceptions.append(led | {"stack": _frames(block)})
    return exceptions


def _frames(stack: str) -> list[dict[str, object]]:
    """Return the frames, the innermost first."""
    found = reversed(_FRAME.findall(stack))
    return [{"path": path, "line": int(line), "label": label} for path, line, label in found]


def _id() -> str:
    return secrets.token_hex(8)
