"""Deadlines are computed from what the running configuration says."""

from typing import Any

import pytest

from loadtest.endpoints import Endpoints
from loadtest.routes import route_of
from loadtest.rules import Burn, Configuration, Rule, Timing, load, seconds

REAL = Timing(scrape=15, evaluation=15, group_wait=30, group_interval=300)
RULE = Rule("HighErrorRate", "", 300, 300, 0.01, None, {"severity": "critical"}, memory=300)


class Fake(Endpoints):
    """Answers from a table."""

    def get(self, service: str, path: str, **_: str | float) -> Any:  # noqa: ANN401 - JSON
        return ANSWERS[service, path]


def rule(name: str, query: str, **more: object) -> dict[str, object]:
    return {"type": "alerting", "name": name, "query": query, "duration": 0, "labels": {}, **more}


def recording(name: str, query: str) -> dict[str, object]:
    return {"type": "recording", "name": name, "query": query}


RULES = [
    recording("slo:errors:increase1m", "sum(increase(bad[1m]))"),
    recording("slo:error_ratio:rate1h", "sum_over_time(slo:errors:increase1m[1h]) / 240"),
    recording("slo:error_ratio:rate5m", "sum(increase(bad[5m])) / sum(increase(all[5m]))"),
    rule(
        "PodRestartingTooMuch",
        "increase(a[5m]) > 1 or changes(b[1h]) > 3",
        duration=600,
        keepFiringFor=360,
        labels={"severity": "warning"},
    ),
    rule("HighLatency", "histogram_quantile(0.99, sum(rate(a[15s]))) > 0.5", duration=15),
    rule("ErrorBudgetBurn", "slo:other > 1", labels={"slo": "ml-inference"}),
    rule(
        "ErrorBudgetBurn",
        'slo:error_ratio:rate1h{slo="a"} > 14.4 * 0.001 and '
        'slo:error_ratio:rate5m{slo="a"} > 14.4 * 0.001 or slo:error_ratio:rate1h > (6 * 0.001)',
        labels={"slo": "api-availability"},
    ),
]
ANSWERS: dict[tuple[str, str], Any] = {
    ("prometheus", "/api/v1/status/config"): {
        "data": {"yaml": "global: {scrape_interval: 750ms, evaluation_interval: 1m30s}"}
    },
    ("prometheus", "/api/v1/status/flags"): {"data": {"rules.alert.resend-delay": "3s"}},
    ("prometheus", "/api/v1/rules"): {"data": {"groups": [{"rules": RULES}]}},
    ("alertmanager", "/api/v2/status"): {
        "config": {"original": "route: {group_wait: 1s500ms, group_interval: 15s}"}
    },
    ("sink", "/api/v1/heartbeat"): {"timeout_seconds": 15.0},
}


@pytest.fixture
def configuration() -> Configuration:
    return load(Fake({}, ""))


@pytest.mark.parametrize(
    ("text", "value"),
    [("15s", 15), ("750ms", 0.75), ("1m30s", 90), ("1h", 3600), ("2d", 172_800), ("0s", 0)],
)
def test_durations_are_prometheus_own(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "1.5m", "5min"])
def test_another_text_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no Prometheus duration"):
        seconds(text)


def test_times_are_read_from_the_running_configuration(configuration: Configuration) -> None:
    timing = configuration.timing(RULE)

    assert timing == Timing(scrape=0.75, evaluation=90, group_wait=1.5, group_interval=15)
    assert (configuration.resend, configuration.heartbeat) == (3, 15)


def test_a_rule_has_its_windows_and_its_last_threshold(configuration: Configuration) -> None:
    found = configuration.rule("PodRestartingTooMuch", {})

    assert (found.window, found.memory, found.threshold) == (3600, 300, 3)
    assert (found.hold, found.keep) == (600, 360)
    assert found.share == 3
    assert found.labels == {"alertname": "PodRestartingTooMuch", "severity": "warning"}


def test_a_quantile_allows_the_share_that_it_leaves_out(configuration: Configuration) -> None:
    assert configuration.rule("HighLatency", {}).share == pytest.approx(0.01)


def test_a_burn_rate_looks_as_far_back_as_its_recordings(configuration: Configuration) -> None:
    found = configuration.rule("ErrorBudgetBurn", {"slo": "api-availability"})

    fast = (
        Burn('slo:error_ratio:rate1h{slo="a"}', pytest.approx(0.0144), 3600),
        Burn('slo:error_ratio:rate5m{slo="a"}', pytest.approx(0.0144), 300),
    )
    assert found.burns == (fast, (Burn("slo:error_ratio:rate1h", pytest.approx(0.006), 3600),))
    # The first group is over when five minutes are, the second when an hour is.
    assert (found.window, found.memory) == (3600, 3600)


def test_what_prometheus_does_not_have_is_empty(configuration: Configuration) -> None:
    assert configuration.rule("HeartbeatMissing", {}).query == ""


ROUTE = {
    "receiver": "default",
    "group_wait": "30s",
    "group_interval": "5m",
    "routes": [
        {"matchers": ['severity="critical"'], "group_wait": "0s"},
        {"matchers": ["severity=~warning|info", 'alertname!="Quiet"'], "group_interval": "1h"},
    ],
}


@pytest.mark.parametrize(
    ("labels", "wait", "interval"),
    [
        ({"severity": "critical"}, "0s", "5m"),
        ({"severity": "warning", "alertname": "Loud"}, "30s", "1h"),
        ({"severity": "warning", "alertname": "Quiet"}, "30s", "5m"),
        ({}, "30s", "5m"),
    ],
)
def test_an_alert_waits_as_its_own_route_says(
    labels: dict[str, str], wait: str, interval: str
) -> None:
    route = route_of(ROUTE, labels)

    assert (route["group_wait"], route["group_interval"]) == (wait, interval)


def test_a_page_may_take_what_every_interval_adds_and_chance_and_a_second() -> None:
    assert REAL.minimum(RULE, onset=10) == 10 + 15 + 15 + 300 + 30
    assert REAL.deadline(RULE, onset=10, spread=2) == REAL.minimum(RULE, onset=10) + 2 + 1


def test_a_resolved_notice_may_take_the_window_and_the_group_interval() -> None:
    assert REAL.resolve_deadline(RULE, tail=0.8) == 0.8 + 300 + 15 + 15 + 300 + 1
