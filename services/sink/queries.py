"""What arrived, as JSON and as a stream of events; and whether more can be kept."""

import sqlite3
from collections.abc import AsyncIterable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from sink.deliveries import Delivery
from sink.store import KEPT, Store
from telemetry import logs
from telemetry.problems import Problem

# SQLite's integers end at 2⁶³.
Number = Annotated[int, Query(ge=0, lt=2**63)]
Newest = Annotated[int, Query(ge=1, le=KEPT, description="No more than the newest so many.")]

_log = logs.get_logger("sink.store")


def router(store: Store) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["what arrived"])

    @routes.get("/api/v1/deliveries")
    async def deliveries(after: Number = 0, newest: Newest = KEPT) -> dict[str, list[Delivery]]:
        """Return what was accepted after a number, oldest first."""
        return {"deliveries": await store.find(after=after, newest=newest)}

    @routes.get("/api/v1/messages")
    async def messages(
        channel: Annotated[str | None, Query(max_length=128)] = None,
        after: Number = 0,
        newest: Newest = KEPT,
    ) -> dict[str, list[Delivery]]:
        """Return Slack's messages after a number, of one channel or all, oldest first."""
        found = await store.find(after=after, via="slack", channel=channel, newest=newest)
        return {"messages": found}

    @routes.get("/api/v1/stream", response_class=EventSourceResponse)
    async def stream(
        after: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
        last_event_id: Annotated[int | None, Header(ge=0, lt=2**63)] = None,
    ) -> AsyncIterable[ServerSentEvent]:
        """Send each delivery as it arrives, its number as the event's id.

        Last-Event-ID, which a browser sends when it comes back, or `after` says where to go on;
        without both, from now on. FastAPI adds a comment every 15 s to a quiet stream.
        """
        begin = after if last_event_id is None else last_event_id
        begin = await store.last() if begin is None else begin
        async for one in store.follow(begin):
            yield ServerSentEvent(id=str(one.seq), data=one)

    @routes.get("/readyz", include_in_schema=False)
    async def readyz() -> dict[str, Any]:
        """Ready while deliveries can be kept."""
        try:
            await store.check()
        except sqlite3.Error as error:
            _log.warning("The database takes no write", error=error)
            raise Problem(503, f"The database takes no write: {error}.") from error
        return {"status": "ready", "checks": {"database": "up"}}

    return routes
