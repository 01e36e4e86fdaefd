"""What arrived, as JSON and as a stream of events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse

from sink import pagerduty
from sink.store import Delivery, Store

# Seconds between comments on a quiet stream: proxies and browsers drop silent connections.
HEARTBEAT = 15.0
After = Annotated[int, Query(ge=0, le=2**62)]


def router(store: Store, closing: asyncio.Event) -> APIRouter:
    """Return the routes; `closing` ends the streams."""
    routes = APIRouter(tags=["what arrived"])

    @routes.get("/api/v1/deliveries")
    async def deliveries(after: After = 0) -> dict[str, list[dict[str, Any]]]:
        """Return what was accepted after a number, oldest first."""
        found = await asyncio.to_thread(store.after, after)
        return {"deliveries": [one._asdict() for one in found]}

    @routes.get("/api/v1/messages")
    async def messages(
        channel: Annotated[str | None, Query(max_length=81)] = None, after: After = 0
    ) -> dict[str, list[dict[str, Any]]]:
        """Return Slack's messages, of one channel or all, oldest first."""
        found = await asyncio.to_thread(store.after, after, "slack")
        chosen = [one for one in found if channel in {None, one.channel}]
        return {"messages": [one._asdict() for one in chosen]}

    @routes.get("/api/v1/incidents")
    async def incidents() -> dict[str, list[dict[str, Any]]]:
        """Return PagerDuty's incidents, newest first."""
        found = await asyncio.to_thread(store.after, 0, "pagerduty")
        return {"incidents": pagerduty.incidents(found)}

    @routes.get("/api/v1/stream", include_in_schema=False)
    async def stream(
        request: Request,
        after: After = 0,
        last_event_id: Annotated[int, Header(ge=0, le=2**62)] = 0,
    ) -> StreamingResponse:
        """Send each delivery as it arrives; a browser that comes back names the last it had."""
        events = _events(request, store, closing, max(after, last_event_id))
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    @routes.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        """Ready while the database takes writes."""
        if await asyncio.to_thread(store.writable):
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "the database takes no write"}, 503)

    return routes


async def _events(
    request: Request, store: Store, closing: asyncio.Event, last: int
) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    while not closing.is_set() and not await request.is_disconnected():
        found = await asyncio.to_thread(store.after, last)
        for one in found:
            last = one.seq
            yield _event(one)
        if not found:
            waiting = asyncio.ensure_future(store.wait(HEARTBEAT))
            ending = asyncio.ensure_future(closing.wait())
            await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
            for task in (waiting, ending):
                task.cancel()
            yield ": still here\n\n"


def _event(one: Delivery) -> str:
    return f"id: {one.seq}\ndata: {json.dumps(one._asdict())}\n\n"
