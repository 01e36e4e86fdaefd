"""API Server, for developers: which route, since when, how bad, and what it waits for."""

from deploy.slo.recordings import BURN_RATE
from grafana.builder import figures, links, panels, trends
from grafana.builder.page import DEPLOYS, FAULTS, Page
from grafana.builder.queries import (
    QUANTILES,
    WINDOW,
    buckets,
    now,
    over_time,
    quantile,
    recorded,
    share,
    with_traces,
)
from grafana.builder.style import Panel

ROUTES = 'job="api", path=~"$path"'
COUNT = f"http_requests_total{{{ROUTES}}}"
SECONDS = f"http_request_duration_seconds_bucket{{{ROUTES}}}"
FAILED = f'http_requests_total{{{ROUTES}, status=~"5.."}}'
# In the order of their colours.
PATHS = (
    "POST /api/v1/predict",
    "GET /api/v1/predictions",
    "GET /api/v1/predictions/{prediction_id}",
)
BY = "method, path"
ROUTE = "{{method}} {{path}}"


def dashboard() -> Page:
    """Return the dashboard."""
    page = Page(
        "api-server",
        "The API by route: traffic, errors, latency, and what it waits for.",
        since="now-3h",
        refresh="30s",
        events=[FAULTS, DEPLOYS],
    )
    page.variable("path", "Route", 'label_values(http_requests_total{job="api"}, path)')
    page.row(5, *tiles())
    page.heading("Which route")
    page.row(8, requests(), errors())
    page.row(8, slowest(), statuses())
    page.heading("How slow")
    page.row(8, latency(), distribution())
    page.heading("What it costs, and what it waits for")
    page.row(8, burn(), connections())
    return page


def tiles() -> list[Panel]:
    """Return the figures of the moment."""
    limit = figures.promised_seconds("api-latency")
    return [
        panels.tile(
            "Requests",
            "Requests a second to the chosen routes, over the last minute.",
            now(f"sum(rate({COUNT}[1m]))"),
            unit="reqps",
            decimals=1,
        ),
        panels.tile(
            "Errors",
            "Requests of the last 5 minutes that ended in a server error. Amber: more than half of "
            "what is allowed. Red: more than all of it; Errors by route names the route.",
            now(share(f"sum(rate({FAILED}[5m]))", f"sum(rate({COUNT}[5m]))")),
            unit="percentunit",
            decimals=2,
            steps=figures.failure("api-availability"),
            links=[links.runbook("HighErrorRate")],
        ),
        panels.tile(
            "P99",
            "The slowest 1% of the last 5 minutes took this long or longer. Red: more than "
            "promised; P99 by route names the route.",
            now(quantile(0.99, SECONDS, window="5m")),
            unit="s",
            steps=figures.above(limit),
            links=[links.runbook("HighLatency")],
        ),
        panels.tile(
            "In progress",
            "Connections with a request in progress, all routes. It grows when requests wait for "
            "something: the ML service, a database connection.",
            now('sum(max_over_time(active_connections{job="api"}[1m]))'),
            unit="none",
        ),
    ]


def requests() -> Panel:
    """Return requests a second of each route."""
    return trends.trend(
        "Requests by route",
        "Requests a second. `<unmatched>` are addresses that the API does not have.",
        over_time(f"sum by ({BY}) (rate({COUNT}[{WINDOW}]))", ROUTE),
        unit="reqps",
        series=PATHS,
        links=[links.runbook("ServiceDown")],
    )


def errors() -> Panel:
    """Return the share of failed requests of each route."""
    budget = float(figures.slos()["api-availability"].budget)
    failed, all_of = (f"sum by ({BY}) (rate({name}[{WINDOW}]))" for name in (FAILED, COUNT))
    return trends.trend(
        "Errors by route",
        f"Share of requests that end in a server error. Red line: the {100 * budget:g}% that the "
        "promise allows. One route alone: its code. All at once: what they share.",
        over_time(share(failed, all_of), ROUTE),
        unit="percentunit",
        series=PATHS,
        steps=figures.line(budget),
        shown=2 * budget,
        links=[links.runbook("HighErrorRate")],
    )


def slowest() -> Panel:
    """Return the P99 of each route."""
    limit = figures.promised_seconds("api-latency")
    return trends.trend(
        "P99 by route",
        f"The slowest 1% of each route. Red line: the promised {1000 * limit:.0f} ms.",
        over_time(quantile(0.99, SECONDS, by=BY), ROUTE),
        unit="s",
        series=PATHS,
        steps=figures.line(limit),
        shown=1.25 * limit,
        links=[links.runbook("HighLatency")],
    )


def statuses() -> Panel:
    """Return answers a second of each status."""
    return trends.trend(
        "Answers by status",
        "Answers a second. 4xx are clients' mistakes, which cost no error budget; 502 and 503 are "
        "the ML service's or the database's failures, passed on.",
        over_time(f"sum by (status) (rate({COUNT}[{WINDOW}]))", "{{status}}"),
        unit="reqps",
        series=("200", "201", "404", "422", "500", "502", "503"),
        stacked=True,
        links=[links.dashboard("ml-inference")],
    )


def latency() -> Panel:
    """Return the quantiles of the chosen routes, with single requests."""
    limit = figures.promised_seconds("api-latency")
    return trends.trend(
        "Latency",
        f"Half, 95% and 99% of the requests were faster than this. Red line: the promised "
        f"{1000 * limit:.0f} ms. A dot is one request; `make logs S=api` has its trace_id.",
        *(
            with_traces(over_time(quantile(share_, SECONDS), name))
            if name == "P99"
            else over_time(quantile(share_, SECONDS), name)
            for name, share_ in QUANTILES.items()
        ),
        unit="s",
        series=("P50", "P95", "P99"),
        steps=figures.line(limit),
        shown=1.25 * limit,
        links=[links.runbook("HighLatency")],
    )


def distribution() -> Panel:
    """Return how long requests take."""
    return trends.spread(
        "Latency distribution",
        "How many requests took how long: the brighter, the more. Two bands: two kinds of request.",
        buckets(SECONDS),
        unit="s",
        links=[links.runbook("HighLatency")],
    )


def burn() -> Panel:
    """Return how fast the API's error budgets burn."""
    chosen = {name: figures.slos()[name] for name in ("api-availability", "api-latency")}
    return trends.trend(
        "Error budget burn rate",
        "How many times too fast the error budget is spent, over the last hour. Red line: 1, at "
        "which a month's budget lasts exactly a month. At 14 it is gone in two days.",
        *(
            over_time(recorded(f"{BURN_RATE}1h", name), slo.metadata.display_name)
            for name, slo in chosen.items()
        ),
        unit="suffix:times",
        series=[slo.metadata.display_name for slo in chosen.values()],
        steps=figures.line(1),
        shown=2,
        links=[links.runbook("ErrorBudgetBurn"), links.dashboard("executive-summary")],
    )


def connections() -> Panel:
    """Return the requests for database connections."""
    return trends.trend(
        "Database connections asked for",
        "Connections a second that the API asks its pool for, by result. A failure is a request "
        "that got none within 2 s, and answers 503.",
        over_time(
            f'sum by (result) (rate(database_connection_attempts_total{{job="api"}}[{WINDOW}]))',
            "{{result}}",
        ),
        unit="reqps",
        series=("success", "failure"),
        links=[links.dashboard("infrastructure"), links.runbook("DatabaseDown")],
    )
