"""What the running stack's own configuration says about time: nothing here is typed in twice."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from loadtest.endpoints import Endpoints

# Prometheus' duration syntax: https://prometheus.io/docs/prometheus/latest/querying/basics/
_UNITS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
_PART = re.compile(r"(\d+)(ms|[ywdhms])")
_WINDOW = re.compile(r"\[((?:\d+(?:ms|[ywdhms]))+)\]")
_THRESHOLD = re.compile(r">\s*(\d+(?:\.\d+)?)")
# One second of the stack's own clock for all that no interval accounts for: a busy machine.
SLACK_SECONDS = 1.0


def seconds(duration: str) -> float:
    """Return a Prometheus duration such as ``1m30s`` in seconds; raises ValueError."""
    parts = _PART.findall(duration)
    if "".join(number + unit for number, unit in parts) != duration or not parts:
        raise ValueError(f"{duration!r} is no Prometheus duration")
    return float(sum(int(number) * _UNITS[unit] for number, unit in parts))


@dataclass(frozen=True)
class Rule:
    """An alerting rule as Prometheus loaded it; times in seconds.

    `window` is the longest range of its expression, `threshold` what the last comparison is with.
    """

    name: str
    query: str
    severity: str
    hold: float
    window: float
    threshold: float


@dataclass(frozen=True)
class Timing:
    """The intervals of the running stack, in seconds."""

    scrape: float
    evaluation: float
    group_wait: float
    group_interval: float

    def minimum(self, rule: Rule, onset: float) -> float:
        """Return the time from fault to page when every phase falls out worst.

        The fault needs `onset` to make the condition true, a scrape to be seen, an evaluation to be
        judged, the rule's `for`, and Alertmanager's group_wait.
        """
        return onset + self.scrape + self.evaluation + rule.hold + self.group_wait

    def page_deadline(self, rule: Rule, onset: float) -> float:
        """Return the longest time allowed from fault to page."""
        return self.minimum(rule, onset) + SLACK_SECONDS

    def resolve_deadline(self, rule: Rule) -> float:
        """Return the longest time allowed from the fault's end to the resolved notice.

        The window must forget the fault, a scrape and an evaluation must see it, and Alertmanager
        speaks of a group again at its next group_interval.
        """
        return rule.window + self.scrape + self.evaluation + self.group_interval + 2 * SLACK_SECONDS

    @property
    def settle(self) -> float:
        """How long to watch for what should not come."""
        return self.scrape + self.evaluation + self.group_wait + SLACK_SECONDS

    @property
    def poll(self) -> float:
        """How often to look: often enough to time the story, seldom enough not to be load."""
        return min(1.0, self.scrape / 3)


def load_rules(endpoints: Endpoints) -> dict[str, Rule]:
    """Return Prometheus' alerting rules by name."""
    groups = endpoints.get("prometheus", "/api/v1/rules", type="alert")["data"]["groups"]
    return {rule["name"]: _rule(rule) for group in groups for rule in group["rules"]}


def _rule(loaded: dict[str, Any]) -> Rule:
    query = loaded["query"]
    windows = [seconds(text) for text in _WINDOW.findall(query)]
    thresholds = _THRESHOLD.findall(query)
    return Rule(
        name=loaded["name"],
        query=query,
        severity=loaded["labels"].get("severity", ""),
        hold=float(loaded["duration"]),
        window=max(windows, default=0.0),
        threshold=float(thresholds[-1]) if thresholds else 0.0,
    )


def load_timing(endpoints: Endpoints) -> Timing:
    """Return the intervals of the running Prometheus and Alertmanager (its top route's)."""
    text = endpoints.get("prometheus", "/api/v1/status/config")["data"]["yaml"]
    scraping = yaml.safe_load(text)["global"]
    text = endpoints.get("alertmanager", "/api/v2/status")["config"]["original"]
    route = yaml.safe_load(text)["route"]
    return Timing(
        scrape=seconds(scraping["scrape_interval"]),
        evaluation=seconds(scraping["evaluation_interval"]),
        group_wait=seconds(route["group_wait"]),
        group_interval=seconds(route["group_interval"]),
    )
