"""A limit on the size of a request's body, as ASGI middleware.

Starlette's RequestBodyLimitMiddleware would do, but for its answer in plain text.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telemetry import problems

# Bytes. The largest valid body here, 1,024 numbers, is below 32 KiB.
LARGEST_BODY = 64 * 1024

_MOST_DIGITS = 18


class BodyLimitMiddleware:
    """Answers a larger body with 413: at once if its length is declared, else while it arrives."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self.app = app
        self.largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `receive` that counts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._declares_more(scope):
            await problems.response(scope, self._too_large())(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.largest:
                # FastAPI passes an HTTPException raised here on to the exception handlers.
                raise self._too_large()
            return message

        await self.app(scope, receive_counted, send)

    def _declares_more(self, scope: Scope) -> bool:
        length = Headers(scope=scope).get("content-length", "")
        # Python refuses to convert thousands of digits.
        return length.isdecimal() and (len(length) > _MOST_DIGITS or int(length) > self.largest)

    def _too_large(self) -> problems.Problem:
        return problems.Problem(413, f"The body is larger than {self.largest} bytes.")
