"""The fault catalogue: what can be broken, who must hear of it, and nobody else.

The chaos targets, the end-to-end tests and the README's table follow this one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from loadtest.rules import Rule

PAGERDUTY = "pagerduty"
CRITICAL = frozenset({PAGERDUTY, "#alerts-critical"})
WARNING = frozenset({"#alerts-warning"})

# Of all API requests, the share that asks the model `digits`; loadtest/locustfile.py keeps to it.
DIGITS_SHARE = 0.15
# P99 is above a threshold when more than this share is slower.
P99_SHARE = 0.01
# From a process's exit to the fault's return into its successor: Docker's back-off (0.1 s, doubled
# for each life shorter than 10 s) and the API's own start. Measured 1.5 s with four in a row.
RESTART_SECONDS = 2.0


@dataclass(frozen=True)
class Fault:
    """One row of the catalogue.

    Attributes:
        name: as in `make chaos-<command>` and in the service's fault interface.
        command: the word after `chaos`.
        target: the service whose fault interface takes it.
        what: one sentence for people.
        body: what is PUT to the fault interface, without the lease. A function of the scrape
            interval in seconds, since a crash must leave time to be seen.
        alert: the one alert that must fire.
        severity: the alert's.
        receivers: every place that must hear of it, and the only ones.
        onset: seconds from fault to a true condition, by calculation, given the rule and the body.
        once: the fault has done its work when the condition holds (a restart can't be undone),
            rather than when everybody knows.

    """

    name: str
    command: str
    target: Literal["api", "ml"]
    what: str
    body: Callable[[float], Mapping[str, object]]
    alert: str
    severity: Literal["critical", "warning"]
    receivers: frozenset[str]
    onset: Callable[[Rule, Mapping[str, object]], float]
    once: bool = False


def _number(body: Mapping[str, object], key: str) -> float:
    value = body[key]
    if not isinstance(value, int | float):
        raise TypeError(f"{key} is {value!r}, not a number")
    return float(value)


def _ratio_onset(rule: Rule, body: Mapping[str, object]) -> float:
    """Cross when rate x age / window, the window's share of failures, is the threshold."""
    return rule.threshold / _number(body, "rate") * rule.window


def _p99_onset(rule: Rule, body: Mapping[str, object]) -> float:
    """Cross with the share that P99 leaves out; and a slow request counts when it ends."""
    return P99_SHARE / _number(body, "rate") * rule.window + _number(body, "delay_seconds")


def _restarts_onset(rule: Rule, body: Mapping[str, object]) -> float:
    """More than `threshold` restarts, each after one life."""
    restarts = int(rule.threshold) + 1
    return restarts * (_number(body, "delay_seconds") + RESTART_SECONDS)


FAULTS = (
    Fault(
        name="api-errors",
        command="errors",
        target="api",
        what="30 % of API requests answer 500",
        body=lambda _: {"point": "http.request", "effect": "error", "rate": 0.3},
        alert="HighErrorRate",
        severity="critical",
        receivers=CRITICAL,
        onset=_ratio_onset,
    ),
    Fault(
        name="api-latency",
        command="latency",
        target="api",
        what="20 % of API requests take 0.8 s more",
        # Above HighLatency's 0.5 s, and little enough for users to stay.
        body=lambda _: {
            "point": "http.request",
            "effect": "delay",
            "rate": 0.2,
            "delay_seconds": 0.8,
        },
        alert="HighLatency",
        severity="warning",
        receivers=WARNING,
        onset=_p99_onset,
    ),
    Fault(
        name="ml-errors",
        command="ml-errors",
        target="ml",
        what="10 % of inferences fail; the API's one retry hides it",
        # Every tenth, not at random: the retry of a failed one succeeds, so no user sees a 5xx.
        body=lambda _: {"point": "inference", "effect": "error", "rate": 0.1},
        alert="MLInferenceErrors",
        severity="critical",
        receivers=CRITICAL,
        onset=_ratio_onset,
    ),
    Fault(
        name="ml-slow",
        command="ml-slow",
        target="ml",
        what="4 % of one model's inferences take 1.3 s more",
        # 4 % of the model's are more than P99 leaves out; 4 % x DIGITS_SHARE = 0.6 % of the API's
        # are less, so that HighLatency has no reason to join in.
        body=lambda _: {
            "point": "inference",
            "effect": "delay",
            "rate": 0.04,
            "delay_seconds": 1.3,
            "match": {"model": "digits"},
        },
        alert="MLInferenceSlowdown",
        severity="warning",
        receivers=WARNING,
        onset=_p99_onset,
    ),
    Fault(
        name="api-restarts",
        command="restarts",
        target="api",
        what="the API crashes again and again",
        # Two scrapes see every life, whatever their phase.
        body=lambda scrape: {"point": "process", "effect": "exit", "delay_seconds": 2 * scrape},
        alert="PodRestartingTooMuch",
        severity="warning",
        receivers=WARNING,
        onset=_restarts_onset,
        once=True,
    ),
)

BY_COMMAND = {fault.command: fault for fault in FAULTS}
BY_NAME = {fault.name: fault for fault in FAULTS}
