"""One HTTP request and its answer, watched from outside the application."""

import re
from time import perf_counter
from urllib.parse import urlsplit
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.semconv.attributes.url_attributes import URL_PATH, URL_SCHEME
from opentelemetry.semconv.attributes.user_agent_attributes import USER_AGENT_ORIGINAL
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.util.types import AttributeValue
from starlette.types import Message, Receive, Scope, Send

from telemetry import routes, tracing
from telemetry.context import RequestContext
from telemetry.log_record import LONGEST_PATH
from telemetry.redaction import clean_text, clip

# A header becomes part of a log line and of the answer.
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,128}")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "<other>"

# nginx's status for a client that left before its answer.
CLIENT_LEFT = 499

_INTERNAL_ERROR = 500

# Characters.
_LONGEST_METHOD = 32
_LONGEST_HEADER = 256


class Exchange:
    """What becomes of a request: `receive` and `send` pass messages on and take notes.

    `status` is 500 until the application starts an answer, so that one which fails counts as a
    failure. Times are seconds of `time.perf_counter`.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.is_traffic = routes.is_traffic(scope["path"])
        self.status = _INTERNAL_ERROR
        self.started = False
        self.error: Exception | None = None
        self._receive = receive
        self._send = send
        self._began = perf_counter()
        self._ended: float | None = None
        headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request = RequestContext(
            request_id=_identifier(headers.get(b"x-request-id")) or uuid4().hex,
            user_id=_identifier(headers.get(b"x-user-id")),
            method=clip(scope["method"], _LONGEST_METHOD),
            path=clip(scope["path"], LONGEST_PATH),
        )
        self._headers = headers
        self.span = self._start_span(headers)

    def _start_span(self, headers: dict[bytes, bytes]) -> Span:
        if not self.is_traffic:
            return trace.INVALID_SPAN
        parent = tracing.extract(headers)
        return tracing.tracer().start_span(self.method, parent, SpanKind.SERVER)

    @property
    def method(self) -> str:
        """The method as a label: one of the usual seven, or `<other>`."""
        return self.scope["method"] if self.scope["method"] in _METHODS else OTHER_METHOD

    @property
    def seconds(self) -> float:
        """How long the answer took: to its last byte, for an event stream to its first."""
        return (self._ended or perf_counter()) - self._began

    async def receive(self) -> Message:
        """Pass a message to the application, and notice a client that leaves before its answer."""
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self.started:
            self.client_left()
        return message

    async def send(self, message: Message) -> None:
        """Pass a message to the client, the first with the request's id among its headers."""
        if message["type"] == "http.response.start":
            headers = [
                *message.get("headers", ()),
                (b"x-request-id", self.request.request_id.encode()),
            ]
            message = {**message, "headers": headers}
            self._start(message["status"], headers)
        elif not message.get("more_body", False) and self._ended is None:
            self._ended = perf_counter()
        await self._send(message)

    def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        if self.status != CLIENT_LEFT:
            self.status = status
        self.started = True
        # A stream of events is answered when it opens; how long the client listens is no latency.
        if any(name == b"content-type" and b"event-stream" in value for name, value in headers):
            self._ended = perf_counter()

    def client_left(self) -> None:
        """Note that the client went away; only an answer that began keeps its status."""
        if not self.started:
            self.status = CLIENT_LEFT

    def failed(self, error: Exception) -> None:
        """Note an exception that nobody handled. After a complete answer its status stands."""
        self.error = error
        if self._ended is None:
            self.status = _INTERNAL_ERROR

    def end_span(self, template: str) -> None:
        """Name the span after its route, say what was asked and answered, and end it."""
        if self.span.is_recording():
            self.span.update_name(f"{self.method} {template}")
            self.span.set_attributes(self._attributes(template))
            if self.status >= _INTERNAL_ERROR:
                self.span.set_attribute(ERROR_TYPE, str(self.status))
                self.span.set_status(StatusCode.ERROR)
            if self.error is not None:
                tracing.fail(self.span, self.error)
        self.span.end()

    def _attributes(self, template: str) -> dict[str, AttributeValue]:
        """Return what the conventions want to know of a request.

        https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
        """
        found: dict[str, AttributeValue] = {
            HTTP_REQUEST_METHOD: self.method,
            HTTP_RESPONSE_STATUS_CODE: self.status,
            URL_PATH: clean_text(self.request.path, LONGEST_PATH),
            URL_SCHEME: self.scope.get("scheme", "http"),
            **_asked_host(_text(self._headers.get(b"host"))),
        }
        if template != routes.UNMATCHED:
            found[HTTP_ROUTE] = template
        if agent := _text(self._headers.get(b"user-agent")):
            found[USER_AGENT_ORIGINAL] = clean_text(agent, _LONGEST_HEADER)
        return found


def _asked_host(host: str | None) -> dict[str, AttributeValue]:
    """Return whom the client thinks it asks; nothing of a header that is no host."""
    try:
        parts = urlsplit(f"//{clip(host or '', _LONGEST_HEADER)}")
        named = {SERVER_ADDRESS: parts.hostname, SERVER_PORT: parts.port}
    except ValueError:
        return {}
    return {key: value for key, value in named.items() if value}


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _identifier(value: bytes | None) -> str | None:
    text = _text(value)
    return text if text is not None and _IDENTIFIER.fullmatch(text) else None
