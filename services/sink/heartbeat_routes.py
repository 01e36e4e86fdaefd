"""Where Alertmanager's heartbeat arrives, and how the watch stands.

The body is Alertmanager's webhook, version 4:
https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

import faults
from sink.deliveries import utc
from sink.heartbeat import Heartbeat
from telemetry.problems import Problem

WATCHDOG = "Watchdog"


class _Labels(BaseModel):
    alertname: str = ""


class _Alert(BaseModel):
    status: Literal["firing", "resolved"]
    labels: _Labels


class Webhook(BaseModel):
    """What counts of a webhook's body."""

    version: Literal["4"]
    alerts: list[_Alert] = Field(min_length=1)

    @property
    def is_heartbeat(self) -> bool:
        """Tell whether the Watchdog fires."""
        return any(
            one.status == "firing" and one.labels.alertname == WATCHDOG for one in self.alerts
        )


class Watch(BaseModel):
    """How the watch stands: `last_at` is UTC, null before the first heartbeat since the start."""

    last_at: str | None
    timeout_seconds: float
    missing: bool


def router(heartbeat: Heartbeat) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["heartbeat"])

    @routes.post("/heartbeat")
    async def beat(webhook: Webhook) -> dict[str, str]:
        """Take the firing Watchdog from Alertmanager; nothing else is a heartbeat."""
        await faults.strike("heartbeat")
        if not webhook.is_heartbeat:
            raise Problem(422, f"This is no heartbeat: no alert {WATCHDOG} is firing in it.")
        await heartbeat.beat()
        return {"status": "ok"}

    @routes.get("/api/v1/heartbeat")
    async def watch() -> Watch:
        """Say when the last heartbeat arrived, and whether it is missing."""
        last = heartbeat.last_at
        return Watch(
            last_at=utc(last) if last else None,
            timeout_seconds=heartbeat.timeout.seconds,
            missing=heartbeat.missing,
        )

    return routes
