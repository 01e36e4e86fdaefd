"""Where moto brings topics' messages, and where subscribers confirm."""

import json
from typing import Annotated, Any
from xml.sax.saxutils import escape

from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from deploy.aws.standin.assembly import Standin

# Bytes: SNS' limit for a message, twice for what escaping adds, and its envelope.
_LARGEST = 600 * 1024

_FIELDS = ("Type", "MessageId", "TopicArn", "Message", "Timestamp")


def router(standin: Standin) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/sns/{topic}")
    async def deliver(topic: str, request: Request) -> dict[str, bool]:
        """Take a message from a topic; it is on the disk by the answer."""
        envelope = _envelope(await request.body(), topic)
        return {"new": await run_in_threadpool(standin.engine.take, envelope)}

    @routes.get("/subscriptions")
    def subscriptions(
        action: Annotated[str, Query(alias="Action")],
        topic: Annotated[str, Query(alias="TopicArn")] = "",
        token: Annotated[str, Query(alias="Token")] = "",
    ) -> Response:
        """Confirm a subscription, as its SubscribeURL asks."""
        if action != "ConfirmSubscription":
            raise HTTPException(501, "Subscriptions here are the template's; edit that.")
        arn = standin.subscriptions.confirm(topic, token)
        if arn is None:
            raise HTTPException(404, "No subscription of this topic waits for this token.")
        return Response(_CONFIRMED.format(escape(arn)), media_type="text/xml")

    return routes


_CONFIRMED = (
    '<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
    "<ConfirmSubscriptionResult><SubscriptionArn>{}</SubscriptionArn></ConfirmSubscriptionResult>"
    "</ConfirmSubscriptionResponse>"
)


def _envelope(body: bytes, topic: str) -> dict[str, Any]:
    if len(body) > _LARGEST:
        raise HTTPException(413, f"A delivery has {_LARGEST} bytes at most.")
    try:
        envelope = json.loads(body)
    except ValueError:
        raise HTTPException(400, "The body is no JSON.") from None
    if not isinstance(envelope, dict) or any(
        not isinstance(envelope.get(name), str) for name in _FIELDS
    ):
        raise HTTPException(400, f"A delivery has the texts {', '.join(_FIELDS)}.")
    if envelope["Type"] != "Notification" or envelope["TopicArn"].rpartition(":")[2] != topic:
        raise HTTPException(400, "This is no notification of this topic.")
    return envelope
