"""What the stack says: alerts from Prometheus, deliveries from the sink."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loadtest.endpoints import Endpoints
from loadtest.faults import PAGERDUTY

# The notifications' own form: alertmanager/templates/.
_TITLE = re.compile(r"^\[(FIRING|RESOLVED)\] (\w+)")
_ACTIONS = {"trigger": "FIRING", "resolve": "RESOLVED"}
UNKNOWN = "?"
# Always firing, which is the point of it; and tickets for a spent budget, which last for days.
ALWAYS = "Watchdog"
LASTING = frozenset({"ErrorBudgetBurnTicket"})
# What a topic's subscribers get is a copy: no person is told by it.
COPIES = frozenset({"sns"})
# The other half (deploy/aws) tells of the same faults by itself, where it runs: it has promises and
# tests of its own. So it signs, to PagerDuty and to Slack.
OTHER_HALF = "CloudWatch"
# Over how many scrapes traffic is counted: enough that chance is small, few enough to be now.
RATE_SCRAPES = 4


@dataclass(frozen=True)
class Delivery:
    """One notification that the sink accepted.

    `place` is `pagerduty` or a Slack channel, `state` FIRING or RESOLVED, `at` the sink's own time
    of arrival.
    """

    seq: int
    place: str
    state: str
    alert: str
    at: datetime

    @property
    def is_old_news(self) -> bool:
        """Whether it ends what may have begun days ago."""
        return self.alert in LASTING and self.state == "RESOLVED"

    def __str__(self) -> str:
        """Say it as a person would."""
        return f"{self.state} {self.alert} in {self.place}"


@dataclass(frozen=True)
class Alert:
    """An alert as Prometheus sees it now; `value` is that of its expression."""

    name: str
    state: str
    since: datetime
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def last_seq(endpoints: Endpoints) -> int:
    """Return the number of the sink's newest delivery, 0 before the first."""
    deliveries = endpoints.get("sink", "/api/v1/deliveries", newest=1)["deliveries"]
    return max((one["seq"] for one in deliveries), default=0)


def deliveries(endpoints: Endpoints, after: int) -> list[Delivery]:
    """Return what the sink accepted for people after a number, in the order of arrival.

    It is what came by Alertmanager, and the sink's own; what a person did there is none of it.
    """
    found = endpoints.get("sink", "/api/v1/deliveries", after=after)["deliveries"]
    return [_delivery(one) for one in found if one["via"] not in COPIES and not _is_others(one)]


def _is_others(one: dict[str, Any]) -> bool:
    payload = one["payload"]
    return "by" in payload or OTHER_HALF in {payload.get("client"), payload.get("username")}


def _delivery(one: dict[str, Any]) -> Delivery:
    if one["via"] == PAGERDUTY:
        details = one["payload"].get("payload", {}).get("custom_details", {})
        state = _ACTIONS.get(one["action"], one["action"])
        # Without details, the summary names the alert, as the template has it.
        summary = one["payload"].get("payload", {}).get("summary", UNKNOWN)
        alert = details.get("alertname") or summary.partition(":")[0]
        place = PAGERDUTY
    else:
        attachments = one["payload"].get("attachments") or [{}]
        title = _TITLE.match(attachments[0].get("title", ""))
        state, alert = title.groups() if title else (UNKNOWN, UNKNOWN)
        place = one["channel"]
    return Delivery(one["seq"], place, state, alert, datetime.fromisoformat(one["received_at"]))


def alerts(endpoints: Endpoints) -> list[Alert]:
    """Return the alerts that are pending or firing, but for the one that always is."""
    found = endpoints.get("prometheus", "/api/v1/alerts")["data"]["alerts"]
    return [
        Alert(
            one["labels"]["alertname"],
            one["state"],
            # Prometheus writes nanoseconds; microseconds are enough.
            datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", one["activeAt"])),
            float(one["value"]),
            one["labels"],
        )
        for one in found
        if one["labels"]["alertname"] != ALWAYS
    ]


def held_by_alertmanager(endpoints: Endpoints) -> list[str]:
    """Return the names of the alerts that Alertmanager still holds as active."""
    found = endpoints.get("alertmanager", "/api/v2/alerts", active="true")
    names = [one["labels"]["alertname"] for one in found]
    return [name for name in names if name != ALWAYS]


def unresolved(endpoints: Endpoints) -> list[str]:
    """Return what the sink was last told is firing, as `alert in place`: a notice is still due."""
    last = {(one.alert, one.place): one.state for one in deliveries(endpoints, 0)}
    return [
        f"{alert} in {place}"
        for (alert, place), state in last.items()
        if state == "FIRING" and alert not in LASTING
    ]


def value(endpoints: Endpoints, query: str) -> float | None:
    """Return an instant query's largest value, None where it has no result."""
    result = endpoints.get("prometheus", "/api/v1/query", query=query)["data"]["result"]
    values = [float(series["value"][1]) for series in result]
    return max(values, default=None)


def requests_per_second(endpoints: Endpoints, scrape: float) -> float:
    """Return the API's traffic over the last scrapes."""
    window = f"{RATE_SCRAPES * scrape * 1000:.0f}ms"
    return value(endpoints, f'sum(rate(http_requests_total{{job="api"}}[{window}]))') or 0.0


def surplus(found: Iterable[Delivery], expected: Iterable[tuple[str, str, str]]) -> list[Delivery]:
    """Return what arrived beyond the expected (place, state, alert), each of which counts once."""
    allowed = Counter(expected)
    extra = []
    for one in found:
        key = (one.place, one.state, one.alert)
        if allowed[key]:
            allowed[key] -= 1
        else:
            extra.append(one)
    return extra
