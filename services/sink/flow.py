"""What people do about an incident: acknowledge, declare, note, resolve; and its timeline.

In PagerDuty and Slack they would press buttons there; these routes are the page's buttons and
`make incident`. A body must say that it is JSON, which no other site's form can.
"""

import asyncio
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, JsonValue, StringConstraints

from sink import incidents, timeline
from sink.deliveries import Notification
from sink.journal import Entry
from sink.store import KEPT, Store
from telemetry.problems import Problem

# SQLite's integers end at 2⁶³.
Id = Annotated[int, Path(ge=1, lt=2**63)]
Newest = Annotated[int, Query(ge=1, le=KEPT, description="No more than the newest so many.")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]

# The specification's levels (7.1): P1 is an outage of the whole service, P3 the least.
Severity = Literal["P1", "P2", "P3"]

Incident = dict[str, Any]


class Person(BaseModel):
    """Who does it."""

    by: Name


class Declaration(Person):
    """How grave it is, and who leads."""

    severity: Severity
    commander: Name


class Note(Person):
    """What somebody wants to be remembered."""

    text: Words


class Happening(Note):
    """What a program did, that may matter to any incident of the time."""

    kind: Literal["note", "mitigation", "deploy", "chaos"]
    data: dict[str, JsonValue] = Field(default_factory=dict, max_length=32)


class Flow:
    """The incidents in the store, and what may be done to them; one thing after the other."""

    def __init__(self, store: Store, before: timedelta) -> None:
        self._store = store
        self._before = before
        self.lock = asyncio.Lock()

    async def all(self) -> list[Incident]:
        """Return every incident, newest first."""
        entries = await self._store.journal.find()
        events = await self._store.find(via="pagerduty")
        return [timeline.told(one, entries) for one in incidents.from_events(events)]

    async def one(self, number: int) -> Incident:
        """Return an incident with its timeline; Problem 404 where there is none."""
        entries = await self._store.journal.find()
        for incident in await self.all():
            if incident["id"] == number:
                return {**incident, "timeline": timeline.of(incident, entries, self._before)}
        raise Problem(404, f"There is no incident {number}.")

    async def opened(self, number: int) -> Incident:
        """Return an incident that is still open; Problem 409 where it is not."""
        incident = await self.one(number)
        if incident["status"] == "resolved":
            raise Problem(409, f"Incident {number} was resolved at {incident['resolved_at']}.")
        return incident

    async def tell(self, incident: Incident, action: str, by: str) -> None:
        """Keep an event of PagerDuty's that a person made."""
        event = {
            "dedup_key": incident["dedup_key"],
            "event_action": action,
            "client": "Sink",
            "by": by,
        }
        key = incident["dedup_key"]
        await self._store.add_all(Notification("pagerduty", action, event, dedup_key=key))

    async def note(self, entry: Entry) -> None:
        """Keep an entry of the journal."""
        await self._store.journal.add(entry)


def router(store: Store, factor: float) -> APIRouter:
    """Return the routes; `factor` divides how long before a page an incident's timeline begins."""
    routes = APIRouter(tags=["incidents"])
    flow = Flow(store, timeline.BEFORE / factor)

    @routes.get("/api/v1/incidents")
    async def list_incidents(newest: Newest = KEPT) -> dict[str, list[Incident]]:
        """Return PagerDuty's incidents, newest first."""
        return {"incidents": (await flow.all())[:newest]}

    @routes.get("/api/v1/incidents/{number}")
    async def show(number: Id) -> Incident:
        """Return one with its timeline."""
        return await flow.one(number)

    @routes.post("/api/v1/incidents/{number}/acknowledge")
    async def acknowledge(number: Id, person: Person) -> Incident:
        """Say that somebody looks; nobody else is called from now on."""
        async with flow.lock:
            incident = await flow.opened(number)
            if incident["acknowledged_at"]:
                raise Problem(
                    409, f"Incident {number} was acknowledged at {incident['acknowledged_at']}."
                )
            await flow.tell(incident, "acknowledge", person.by)
        return await flow.one(number)

    @routes.post("/api/v1/incidents/{number}/declare")
    async def declare(number: Id, given: Declaration) -> Incident:
        """Declare how grave it is and who leads; a later declaration replaces an earlier one."""
        async with flow.lock:
            incident = await flow.opened(number)
            name = timeline.channel(incident)
            text = f"Declared {given.severity}, commander {given.commander}, channel {name}"
            led = {"severity": given.severity, "commander": given.commander, "channel": name}
            await flow.note(Entry("declared", text, given.by, number, led))
        return await flow.one(number)

    @routes.post("/api/v1/incidents/{number}/notes", status_code=201)
    async def take_note(number: Id, note: Note) -> Incident:
        """Write something into the timeline, also when it is over."""
        await flow.one(number)
        await flow.note(Entry("note", note.text, note.by, number))
        return await flow.one(number)

    @routes.post("/api/v1/incidents/{number}/resolve")
    async def resolve(number: Id, person: Person) -> Incident:
        """End it by hand. While the alert fires, its next notification opens another."""
        async with flow.lock:
            await flow.tell(await flow.opened(number), "resolve", person.by)
        return await flow.one(number)

    @routes.post("/api/v1/timeline", status_code=201)
    async def happened(given: Happening) -> dict[str, str]:
        """Keep what belongs to every incident that is open, or begins soon after."""
        entry = Entry(given.kind, given.text, given.by, data=given.data)
        await flow.note(entry)
        return {"at": entry.at}

    return routes
