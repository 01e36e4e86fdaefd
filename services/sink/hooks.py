"""The two APIs that notifications are sent to."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import Counter

from sink import pagerduty, slack
from sink.store import Store
from telemetry import logs

DELIVERIES = Counter(
    "sink_deliveries_total",
    "Notifications that arrived, by the API they came through and whether it accepted them.",
    ["via", "outcome"],
)
for _via in ("slack", "pagerduty"):
    for _outcome in ("accepted", "refused"):
        DELIVERIES.labels(_via, _outcome)


def router(store: Store, hook: slack.Webhook, routing_key: str) -> APIRouter:
    """Return the routes; `hook` and `routing_key` are the ones that are let in."""
    routes = APIRouter(tags=["stand-ins"])

    @routes.post("/services/{team}/{hook_id}/{token}", response_class=PlainTextResponse)
    async def slack_webhook(
        request: Request, team: str, hook_id: str, token: str
    ) -> PlainTextResponse:
        """Take a message as a Slack incoming webhook does."""
        body = await request.body()
        try:
            slack.check(slack.Webhook(team, hook_id, token), hook)
            message = slack.parse(body, request.headers.get("content-type", ""))
        except slack.RefusedError as refused:
            DELIVERIES.labels("slack", "refused").inc()
            logs.add_extra(refused=refused.word)
            return PlainTextResponse(refused.word, refused.status)
        channel = slack.channel(message)
        seq = await store.add("slack", "message", message, channel=channel)
        DELIVERIES.labels("slack", "accepted").inc()
        logs.add_extra(seq=seq, channel=channel)
        return PlainTextResponse("ok")

    @routes.post("/v2/enqueue", status_code=202)
    async def pagerduty_enqueue(request: Request) -> JSONResponse:
        """Take an event as PagerDuty's Events API v2 does."""
        body = await request.body()
        try:
            event = pagerduty.parse(body, routing_key)
        except pagerduty.InvalidEventError as invalid:
            DELIVERIES.labels("pagerduty", "refused").inc()
            logs.add_extra(refused=invalid.errors)
            answer = {"status": "invalid event", "message": "Event object is invalid"}
            return JSONResponse({**answer, "errors": invalid.errors}, 400)
        key, action = event["dedup_key"], event["event_action"]
        # The key is the account's secret: it is checked, and not kept.
        kept = {name: value for name, value in event.items() if name != "routing_key"}
        seq = await store.add("pagerduty", action, kept, dedup_key=key)
        DELIVERIES.labels("pagerduty", "accepted").inc()
        logs.add_extra(seq=seq, event_action=action)
        success = {"status": "success", "message": "Event processed", "dedup_key": key}
        return JSONResponse(success, 202)

    return routes
