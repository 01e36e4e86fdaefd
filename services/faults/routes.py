"""The fault interface: PUT, GET and DELETE under `/faults`, for holders of the token."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from faults.model import Fault, Name
from faults.registry import MOST_FAULTS, Faults, Lease, TooManyFaults
from telemetry.problems import Problem


def router(faults: Faults, token: str) -> APIRouter:
    """Return the routes, which stay out of the OpenAPI document."""
    guard = Depends(_guard(token))
    routes = APIRouter(prefix="/faults", include_in_schema=False, dependencies=[guard])

    def shown(lease: Lease) -> dict[str, object]:
        return {
            "name": lease.name,
            **lease.fault.shown(),
            "expires_at": faults.expires_at(lease),
        }

    @routes.put("/{name}")
    async def put(name: Name, request: Request) -> dict[str, object]:
        # Read here and not by FastAPI, which would judge the body before the token.
        fault = _parse(await request.body())
        try:
            return shown(faults.put(name, fault))
        except TooManyFaults:
            raise Problem(409, f"{MOST_FAULTS} faults are live: delete one first.") from None

    @routes.get("")
    async def live() -> dict[str, object]:
        return {"faults": [shown(lease) for lease in faults.live()]}

    @routes.delete("/{name}", status_code=204)
    async def delete(name: Name) -> None:
        faults.delete(name)

    @routes.delete("", status_code=204)
    async def clear() -> None:
        faults.clear()

    return routes


def _guard(token: str) -> Callable[[str], Awaitable[None]]:
    """Return a dependency that lets only the token's holder through."""
    expected = f"Bearer {token}".encode()

    async def check(authorization: Annotated[str, Header()] = "") -> None:
        # Constant time: how long the comparison takes tells nothing of the token.
        if not hmac.compare_digest(authorization.encode(), expected):
            challenge = {"WWW-Authenticate": "Bearer"}
            raise Problem(401, "This needs the fault token.", headers=challenge)

    return check


def _parse(body: bytes) -> Fault:
    try:
        return Fault.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        located = [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        raise RequestValidationError(located) from error
