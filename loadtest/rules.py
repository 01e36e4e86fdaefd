"""What the running stack's own configuration says about time: nothing here is typed in twice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from loadtest.endpoints import Endpoints
from loadtest.routes import route_of

# Prometheus' duration syntax: https://prometheus.io/docs/prometheus/latest/querying/basics/
_UNITS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
_PART = re.compile(r"(\d+)(ms|[ywdhms])")
_WINDOW = re.compile(r"\[((?:\d+(?:ms|[ywdhms]))+)\]")
_RECORDING = re.compile(r"\b[a-z_]+:[a-z_]+:[a-z0-9_]+\b")
_NUMBER = r"(\d+(?:\.\d+)?)"
_THRESHOLD = re.compile(rf">\s*{_NUMBER}")
_QUANTILE = re.compile(r"histogram_quantile\(\s*(0?\.\d+)")
# A burn rate's comparison, as deploy/slo writes it: ratio{…} > factor * budget.
_BURN = re.compile(
    rf"([a-z_]+:[a-z_]+:[a-z0-9_]+)(\{{[^}}]*\}})?\s*>\s*\(?{_NUMBER}\s*\*\s*{_NUMBER}"
)
_OR = re.compile(r"\bor\b")
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
class Burn:
    """One condition of a burn-rate alert: `ratio`, a selector, above `threshold` over `window`."""

    ratio: str
    threshold: float
    window: float


@dataclass(frozen=True)
class Rule:
    """An alerting rule as Prometheus loaded it; times in seconds.

    `window` is the longest range that its expression looks back over, `memory` the shortest: so
    long it remembers a fault that is over. `keep` is its keep_firing_for. `threshold` is what the
    last comparison is with, `quantile` a histogram_quantile's (None where the rule has none),
    `burns` the conditions of a burn-rate alert: one group is enough, all of it must hold. `labels`
    are the rule's own.
    """

    name: str
    query: str
    hold: float
    window: float
    threshold: float
    quantile: float | None
    labels: Mapping[str, str]
    memory: float = 0.0
    keep: float = 0.0
    burns: tuple[tuple[Burn, ...], ...] = ()

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

        The last that it struck ends `tail` seconds later, the rule must forget it, a scrape and
        an evaluation must see it, and Alertmanager speaks of a group at each group_interval.
        """
        seen = tail + rule.memory + rule.keep + self.scrape + self.evaluation
        return seen + self.group_interval + SLACK_SECONDS

    @property
    def settle(self) -> float:
        """How long to watch for what should not come."""
        return self.scrape + self.evaluation + self.group_wait + SLACK_SECONDS

    @property
    def poll(self) -> float:
        """How often to look: often enough to time the story, seldom enough not to be load."""
        return min(1.0, self.scrape / 3)


@dataclass(frozen=True)
class Configuration:
    """The running Prometheus' and Alertmanager's own; times in seconds.

    `recordings` has each recording rule's longest range; `resend` is how often Prometheus repeats
    a firing alert, `route` Alertmanager's routing tree, `heartbeat` how long the sink waits for
    one.
    """

    rules: tuple[Rule, ...]
    recordings: Mapping[str, float]
    scrape: float
    evaluation: float
    resend: float
    route: Mapping[str, Any]
    heartbeat: float

    def rule(self, name: str, labels: Mapping[str, str]) -> Rule:
        """Return the rule of this name and these labels; one that Prometheus has not is empty."""
        for rule in self.rules:
            if rule.name == name and labels.items() <= rule.labels.items():
                return rule
        return Rule(name, "", 0.0, 0.0, 0.0, None, {"alertname": name, **labels})

    def timing(self, rule: Rule) -> Timing:
        """Return the intervals of this rule's alerts: scraping's, and those of their route."""
        route = route_of(self.route, rule.labels)
        return Timing(
            scrape=self.scrape,
            evaluation=self.evaluation,
            group_wait=seconds(route["group_wait"]),
            group_interval=seconds(route["group_interval"]),
        )


def load(endpoints: Endpoints) -> Configuration:
    """Ask the running stack for all of it; raises StackUnreachableError."""
    groups = endpoints.get("prometheus", "/api/v1/rules")["data"]["groups"]
    loaded = [rule for group in groups for rule in group["rules"]]
    recordings = {
        one["name"]: max(_windows(one["query"], {}), default=0.0)
        for one in loaded
        if one["type"] == "recording"
    }
    text = endpoints.get("prometheus", "/api/v1/status/config")["data"]["yaml"]
    scraping = yaml.safe_load(text)["global"]
    flags = endpoints.get("prometheus", "/api/v1/status/flags")["data"]
    text = endpoints.get("alertmanager", "/api/v2/status")["config"]["original"]
    return Configuration(
        rules=tuple(_rule(one, recordings) for one in loaded if one["type"] == "alerting"),
        recordings=recordings,
        scrape=seconds(scraping["scrape_interval"]),
        evaluation=seconds(scraping["evaluation_interval"]),
        resend=seconds(flags["rules.alert.resend-delay"]),
        route=yaml.safe_load(text)["route"],
        heartbeat=endpoints.get("sink", "/api/v1/heartbeat")["timeout_seconds"],
    )


def _windows(query: str, recordings: Mapping[str, float]) -> list[float]:
    """Return the ranges that a query looks back over, its own and its recordings'."""
    own = [seconds(text) for text in _WINDOW.findall(query)]
    return own + [recordings[name] for name in _RECORDING.findall(query) if name in recordings]


def _rule(loaded: Mapping[str, Any], recordings: Mapping[str, float]) -> Rule:
    query = loaded["query"]
    windows = [window for window in _windows(query, recordings) if window]
    thresholds = _THRESHOLD.findall(query)
    quantile = _QUANTILE.search(query)
    parts = (_burns(part, recordings) for part in _OR.split(query))
    groups = tuple(group for group in parts if group)
    return Rule(
        name=loaded["name"],
        query=query,
        hold=float(loaded["duration"]),
        window=max(windows, default=0.0),
        threshold=float(thresholds[-1]) if thresholds else 0.0,
        quantile=float(quantile[1]) if quantile else None,
        labels={**loaded["labels"], "alertname": loaded["name"]},
        memory=_memory(groups, windows),
        keep=float(loaded.get("keepFiringFor", 0)),
        burns=groups,
    )


def _memory(groups: tuple[tuple[Burn, ...], ...], windows: list[float]) -> float:
    """Return how long the condition stays true when the fault is over: all of a group must hold."""
    if groups:
        return max(min(burn.window for burn in group) for group in groups)
    return min(windows, default=0.0)


def _burns(query: str, recordings: Mapping[str, float]) -> tuple[Burn, ...]:
    return tuple(
        Burn(name + selector, float(factor) * float(budget), recordings.get(name, 0.0))
        for name, selector, factor, budget in _BURN.findall(query)
    )
