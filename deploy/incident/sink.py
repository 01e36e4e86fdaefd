"""The sink's API on incidents, with the standard library alone."""

import json
import os
import urllib.error
import urllib.request
from typing import Any

from deploy.stack import settings
from deploy.stack.console import StackError

LAST = "last"
_SECONDS = 10


def address() -> str:
    """Return where the sink answers: SINK_URL, or the stack's port on this machine."""
    return os.environ.get("SINK_URL") or f"http://127.0.0.1:{settings.read()['SINK_PORT']}"


def ask(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the sink answers to a GET, or to a POST of `body`.

    Raises StackError with the sink's own words where it refuses, and where it doesn't answer.
    """
    url = f"{address()}{path}"
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - a person's own setting
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise StackError(f"the sink refuses: {_detail(error)}") from error
    except (OSError, ValueError) as error:
        raise StackError(
            f"the sink does not answer at {url} ({error}): start the stack with `make up`"
        ) from error


def incident(wanted: str) -> dict[str, Any]:
    """Return an incident with its timeline; `wanted` is its number, or ``last``: the newest one.

    Raises StackError where there is none.
    """
    if wanted == LAST:
        newest = ask("/api/v1/incidents?newest=1")["incidents"]
        if not newest:
            raise StackError("there is no incident yet: `make chaos-errors` makes one")
        wanted = str(newest[0]["id"])
    if not (wanted.isascii() and wanted.isdecimal()):
        raise StackError(f"{wanted!r} is no incident's number: `make incident` lists them")
    return ask(f"/api/v1/incidents/{wanted}")


def _detail(error: urllib.error.HTTPError) -> str:
    """Return the words of a problem document, or the status where there are none."""
    try:
        problem = json.load(error)
    except (OSError, ValueError):
        return f"status {error.code}"
    wrong = [f"{one['location']}: {one['message']}" for one in problem.get("errors", [])]
    return "; ".join([str(problem.get("detail", problem.get("title"))), *wrong])
