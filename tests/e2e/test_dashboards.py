"""No panel is ever empty: every query of every dashboard, asked of Prometheus under load.

`or vector(0)` would make any query an answer. So one that shows nothing but zeros under load counts
as empty too, unless it is named below, and its fault fills it.
"""

import math
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from loadtest.catalogue import BY_NAME
from loadtest.endpoints import Endpoints
from loadtest.traffic import flowing
from tests.contracts import dashboards
from tests.e2e.conftest import FACTOR
from tests.polling import wait_for

# Seconds that a query may look back on, and Grafana's step for it.
SPAN, STEP = 120, 15
# Until windows of a minute have something in them, on a busy machine.
FIRST_SECONDS = 90
# A `for` of five minutes is 15 s here, the window before it as long, and Slack's retries follow.
FAULT_SECONDS = 120
SCRAPE_SECONDS = 15 / FACTOR


class Quiet(NamedTuple):
    """Why a panel shows zeros or nothing in good health, and the fault that fills it."""

    why: str
    fault: str


# By dashboard, title and query. Every other one must show something else than zeros under load.
QUIET = {
    ("executive-summary", "Right now", "A"): Quiet("nobody is called", "api-errors"),
    ("executive-summary", "Incidents this month", "A"): Quiet("nobody was called", "api-errors"),
    ("service-overview", "Error Rate", "A"): Quiet("no request fails", "api-errors"),
    ("service-overview", "Active Incidents", ""): Quiet("no alert is active", "api-errors"),
    ("api-server", "Errors", "A"): Quiet("no request fails", "api-errors"),
    ("api-server", "Errors by route", "A"): Quiet("no request fails", "api-errors"),
    ("api-server", "Error budget burn rate", "A"): Quiet("no request fails", "api-errors"),
    ("api-server", "Error budget burn rate", "B"): Quiet("none is slow", "slack-refuses"),
    ("ml-inference", "Failures by model", "A"): Quiet("no inference fails", "ml-errors"),
    ("infrastructure", "Failed notifications", "A"): Quiet("Slack answers", "slack-refuses"),
    ("infrastructure", "Restarts in the last hour", "A"): Quiet("nothing crashed", "api-restarts"),
    ("infrastructure", "Log lines to CloudWatch", "A"): Quiet("none is sent", "cloudwatch-gone"),
    ("infrastructure", "Log lines lost", "A"): Quiet("none is sent", "cloudwatch-gone"),
}
# Without a profile's part of the stack its fault can't be put in.
FAULTS = sorted({one.fault for one in QUIET.values() if not BY_NAME[one.fault].profile})


class Asked(NamedTuple):
    """One query of a panel."""

    uid: str
    panel: dashboards.Panel
    target: dict

    @property
    def place(self) -> tuple[str, str, str]:
        return self.uid, self.panel["title"], self.target["refId"]


QUERIES = [
    Asked(uid, panel, target)
    for uid, panel in dashboards.all_panels()
    for target in panel.get("targets", [])
]
each_query = pytest.mark.parametrize(
    "query", QUERIES, ids=lambda one: f"{one.uid} {one.panel['title']} {one.target['refId']}"
)


@pytest.fixture(scope="module")
def busy(endpoints: Endpoints) -> Iterator[Endpoints]:
    with flowing(endpoints.urls["api"]):
        yield endpoints


def series(endpoints: Endpoints, expression: str, *, instant: bool) -> list[list[float]]:
    """Return the values of each series that a query gives."""
    now = time.time()
    if instant:
        answer = endpoints.get("prometheus", "/api/v1/query", query=expression, time=now)
        return [[float(one["value"][1])] for one in answer["data"]["result"]]
    times = {"start": now - SPAN, "end": now, "step": STEP}
    answer = endpoints.get("prometheus", "/api/v1/query_range", query=expression, **times)
    return [[float(value) for _, value in one["values"]] for one in answer["data"]["result"]]


def choices(endpoints: Endpoints, uid: str) -> list[dict[str, str]]:
    """Return every choice of a dashboard's variables: all values at once, and each by itself.

    As Grafana puts them into a query: regular expressions, with each value escaped.
    """
    found = [{}]
    for name, query in dashboards.variables(uid).items():
        selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", query).groups()
        path = f"/api/v1/label/{label}/values"
        times = {"start": time.time() - SPAN, "end": time.time()}
        values = endpoints.get("prometheus", path, **{"match[]": selector}, **times)["data"]
        if name == "project":
            # Other stacks on this machine come and go.
            values = [value for value in values if value == endpoints.project]
        assert values, f"{uid} has nothing to choose for {name}"
        # Twice: PromQL reads the backslash of a string first.
        escaped = [re.sub(r"[\\^$*+?.()|\[\]{}]", r"\\\\\g<0>", value) for value in values]
        offered = [*escaped, *([f"({'|'.join(escaped)})"] if several(uid, name) else [])]
        found = [{**chosen, name: value} for chosen in found for value in offered]
    return found


def several(uid: str, name: str) -> bool:
    (variable,) = (
        one for one in dashboards.FILES[uid]["templating"]["list"] if one["name"] == name
    )
    return variable["multi"]


def finite(found: list[list[float]]) -> list[float]:
    """Return each series' last value; none where there is no series, or one is no number.

    Before there was traffic a quantile is NaN, which Grafana leaves out.
    """
    latest = [one[-1] for one in found]
    return latest if all(map(math.isfinite, latest)) else []


def shows(found: list[list[float]]) -> bool:
    """Tell whether there is something else than zeros to show."""
    return any(finite(found))


@each_query
def test_the_query_has_something_to_show_whatever_is_chosen(query: Asked, busy: Endpoints) -> None:
    for chosen in choices(busy, query.uid):
        expression = dashboards.asked(query.target["expr"], chosen)

        def answered(expression: str = expression) -> bool:
            found = series(busy, expression, instant=query.target["instant"])
            return bool(finite(found)) if query.place in QUIET else shows(found)

        wait_for(answered, f"{query.place} shows something: {expression}", seconds=FIRST_SECONDS)


@pytest.mark.parametrize("uid", [uid for uid in dashboards.FILES if uid != "executive-summary"])
def test_a_deploy_is_marked(uid: str, busy: Endpoints) -> None:
    expression = event(uid, "Deploys")

    found = wait_for(lambda: versions(busy, expression), "a first start is a deploy", seconds=60)

    assert {"api", "ml", "sink"} <= found


def versions(endpoints: Endpoints, expression: str) -> set[str]:
    times = {"start": time.time() - 3600, "end": time.time(), "step": 60}
    answer = endpoints.get("prometheus", "/api/v1/query_range", query=expression, **times)
    return {one["metric"]["job"] for one in answer["data"]["result"]}


def event(uid: str, name: str) -> str:
    (found,) = (one for one in dashboards.FILES[uid]["annotations"]["list"] if one["name"] == name)
    return found["expr"]


def active(endpoints: Endpoints) -> list[str]:
    """Return what a list of alerts shows; Watchdog's severity is none."""
    alerts = endpoints.get("prometheus", "/api/v1/alerts")["data"]["alerts"]
    return [one["labels"]["alertname"] for one in alerts if one["labels"]["severity"] != "none"]


@pytest.mark.disturbs
@pytest.mark.timeout(420)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_quiet_panel_is_filled_by_its_fault(
    fault: str,
    busy: Endpoints,
    healthy: None,  # noqa: ARG001 - what crashed is back
) -> None:
    quiet = [place for place, one in QUIET.items() if one.fault == fault]
    with ExitStack() as putting:
        for way in BY_NAME[fault].ways:
            injection = way.prepare(busy, fault, SCRAPE_SECONDS)
            injection.put()
            putting.callback(injection.end)
        for place in quiet:
            wait_for(lambda p=place: filled(busy, p), f"{place} is filled", seconds=FAULT_SECONDS)
        marked = wait_for(
            lambda: series(busy, event("service-overview", "Faults"), instant=True),
            "the chaos run is marked",
            seconds=30,
        )
        assert marked


def filled(endpoints: Endpoints, place: tuple[str, str, str]) -> bool:
    """Tell whether a query shows something with everything chosen, or a list an alert."""
    for query in QUERIES:
        if query.place == place:
            expression = dashboards.asked(query.target["expr"], choices(endpoints, query.uid)[-1])
            return shows(series(endpoints, expression, instant=query.target["instant"]))
    return bool(active(endpoints))


def test_every_quiet_panel_exists_and_its_fault_too() -> None:
    queries = {query.place for query in QUERIES}
    lists = {
        (uid, panel["title"], "")
        for uid, panel in dashboards.all_panels()
        if panel["type"] == "alertlist"
    }

    assert lists <= QUIET.keys() <= queries | lists
    assert {one.fault for one in QUIET.values()} <= BY_NAME.keys()
