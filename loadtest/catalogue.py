"""The fault catalogue: what can be broken, who must hear of it, and nobody else.

The chaos targets, the end-to-end tests and the README's table follow this one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from loadtest import onset
from loadtest.rules import Rule

PAGERDUTY = "pagerduty"
CRITICAL = frozenset({PAGERDUTY, "#alerts-critical"})
WARNING = frozenset({"#alerts-warning"})

# Of all API requests, the share that asks each model; loadtest/locustfile.py keeps to it.
DIGITS_SHARE = 0.15
BREAST_CANCER_SHARE = 0.25

# Seconds. A new process' first requests may be slow: a life must have so many that a few slow ones
# are less than HighLatency's 1 %.
SHORTEST_LIFE = 4.0


@dataclass(frozen=True)
class Fault:
    """One row of the catalogue.

    Attributes:
        name: as in the service's fault interface and in `drill <name>`.
        command: the word after `chaos`.
        target: the service whose fault interface takes it.
        what: one sentence for people.
        body: what is PUT to the fault interface, without the lease. A function of the scrape
            interval in seconds, since a crash must leave time to be seen.
        alert: the one alert that must fire. Every other one must not.
        severity: the alert's.
        receivers: every place that must hear of it, and the only ones.
        hits_share: of all API requests, those that come by the fault's point.
        calculation: of the time from fault to a true condition.
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
    hits_share: float = 1.0
    calculation: onset.Calculation = onset.of_share
    once: bool = False

    def onset(self, rule: Rule, scrape: float, requests: float) -> onset.Onset:
        """Return how long it takes to make its alert's condition true.

        `scrape` is the scrape interval in seconds, `requests` the API's requests a second.
        """
        return self.calculation(rule, self.body(scrape), requests * self.hits_share)

    def tail(self, scrape: float) -> float:
        """Return how long, in seconds, what it struck last can still take."""
        return onset.number(self.body(scrape), "delay_seconds")


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
    ),
    Fault(
        name="ml-errors",
        command="ml-errors",
        target="ml",
        what="10 % of inferences fail; the API's one retry hides it",
        # Every tenth, not at random: the retry of a failed one succeeds, so no user sees a 5xx.
        # Even at random, users would see 0.1 x 0.1 of 40 % of all requests: 0.4 %, less than
        # HighErrorRate's 1 %.
        body=lambda _: {"point": "inference", "effect": "error", "rate": 0.1},
        alert="MLInferenceErrors",
        severity="critical",
        receivers=CRITICAL,
        hits_share=DIGITS_SHARE + BREAST_CANCER_SHARE,
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
        hits_share=DIGITS_SHARE,
    ),
    Fault(
        name="api-restarts",
        command="restarts",
        target="api",
        what="the API crashes again and again",
        # Two scrapes see every life, whatever their phase.
        body=lambda scrape: {
            "point": "process",
            "effect": "exit",
            "delay_seconds": max(2 * scrape, SHORTEST_LIFE),
        },
        alert="PodRestartingTooMuch",
        severity="warning",
        receivers=WARNING,
        calculation=onset.of_restarts,
        once=True,
    ),
)

BY_COMMAND = {fault.command: fault for fault in FAULTS}
BY_NAME = {fault.name: fault for fault in FAULTS}
