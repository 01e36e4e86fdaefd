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
_QUANTILE = re.compile(r"histogram_quantile\(\s*(0?\.\d+)")
_MATCHER = re.compile(r'^\s*(\w+)\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*$')
# One second of a clock on the wall for all that no interval accounts for. It is not divided with
# the durations: a scheduler's hiccup is as long in scaled time, and a real page may not be later.
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
    `quantile` is a histogram_quantile's, None where the rule has none. `labels` are the rule's own.
    """

    name: str
    query: str
    hold: float
    window: float
    threshold: float
    quantile: float | None
    labels: dict[str, str]

    @property
    def share(self) -> float:
        """The share of bad events beyond which the condition is true."""
        return self.threshold if self.quantile is None else 1 - self.quantile


@dataclass(frozen=True)
class Timing:
    """The intervals that a rule's alert passes on its way to people, in seconds."""

    scrape: float
    evaluation: float
    group_wait: float
    group_interval: float

    def pending(self, onset: float) -> float:
        """Return the time from fault to pending, when the two intervals fall out worst."""
        return onset + self.scrape + self.evaluation

    def minimum(self, rule: Rule, onset: float) -> float:
        """Return the theoretical time from fault to page.

        The fault needs `onset` to make the condition true, a scrape to be seen, an evaluation to be
        judged, the rule's `for`, and Alertmanager's group_wait. No delay of ours is in it.
        """
        return self.pending(onset) + rule.hold + self.group_wait

    def deadline(self, rule: Rule, onset: float, spread: float) -> float:
        """Return the longest time allowed from fault to page: `spread` is the onset's own."""
        return self.minimum(rule, onset) + spread + SLACK_SECONDS

    def resolve_deadline(self, rule: Rule, tail: float) -> float:
        """Return the longest time allowed from the fault's end to the resolved notice.

        The last that it struck ends `tail` seconds later, the window must forget it, a scrape and
        an evaluation must see it, and Alertmanager speaks of a group at each group_interval.
        """
        seen = tail + rule.window + self.scrape + self.evaluation
        return seen + self.group_interval + SLACK_SECONDS

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
    quantile = _QUANTILE.search(query)
    return Rule(
        name=loaded["name"],
        query=query,
        hold=float(loaded["duration"]),
        window=max(windows, default=0.0),
        threshold=float(thresholds[-1]) if thresholds else 0.0,
        quantile=float(quantile[1]) if quantile else None,
        labels={**loaded["labels"], "alertname": loaded["name"]},
    )


def load_timing(endpoints: Endpoints, rule: Rule) -> Timing:
    """Return the intervals of the running Prometheus, and of Alertmanager's route of this rule."""
    text = endpoints.get("prometheus", "/api/v1/status/config")["data"]["yaml"]
    scraping = yaml.safe_load(text)["global"]
    text = endpoints.get("alertmanager", "/api/v2/status")["config"]["original"]
    route = route_of(yaml.safe_load(text)["route"], rule.labels)
    return Timing(
        scrape=seconds(scraping["scrape_interval"]),
        evaluation=seconds(scraping["evaluation_interval"]),
        group_wait=seconds(route["group_wait"]),
        group_interval=seconds(route["group_interval"]),
    )


def route_of(route: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """Return the settings of the first route that takes these labels, inherited ones included.

    https://prometheus.io/docs/alerting/latest/configuration/#route
    """
    for child in route.get("routes") or []:
        if all(_matches(matcher, labels) for matcher in child.get("matchers") or []):
            inherited = {key: value for key, value in route.items() if key != "routes"}
            return route_of({**inherited, **child}, labels)
    return route


def _matches(matcher: str, labels: dict[str, str]) -> bool:
    parts = _MATCHER.match(matcher)
    if parts is None:
        raise ValueError(f"{matcher!r} is no matcher of Alertmanager's")
    name, operator, wanted = parts.groups()
    value = labels.get(name, "")
    found = re.fullmatch(wanted, value) is not None if "~" in operator else value == wanted
    return found != operator.startswith("!")
