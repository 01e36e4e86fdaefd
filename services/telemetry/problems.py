"""Errors as problem details (RFC 9457, https://www.rfc-editor.org/rfc/rfc9457).

Every answer above 399 has `type`, `title`, `status`, `detail`, `instance` (the request's path) and
`request_id`, the key to its log line. Nothing of what the client sent is repeated in it.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from telemetry import context
from telemetry.redaction import clip

# Characters; and the number of faults that one answer lists.
_LONGEST_INSTANCE = 256
_LONGEST_WORD = 64
_MOST_FAULTS = 20

_INTERNAL_ERROR = "The server could not process the request. Its log names the request_id."


class ProblemDocument(BaseModel):
    """An error as clients read it, for OpenAPI. `request_id` finds it in the log.

    A 422 may list `errors`, each with `location`, `message` and `type`.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[dict[str, str]] = []


class Problem(HTTPException):
    """An error to raise from a handler or dependency; it reaches the client as a problem document.

    `type_` is a URI for a kind of problem of our own; without one the status code says it all.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        title: str | None = None,
        type_: str = "about:blank",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.title = title
        self.type = type_


def response(scope: Scope, problem: HTTPException, **members: object) -> Response:
    """Return the problem document for a request, with further members."""
    status = problem.status_code
    request = context.current()
    document = {
        "type": getattr(problem, "type", "about:blank"),
        "title": getattr(problem, "title", None) or _phrase(status),
        "status": status,
        "detail": str(problem.detail),
        "instance": quote(scope["path"][:_LONGEST_INSTANCE], errors="replace"),
        "request_id": request.request_id if request else None,
        **members,
    }
    # ASCII, because a lone surrogate in a client's JSON key has no UTF-8.
    body = b"" if status in {204, 304} else json.dumps(document).encode("ascii")
    return Response(body, status, problem.headers, "application/problem+json")


def internal_error(scope: Scope) -> Response:
    """Return the 500 for an exception that nobody handled. It says nothing of the exception."""
    return response(scope, Problem(500, _INTERNAL_ERROR))


def install(app: FastAPI) -> None:
    """Answer the application's errors with problem documents, also those of routing (404, 405)."""
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return response(request.scope, error)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [
        # pydantic also offers `input` and `ctx`, which hold what the client sent.
        {"location": _location(fault["loc"]), "message": fault["msg"], "type": fault["type"]}
        for fault in error.errors()[:_MOST_FAULTS]
    ]
    problem = Problem(422, "The request is not valid. `errors` says where and why.")
    return response(request.scope, problem, errors=faults)


def _location(parts: tuple[int | str, ...]) -> str:
    return ".".join(clip(str(part), _LONGEST_WORD) for part in parts)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
