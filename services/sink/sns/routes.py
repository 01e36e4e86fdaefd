"""Where Amazon SNS delivers: to the sink itself, and to PagerDuty's CloudWatch integration."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from sink import outcomes, pagerduty
from sink.deliveries import Notification
from sink.hook_path import hidden_token
from sink.sns import alarms, cloudwatch
from sink.sns.envelope import NOTIFICATION, SUBSCRIPTION, UNSUBSCRIPTION, Envelope
from sink.sns.subscriber import Subscriber
from sink.store import Store
from telemetry import logs
from telemetry.problems import Problem

_ACTIONS = {NOTIFICATION: "message", SUBSCRIPTION: "subscribe", UNSUBSCRIPTION: "unsubscribe"}


def router(store: Store, subscriber: Subscriber, integration_key: str) -> APIRouter:
    """Return the routes; `integration_key` is the one that is let in."""
    routes = APIRouter(tags=["stand-ins"])

    @routes.post("/sns")
    async def deliver(request: Request) -> dict[str, str]:
        """Take a delivery as any subscriber does; one that is there already is kept once."""
        try:
            await outcomes.struck("sns", Problem(503, "The subscriber fails."))
            found, signature = await subscriber.receive(await request.body(), request.headers)
            once = f"sns {found.message_id}"
            # Whoever repeats an old one must not subscribe the sink again.
            if found.type == SUBSCRIPTION and not await store.knows(once):
                await subscriber.confirm(found, signature)
            seq = await store.add_all(_kept(found, signature, once))
        except Problem as problem:
            outcomes.refused("sns", problem.detail)
            raise
        outcomes.accepted("sns", **_line(seq), type=found.type, channel=found.topic.name)
        return {"status": "ok"}

    @routes.post("/integration/{key}/enqueue", status_code=202)
    async def integration(
        request: Request, key: Annotated[str, Depends(hidden_token)]
    ) -> JSONResponse:
        """Take an alarm's notification as PagerDuty's Amazon CloudWatch integration does."""
        try:
            await outcomes.struck("pagerduty", pagerduty.unavailable())
            pagerduty.check_key(key, integration_key)
            found, signature = await subscriber.receive(await request.body(), request.headers)
            answer = await _processed(store, subscriber, found, signature)
        except pagerduty.RefusedError as refusal:
            outcomes.refused("pagerduty", refusal.document["errors"])
            return JSONResponse(refusal.document, refusal.status)
        except Problem as problem:
            outcomes.refused("pagerduty", problem.detail)
            raise
        return JSONResponse({"status": "success", **answer}, 202)

    return routes


def _kept(found: Envelope, signature: str, once: str) -> Notification:
    payload = {**found.kept(), "signature": signature, "alarm": None}
    if found.type == NOTIFICATION:
        payload["alarm"] = alarms.read(found.message)
    return Notification(
        via="sns",
        action=_ACTIONS[found.type],
        payload=payload,
        channel=found.topic.name,
        dedup_key=found.message_id,
        once=once,
    )


async def _processed(
    store: Store, subscriber: Subscriber, found: Envelope, signature: str
) -> dict[str, str]:
    """Do what the integration does with a delivery, and return what it answers.

    Raises Problem, as `Subscriber.confirm` does, and pagerduty.RefusedError for what is no alarm.
    """
    if found.type != NOTIFICATION:
        if found.type == SUBSCRIPTION:
            await subscriber.confirm(found, signature)
        logs.add_extra(type=found.type, channel=found.topic.name)
        return {"message": f"{found.type} processed"}
    alarm = alarms.read(found.message)
    if alarm is None:
        raise pagerduty.no_alarm()
    state, key = alarm["new_state"], cloudwatch.dedup_key(alarm)
    action = cloudwatch.ACTIONS.get(state)
    if action is None:
        logs.add_extra(ignored=state)
        return {"message": f"{state} changes nothing", "dedup_key": key}
    event = cloudwatch.event(alarm, found.fields.get("Subject"))
    once = f"cloudwatch {found.message_id}"
    page = Notification("pagerduty", action, event, dedup_key=key, once=once)
    outcomes.accepted("pagerduty", **_line(await store.add_all(page)), event_action=action)
    return {"message": "Event processed", "dedup_key": key}


def _line(seq: int) -> dict[str, object]:
    return {"seq": seq} if seq else {"duplicate": True}
