"""Keeps the secrets that paths hold out of logs, traces and error documents.

They are the token of a Slack webhook, and the key of PagerDuty's CloudWatch integration.
"""

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from telemetry.redaction import REDACTED

# Also of a path that is mistyped, and will not be found: it may hold the secret all the same.
_PATHS = (
    re.compile(
        r"(?P<public>/+services/[^/]*/[^/]*/)(?P<secret>.+)(?P<rest>)", re.DOTALL | re.IGNORECASE
    ),
    re.compile(
        r"(?P<public>/+integration/)(?P<secret>.+?)(?P<rest>/enqueue)?", re.DOTALL | re.IGNORECASE
    ),
)

_KEY = "sink.path_secret"


class HookPathMiddleware:
    """Takes the secret off the path before anything else sees the request.

    Routing sees a constant in its place; the handler asks `hidden_token`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under a path that may be shown."""
        paths = _PATHS if scope["type"] == "http" else ()
        hook = next(filter(None, (one.fullmatch(scope["path"]) for one in paths)), None)
        if hook is not None:
            # A secret with a slash is none: no route may match its path.
            parts = 2 if "/" in hook["secret"] else 1
            path = hook["public"] + "/".join([REDACTED] * parts) + (hook["rest"] or "")
            scope = {**scope, "path": path, "raw_path": path.encode(), _KEY: hook["secret"]}
        await self.app(scope, receive, send)


def hidden_token(request: Request) -> str:
    """Return the secret that a request's path held."""
    token: str = request.scope[_KEY]
    return token
