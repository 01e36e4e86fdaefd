"""What became of the notifications that arrived: counted, and on their requests' lines."""

from typing import Any

from prometheus_client import Counter

import faults
from telemetry import logs

DELIVERIES = Counter(
    "sink_deliveries_total",
    "Notifications that arrived, by API (slack, pagerduty, sns) and outcome (accepted, refused).",
    ["via", "outcome"],
)
for _via in ("slack", "pagerduty", "sns"):
    for _outcome in ("accepted", "refused"):
        DELIVERIES.labels(_via, _outcome)


async def struck(point: str, refusal: Exception) -> None:
    """Let a fault strike; its error is the API's own failure, `refusal`."""
    try:
        await faults.strike(point)
    except faults.InjectedFault as fault:
        raise refusal from fault


def accepted(via: str, **extra: Any) -> None:  # noqa: ANN401 - a log line's own fields
    """Count a notification that was taken, and add fields to its request's line."""
    DELIVERIES.labels(via, "accepted").inc()
    logs.add_extra(**extra)


def refused(via: str, why: object) -> None:
    """Count a notification that was refused, and say why on its request's line."""
    DELIVERIES.labels(via, "refused").inc()
    logs.add_extra(refused=why)
