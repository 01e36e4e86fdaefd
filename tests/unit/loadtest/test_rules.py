"""Deadlines are computed from what the running configuration says."""

from typing import Any

import pytest

from loadtest.endpoints import Endpoints
from loadtest.rules import Rule, Timing, load_rules, load_timing, route_of, seconds

REAL = Timing(scrape=15, evaluation=15, group_wait=30, group_interval=300)
RULE = Rule("HighErrorRate", "", 300, 300, 0.01, None, {"severity": "critical"})


class Fake(Endpoints):
    """Answers from a table."""

    def get(self, service: str, path: str, **_: str | float) -> Any:  # noqa: ANN401 - JSON
        return ANSWERS[service, path]


ANSWERS: dict[tuple[str, str], Any] = {
    ("prometheus", "/api/v1/status/config"): {
        "data": {"yaml": "global: {scrape_interval: 750ms, evaluation_interval: 1m30s}"}
    },
    ("alertmanager", "/api/v2/status"): {
        "config": {"original": "route: {group_wait: 1s500ms, group_interval: 15s}"}
    },
    ("prometheus", "/api/v1/rules"): {
        "data": {
            "groups": [
                {
                    "rules": [
                        {
                            "name": "PodRestartingTooMuch",
                            "query": "increase(a[5m]) > 1 or changes(b[1h]) > 3",
                            "duration": 600,
                            "labels": {"severity": "warning"},
                        },
                        {
                            "name": "HighLatency",
                            "query": "histogram_quantile(0.99, sum(rate(a[15s]))) > 0.5",
                            "duration": 15,
                            "labels": {},
                        },
                    ]
                }
            ]
        }
    },
}


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


def test_timing_is_read_from_the_running_configuration() -> None:
    timing = load_timing(Fake({}, ""), RULE)

    assert timing == Timing(scrape=0.75, evaluation=90, group_wait=1.5, group_interval=15)


def test_a_rule_has_its_longest_window_and_its_last_threshold() -> None:
    rule = load_rules(Fake({}, ""))["PodRestartingTooMuch"]

    assert (rule.window, rule.threshold, rule.hold) == (3600, 3, 600)
    assert rule.share == 3
    assert rule.labels == {"alertname": "PodRestartingTooMuch", "severity": "warning"}


def test_a_quantile_allows_the_share_that_it_leaves_out() -> None:
    assert load_rules(Fake({}, ""))["HighLatency"].share == pytest.approx(0.01)


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
