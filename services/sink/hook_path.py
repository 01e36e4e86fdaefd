"""Keeps the secret in a Slack webhook's path out of logs, traces and error documents."""

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from telemetry.redaction import REDACTED

# Also of a path that is mistyped, and will not be found: it may hold the secret all the same.
_HOOK = re.compile(r"(?P<public>/+services/[^/]*/[^/]*/)(?P<token>.+)", re.DOTALL | re.IGNORECASE)

_KEY = "sink.webhook_token"


class HookPathMiddleware:
    """Takes the token off the path before anything else sees the request.

    Routing sees a constant in its place; the handler asks `hidden_token`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under a path that may be shown."""
        hook = _HOOK.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if hook is not None:
            # A token with a slash is none: no route may match its path.
            parts = 2 if "/" in hook["token"] else 1
            path = hook["public"] + "/".join([REDACTED] * parts)
            scope = {**scope, "path": path, "raw_path": path.encode(), _KEY: hook["token"]}
        await self.app(scope, receive, send)


def hidden_token(request: Request) -> str:
    """Return the token that a request's path held."""
    token: str = request.scope[_KEY]
    return token
