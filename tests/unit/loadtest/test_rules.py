"""Deadlines are computed from what the running configuration says."""

from typing import Any

import pytest

from loadtest.endpoints import Endpoints
from loadtest.rules import Rule, Timing, load_rules, load_timing, seconds

REAL = Timing(scrape=15, evaluation=15, group_wait=30, group_interval=300)
RULE = Rule("HighErrorRate", "…[5m] > 0.01", "critical", hold=300, window=300, threshold=0.01)


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
                        }
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
    timing = load_timing(Fake({}, ""))

    assert timing == Timing(scrape=0.75, evaluation=90, group_wait=1.5, group_interval=15)


def test_a_rule_has_its_longest_window_and_its_last_threshold() -> None:
    rule = load_rules(Fake({}, ""))["PodRestartingTooMuch"]

    assert (rule.window, rule.threshold, rule.hold) == (3600, 3, 600)


def test_a_page_may_take_what_every_interval_adds_and_a_second() -> None:
    assert REAL.minimum(RULE, onset=10) == 10 + 15 + 15 + 300 + 30
    assert REAL.page_deadline(RULE, onset=10) == REAL.minimum(RULE, onset=10) + 1


def test_a_resolved_notice_may_take_the_window_and_the_group_interval() -> None:
    assert REAL.resolve_deadline(RULE) == 300 + 15 + 15 + 300 + 2
