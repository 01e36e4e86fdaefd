"""The two APIs that notifications are sent to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from sink import outcomes, pagerduty, slack
from sink.hook_path import hidden_token
from sink.store import Store
from telemetry.problems import Problem


def router(store: Store, webhook: slack.Webhook, routing_key: str) -> APIRouter:
    """Return the routes; `webhook` and `routing_key` are the ones that are let in."""
    routes = APIRouter(tags=["stand-ins"])

    @routes.post("/services/{team}/{hook}/{token}", response_class=PlainTextResponse)
    async def incoming_webhook(
        request: Request, team: str, hook: str, token: Annotated[str, Depends(hidden_token)]
    ) -> PlainTextResponse:
        """Take a message as a Slack incoming webhook does: `ok`, or one word that says why not."""
        try:
            await outcomes.struck("slack", slack.unavailable())
            slack.check(slack.Webhook(team, hook, token), webhook)
            message = slack.parse(await request.body(), request.headers.get("content-type", ""))
        except slack.RefusedError as refusal:
            outcomes.refused("slack", refusal.word)
            return PlainTextResponse(refusal.word, refusal.status)
        except Problem as problem:
            outcomes.refused("slack", problem.detail)
            raise
        channel = slack.channel(message)
        seq = await store.add("slack", "message", message, channel=channel)
        outcomes.accepted("slack", seq=seq, channel=channel)
        return PlainTextResponse("ok")

    @routes.post("/v2/enqueue", status_code=202)
    async def enqueue(request: Request) -> JSONResponse:
        """Take an event as PagerDuty's Events API v2 does."""
        try:
            await outcomes.struck("pagerduty", pagerduty.unavailable())
            event = pagerduty.parse(await _body(request), routing_key)
        except pagerduty.RefusedError as refusal:
            outcomes.refused("pagerduty", refusal.document["errors"])
            return JSONResponse(refusal.document, refusal.status)
        key = event.dedup_key
        seq = await store.add("pagerduty", event.action, event.body, dedup_key=key)
        outcomes.accepted("pagerduty", seq=seq, event_action=event.action)
        success = {"status": "success", "message": "Event processed", "dedup_key": key}
        return JSONResponse(success, 202)

    return routes


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except Problem as problem:
        raise pagerduty.too_large() from problem
