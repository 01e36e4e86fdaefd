"""A CloudWatch dashboard that says what Grafana's Service Overview says, from the log's metrics.

Structure: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from collections.abc import Sequence
from typing import Any

from deploy.aws.builder import logs, rules
from deploy.aws.builder.logs import Metric
from deploy.aws.builder.names import MINUTE, NAMESPACE, Resources, sub

Widget = dict[str, Any]
# Of Grafana's: what nobody should be near, what is nearly spent.
RED, AMBER = "#d62728", "#ff7f0e"
API = "api-availability"
FIVE_MINUTES = 5 * MINUTE
DAY = 24 * 60 * MINUTE
WIDTH = 24


def resources(told: Sequence[str]) -> Resources:
    """Return the dashboard; `told` are the names of the alarms that it lists."""
    body = {"start": "-PT24H", "periodOverride": "inherit", "widgets": widgets(told)}
    return {
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {
                "DashboardName": sub("${Project}-service-overview"),
                "DashboardBody": sub(json.dumps(body, ensure_ascii=False)),
            },
        }
    }


def widgets(told: Sequence[str]) -> list[Widget]:
    """Return the widgets, row by row as on Service Overview."""
    rows = [
        (4, [availability(), budget(), latency(), throughput()]),
        (7, [request_rate(), error_rate()]),
        (7, [distribution(), incidents(told)]),
        (3, [where_next()]),
    ]
    placed, below = [], 0
    for height, row in rows:
        width = WIDTH // len(row)
        for number, widget in enumerate(row):
            place = {"x": number * width, "y": below, "width": width, "height": height}
            placed.append(place | widget)
        below += height
    return placed


def line(metric: Metric, identifier: str, **options: object) -> list[Any]:
    """Return a metric as a widget's line; options are those of AWS' structure."""
    return [NAMESPACE, metric.name, {"id": identifier, **options}]


def computed(text: str, label: str, **options: object) -> list[Any]:
    """Return an expression as a widget's line."""
    return [{"expression": text, "label": label, "id": "result", **options}]


def graph(title: str, metrics: list[Any], **options: Any) -> Widget:  # noqa: ANN401 - AWS' own
    """Return a widget of metrics."""
    properties = {
        "title": title,
        "region": "${AWS::Region}",
        "view": "timeSeries",
        "stat": "Sum",
        "period": FIVE_MINUTES,
        "metrics": metrics,
    }
    return {"type": "metric", "properties": properties | options}


def tile(title: str, metrics: list[Any], **options: Any) -> Widget:  # noqa: ANN401 - as above
    """Return a widget of one figure."""
    return graph(title, metrics, view="singleValue", sparkline=False, **options)


def limit(value: float, label: str, colour: str = RED) -> dict[str, Any]:
    """Return a line across a graph."""
    return {"horizontal": [{"value": value, "label": label, "color": colour}]}


def availability() -> Widget:
    """Return the share of requests that were answered, of a day."""
    slo = rules.slos()[API]
    promised = slo.spec.objectives[0].percent
    return tile(
        f"Availability, 24 h (promised {promised})",
        [
            computed("100 * (1 - failed / requests)", "% answered"),
            line(logs.API_FAILED, "failed", visible=False),
            line(logs.API_REQUESTS, "requests", visible=False),
        ],
        period=DAY,
        annotations=limit(100 * float(slo.target), promised),
    )


def budget() -> Widget:
    """Return what is left of a month's errors."""
    slo = rules.slos()[API]
    return tile(
        f"Error budget left, 30 days ({slo.title})",
        [
            computed(f"100 * (1 - failed / requests / {slo.budget})", "% left"),
            line(logs.API_FAILED, "failed", visible=False),
            line(logs.API_REQUESTS, "requests", visible=False),
        ],
        start="-P30D",
        period=30 * DAY,
        annotations=limit(0, "spent"),
    )


def latency() -> Widget:
    """Return what the slowest hundredth waits."""
    return tile(
        f"Latency P99, 5 min (promised {promised_milliseconds():g} ms)",
        [line(logs.API_DURATION, "p99", stat="p99", label="ms")],
        annotations=limit(promised_milliseconds(), "promised"),
    )


def throughput() -> Widget:
    """Return requests a second."""
    return tile(
        "Throughput, 1 min",
        [
            computed("requests / PERIOD(requests)", "requests/s"),
            line(logs.API_REQUESTS, "requests", visible=False),
        ],
        period=MINUTE,
    )


def request_rate() -> Widget:
    """Return requests a second of each service. A gap is a service that was not there."""
    both = {"api": logs.API_REQUESTS, "ml": logs.ML_REQUESTS}
    metrics: list[Any] = []
    for service, metric in both.items():
        rate = computed(f"{service} / PERIOD({service})", service, id=f"{service}_rate")
        metrics += [rate, line(metric, service, visible=False)]
    return graph("Request rate (requests/s)", metrics, period=MINUTE)


def error_rate() -> Widget:
    """Return the share of failed requests of each service, and what is allowed."""
    slo = rules.slos()[API]
    pairs = {
        "api": (logs.API_FAILED, logs.API_REQUESTS),
        "ml": (logs.ML_FAILED, logs.ML_INFERENCES),
    }
    metrics: list[Any] = []
    for service, (failed, total) in pairs.items():
        text = f"100 * {service}_failed / {service}_all"
        metrics += [
            computed(text, service, id=f"{service}_share"),
            line(failed, f"{service}_failed", visible=False),
            line(total, f"{service}_all", visible=False),
        ]
    error_limit = 100 * rules.alerts()["HighErrorRate"].threshold
    lines = limit(100 * float(slo.budget), f"{slo.title} allows this", AMBER)
    lines["horizontal"] += limit(error_limit, "HighErrorRate")["horizontal"]
    return graph("Error rate (% of requests, of inferences)", metrics, annotations=lines)


def distribution() -> Widget:
    """Return how long requests take: CloudWatch has no heatmap, but every quantile."""
    lines = limit(promised_milliseconds(), "promised for P99", AMBER)
    alarmed = 1000 * rules.alerts()["HighLatency"].threshold
    lines["horizontal"] += limit(alarmed, "HighLatency, of P99")["horizontal"]
    return graph(
        "Latency distribution (ms)",
        [
            line(logs.API_DURATION, name.lower(), stat=name.lower(), label=name)
            for name in ("P50", "P90", "P95", "P99")
        ],
        annotations=lines,
    )


def incidents(told: Sequence[str]) -> Widget:
    """Return the alarms that tell people, and their states."""
    prefix = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${Project}-"
    arns = [f"{prefix}{name}" for name in told]
    properties = {"title": "Active incidents", "alarms": arns, "sortBy": "stateUpdatedTimestamp"}
    return {"type": "alarm", "properties": properties}


def where_next() -> Widget:
    """Return links to what shows more."""
    home = "${DashboardsUrl}"
    said = (
        f"Users get errors or wait: [API Server]({home}/api-server) · a model fails or is slow: "
        f"[ML Inference]({home}/ml-inference) · logs: the saved queries `${{Project}}/…` in Logs "
        "Insights · traces: X-Ray's groups `${Project}-errors` and `${Project}-slow` · an alarm: "
        "[its runbook](${RunbooksUrl}/HighErrorRate)"
    )
    return {"type": "text", "properties": {"markdown": said}}


def promised_milliseconds() -> float:
    """Return the latency that the SLO promises: the bucket's edge that good events are below."""
    part = rules.slos()["api-latency"].part
    return 1000 * float(part.partition('le="')[2].partition('"')[0])
