"""A limit on the size of a request's body, as ASGI middleware.

Starlette's RequestBodyLimitMiddleware would do, but for its answer in plain text.
"""

import math

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telemetry.problems import Problem

# Bytes, by default. The largest prediction request, 1,024 numbers, is below 32 KiB.
LARGEST_BODY = 64 * 1024

# Of a declared length; Python refuses to convert thousands of digits.
_MOST_DIGITS = 18


class BodyLimitMiddleware:
    """Answers 413 to a request whose larger body the application reads.

    Where the length is declared nothing is read, else no more than the limit and one chunk. A
    route that reads no body is not disturbed by one.
    """

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self.app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `receive` that counts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, _Body(scope, receive, self._largest).receive, send)


class _Body:
    """Counts a request's bytes on their way to the application."""

    def __init__(self, scope: Scope, receive: Receive, largest: int) -> None:
        self._largest = largest
        self._size = _declared_length(scope)
        self._received = 0
        self._expected = scope["method"] not in {"GET", "HEAD"}
        self._receive = receive

    async def receive(self) -> Message:
        if self._size <= self._largest:
            message = await self._receive()
            self._received += len(message.get("body", b""))
            self._size = max(self._size, self._received)
        if self._size <= self._largest:
            return message
        if not self._expected:
            # Only a stream reads here, to notice that its client leaves; it has begun to answer.
            return {"type": "http.disconnect"}
        # FastAPI passes an HTTPException of `receive` on to the exception handlers.
        raise Problem(413, f"The body is larger than {self._largest} bytes.")


def _declared_length(scope: Scope) -> float:
    """Return the Content-Length in bytes, 0 where none is declared."""
    digits = Headers(scope=scope).get("content-length", "")
    if not digits.isdecimal():
        return 0
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf
