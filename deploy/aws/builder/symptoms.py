"""The twins of Prometheus' alerts on what users see: errors and slowness.

HighErrorRate is told only where its cause isn't: one fault is one page, as alertmanager.yml's
inhibit_rules say. A cause's alarm remembers for longer than its symptoms' do (`causes`).
"""

from deploy.aws.builder import logs, rules
from deploy.aws.builder.alarms import (
    ABOVE,
    alarm,
    as_patient_as,
    composite,
    logical,
    raised,
    share,
    single,
)
from deploy.aws.builder.causes import CAUSES
from deploy.aws.builder.names import Resource, Resources, sub
from deploy.aws.builder.words import twin

# Of the alert, whose limits are in seconds; a line's duration is in milliseconds.
MILLISECONDS = 1000
MEASURED = "HighErrorRate-measured"


def resources() -> Resources:
    """Return the alarms."""
    slowdowns = {f"MLInferenceSlowdown-{model}": slowdown(model) for model in rules.models()}
    named = {
        MEASURED: error_rate_measured(),
        "HighErrorRate": error_rate(),
        "HighLatency": latency(),
        "MLInferenceErrors": inference_errors(),
        **slowdowns,
    }
    return {logical(name): resource for name, resource in named.items()}


def error_rate_measured() -> Resource:
    """Return the alarm on the API's share of failed requests, which tells nobody by itself."""
    alert = rules.alerts()["HighErrorRate"]
    return alarm(
        MEASURED,
        twin(alert, "api", alert.described(job="api")),
        share(logs.API_FAILED, logs.API_REQUESTS),
        ABOVE,
        alert.threshold,
        as_patient_as(alert),
        told=False,
    )


def error_rate() -> Resource:
    """Return the alarm that pages for it, unless a cause is paged for."""
    alert = rules.alerts()["HighErrorRate"]
    rule = " AND NOT ".join(raised(name) for name in (MEASURED, *CAUSES))
    return composite(
        alert.name,
        twin(alert, "api", alert.described(job="api")),
        sub(rule),
        [logical(name) for name in (MEASURED, *CAUSES)],
    )


def latency() -> Resource:
    """Return the alarm on the API's slowest hundredth."""
    alert = rules.alerts()["HighLatency"]
    return alarm(
        alert.name,
        twin(alert, "api", alert.described(job="api")),
        single(logs.API_DURATION, "p99"),
        ABOVE,
        alert.threshold * MILLISECONDS,
        as_patient_as(alert),
    )


def inference_errors() -> Resource:
    """Return the alarm on the share of failed inferences."""
    alert = rules.alerts()["MLInferenceErrors"]
    return alarm(
        alert.name,
        twin(alert, "ml", alert.described(job="ml")),
        share(logs.ML_FAILED, logs.ML_INFERENCES),
        ABOVE,
        alert.threshold,
        as_patient_as(alert),
    )


def slowdown(model: str) -> Resource:
    """Return the alarm on one model's slowest hundredth."""
    alert = rules.alerts()["MLInferenceSlowdown"]
    return alarm(
        f"{alert.name}-{model}",
        twin(alert, "ml", alert.described(job="ml", model=model)),
        single(logs.inference_duration(model), "p99"),
        ABOVE,
        alert.threshold * MILLISECONDS,
        as_patient_as(alert),
    )
