"""Service Overview, for SRE and DevOps: the specification's layout (6.2), and where to go next."""

from deploy.slo.recordings import REMAINING
from grafana.builder import figures, links, panels, trends
from grafana.builder.page import DEPLOYS, FAULTS, Page
from grafana.builder.queries import (
    WINDOW,
    availability,
    buckets,
    now,
    over_time,
    quantile,
    recorded,
    share,
    with_traces,
)
from grafana.builder.style import Panel

API = "api-availability"
SECONDS = 'http_request_duration_seconds_bucket{job="api"}'
# The sink stands for Slack and PagerDuty: it is no service of ours.
REQUESTS = f'avg_over_time(job:http_requests:rate1m{{job!="sink"}}[{WINDOW}])'
FAILED = f'avg_over_time(job:http_requests_failed:rate1m{{job!="sink"}}[{WINDOW}])'
SERVICES = ("api", "ml")


def dashboard() -> Page:
    """Return the dashboard."""
    page = Page(
        "service-overview",
        "Whether users are served, at a glance. The tiles are the API's, which users meet.",
        since="now-24h",
        refresh="30s",
        events=[FAULTS, DEPLOYS],
    )
    page.row(5, availability_tile(), budget_tile(), latency_tile(), throughput_tile())
    page.row(8, request_rate(), error_rate())
    page.row(9, latency_distribution(), active_incidents())
    page.row(3, where_next())
    return page


def availability_tile() -> Panel:
    """Return the share of requests that were answered."""
    objective = figures.slos()[API].spec.objectives[0].percent
    return panels.tile(
        "Availability",
        f"API requests of the last 24 h that were answered without an error of its own. Promised: "
        f"{objective}. Red: it is broken; API Server shows which route fails.",
        now(availability(API, "1d")),
        unit="percentunit",
        decimals=2,
        steps=figures.success(API),
        links=[links.dashboard("api-server"), links.runbook("HighErrorRate")],
    )


def budget_tile() -> Panel:
    """Return what is left of the month's errors."""
    return panels.tile(
        "Error Budget",
        "What is left of the errors that 30 days of API availability allow. Amber: less than half. "
        "Red: spent; nothing but repairs should be deployed.",
        now(recorded(REMAINING, API)),
        unit="percentunit",
        steps=figures.remaining(),
        links=[
            links.dashboard("executive-summary", keep_time=False),
            links.runbook("ErrorBudgetBurn"),
        ],
    )


def latency_tile() -> Panel:
    """Return what the slowest hundredth waits."""
    limit = figures.promised_seconds("api-latency")
    return panels.tile(
        "Latency (P99)",
        f"The slowest 1% of the API's requests of the last 5 minutes took this long or longer. "
        f"Red: more than the promised {1000 * limit:.0f} ms; API Server shows which route is slow.",
        now(quantile(0.99, SECONDS, window="5m")),
        unit="s",
        steps=figures.above(limit),
        links=[links.dashboard("api-server"), links.runbook("HighLatency")],
    )


def throughput_tile() -> Panel:
    """Return how much there is to do."""
    return panels.tile(
        "Throughput",
        "The API's requests a second, over the last minute. No figure is wrong here, but a sudden "
        "change wants an explanation.",
        now('job:http_requests:rate1m{job="api"}'),
        unit="reqps",
        decimals=1,
        links=[links.dashboard("api-server")],
    )


def request_rate() -> Panel:
    """Return requests a second of each service."""
    return trends.trend(
        "Request Rate",
        "Requests a second that each service answers. A gap is a service that was not there.",
        over_time(REQUESTS, "{{job}}"),
        unit="reqps",
        series=SERVICES,
        links=[links.dashboard("api-server"), links.runbook("ServiceDown")],
    )


def error_rate() -> Panel:
    """Return the share of failed requests of each service, and what is allowed."""
    budget = float(figures.slos()[API].budget)
    return trends.trend(
        "Error Rate",
        f"Share of requests that end in a server error (5xx). Red line: the {100 * budget:g}% that "
        "the API's promise allows. Above it the error budget shrinks.",
        over_time(share(FAILED, REQUESTS), "{{job}}"),
        unit="percentunit",
        series=SERVICES,
        steps=figures.line(budget),
        shown=2 * budget,
        links=[links.dashboard("api-server"), links.runbook("HighErrorRate")],
    )


def latency_distribution() -> Panel:
    """Return how long requests take."""
    return trends.spread(
        "Latency Distribution",
        "How many of the API's requests took how long: the brighter, the more. A band that moves "
        "up is a service that slows down. A dot is one request; `make logs S=api` has its "
        "trace_id.",
        with_traces(buckets(SECONDS)),
        unit="s",
        links=[links.dashboard("api-server"), links.runbook("HighLatency")],
    )


def active_incidents() -> Panel:
    """Return the alerts that are pending or firing."""
    return panels.incidents(
        "Active Incidents",
        "Alerts that fire, or will when they last. Each opens with its summary and its runbook. An "
        "empty list is good news. Watchdog, which fires always, is left out.",
        only='{severity!="none"}',
        links=[links.dashboard("infrastructure")],
    )


def where_next() -> Panel:
    """Return links to the dashboards below this one."""
    return panels.note(
        "Where next",
        "The next dashboards down, by what is wrong.",
        "Users get errors or wait: [API Server](/d/api-server) · a model fails or is slow: "
        "[ML Inference](/d/ml-inference) · a container, the machine or the database: "
        f"[Infrastructure](/d/infrastructure) · an alert: [its runbook]({links.RUNBOOKS})\n",
    )
