"""Log groups, and the metrics that CloudWatch Logs makes of the services' lines.

A line is services/telemetry/log_record.py's: one JSON object, whose keys the patterns select. A
request's one line has logger `<service>.requests`; DEBUG lines (health checks, scrapes) are none of
the service's traffic. Syntax of patterns:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html

Counts are 0 in a minute that has lines but none that match, so that alarms tell «none» from
«nothing known». Durations have no default: a 0 would be a fast request. No dimensions: each value
of one is billed as a metric, and a filter with dimensions can have no default.
"""

from dataclasses import dataclass

from deploy.aws.builder import rules
from deploy.aws.builder.names import (
    NAMESPACE,
    SERVICES,
    Resource,
    Resources,
    camel,
    log_group,
    ref,
    sub,
)

# Milliseconds; the specification's 4.4 and the services' own WARN.
SLOW = 1000

API_REQUEST = '($.logger = "api.requests") && ($.level != "DEBUG")'
ML_REQUEST = '($.logger = "ml.requests") && ($.level != "DEBUG")'
FAILED = "($.status_code >= 500)"
# That a model ran: a request that ml refused, or whose client left, is no inference.
RAN = "(($.status_code = 200) || ($.status_code >= 500))"
# CloudWatch refuses a value's selector that its pattern doesn't name.
TIMED = "($.duration_ms = *)"
# httpx' names of what happened instead of an answer; «status 500» is an answer.
NO_ANSWER = '(($.extra.ml_error = "*Error") || ($.extra.ml_error = "*Timeout"))'


@dataclass(frozen=True)
class Metric:
    """A metric filter: for each matching line of a service, `value` (a figure, or a selector)."""

    name: str
    service: str
    pattern: str
    value: str = "1"
    unit: str = "Count"


def inference(path: str) -> str:
    """Return the pattern of ml's request lines in which a model ran, by the path's end.

    A ``*`` stands at an end only: AWS' documentation shows none in the middle of a text.
    """
    return f'{ML_REQUEST} && ($.method = "POST") && ($.path = "/v1/models/{path}") && {RAN}'


API_REQUESTS = Metric("ApiRequests", "api", API_REQUEST)
API_FAILED = Metric("ApiRequestsFailed", "api", f"{API_REQUEST} && {FAILED}")
API_SLOW = Metric("ApiRequestsSlow", "api", f"{API_REQUEST} && ($.duration_ms > {SLOW})")
API_DURATION = Metric(
    "ApiRequestDuration",
    "api",
    f"{API_REQUEST} && {TIMED}",
    value="$.duration_ms",
    unit="Milliseconds",
)
API_WITHOUT_ML = Metric("ApiRequestsWithoutMl", "api", f"{API_REQUEST} && {NO_ANSWER}")
API_WITHOUT_DATABASE = Metric(
    "ApiRequestsWithoutDatabase",
    "api",
    f'{API_REQUEST} && ($.extra.database_error = "no connection*")',
)
ML_REQUESTS = Metric("MlRequests", "ml", ML_REQUEST)
ML_INFERENCES = Metric("MlInferences", "ml", inference("*"))
ML_FAILED = Metric("MlInferencesFailed", "ml", f"{inference('*')} && {FAILED}")
# What no request's line says, such as an error that ends the process.
ERRORS = {
    service: Metric(
        f"{service.capitalize()}ErrorsLogged",
        service,
        f'($.level = "ERROR") && ($.logger != "{service}.requests")',
    )
    for service in ("api", "ml")
}


def inference_duration(model: str) -> Metric:
    """Return how long one model's inferences take; of all together a rare slow one would vanish."""
    name = f"MlInferenceDuration{camel(model)}"
    pattern = f"{inference(f'{model}/infer')} && {TIMED}"
    return Metric(name, "ml", pattern, value="$.duration_ms", unit="Milliseconds")


def metrics() -> list[Metric]:
    """Return every metric."""
    return [
        *(API_REQUESTS, API_FAILED, API_SLOW, API_DURATION, API_WITHOUT_ML, API_WITHOUT_DATABASE),
        *(ML_REQUESTS, ML_INFERENCES, ML_FAILED),
        *map(inference_duration, rules.models()),
        *ERRORS.values(),
    ]


def resources() -> Resources:
    """Return the log groups and metric filters."""
    groups = {log_group(service): _group(f"/${{Project}}/{service}") for service in SERVICES}
    return groups | {f"{metric.name}Filter": _filter(metric) for metric in metrics()}


def _group(name: str) -> Resource:
    return {
        "Type": "AWS::Logs::LogGroup",
        # Whoever deletes the stack by mistake still has the logs that say what happened.
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"LogGroupName": sub(name), "RetentionInDays": ref("LogRetentionDays")},
    }


def _filter(metric: Metric) -> Resource:
    transformation: dict[str, object] = {
        "MetricName": metric.name,
        "MetricNamespace": NAMESPACE,
        "MetricValue": metric.value,
        "Unit": metric.unit,
    }
    if metric.value == "1":
        transformation["DefaultValue"] = 0
    return {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {
            "FilterName": metric.name,
            "LogGroupName": ref(log_group(metric.service)),
            "FilterPattern": f"{{ {metric.pattern} }}",
            "MetricTransformations": [transformation],
        },
    }
