"""The fields that hold durations are scaled, and a forgotten one is an error."""

from fractions import Fraction
from typing import Any

import pytest
import yaml

from deploy.scaled_time.documents import Scaling
from deploy.scaled_time.durations import ScalingError

RULE = """
groups:
  - name: 5m
    interval: 1m
    rules:
      - alert: A
        expr: rate(a{window="5m"}[5m]) > 0.5
        for: 5m
        keep_firing_for: 10m
        labels: {window: 5m}
        annotations:
          summary: 5m
          description: Five minutes are 5m.
          runbook_url: http://localhost:8002/runbooks/A
"""


def scaled(text: str, factor: int = 20) -> dict[str, Any]:
    return yaml.safe_load(Scaling(Fraction(factor)).file(text))


def rule(**options: object) -> dict[str, Any]:
    return scaled(RULE, **options)["groups"][0]["rules"][0]


def test_rule_waits_and_looks_back_a_twentieth() -> None:
    found = rule()

    assert found["for"] == "15s"
    assert found["keep_firing_for"] == "30s"
    assert found["expr"] == 'rate(a{window="5m"}[15s]) > 0.5'
    assert scaled(RULE)["groups"][0]["interval"] == "3s"


def test_names_labels_and_annotations_stay() -> None:
    original = yaml.safe_load(RULE)["groups"][0]

    assert rule()["labels"] == original["rules"][0]["labels"]
    assert rule()["annotations"] == original["rules"][0]["annotations"]


def test_routes_inside_routes_are_scaled_and_network_timeouts_are_not() -> None:
    found = scaled("""
        global: {resolve_timeout: 5m}
        route:
          group_wait: 30s
          routes:
            - group_interval: 5m
              routes: [{repeat_interval: 4h}]
        receivers: [{name: a, slack_configs: [{timeout: 10s}]}]
    """)

    assert found["global"] == {"resolve_timeout": "15s"}
    assert found["route"]["group_wait"] == "1s500ms"
    assert found["route"]["routes"][0]["group_interval"] == "15s"
    assert found["route"]["routes"][0]["routes"] == [{"repeat_interval": "12m"}]
    assert found["receivers"][0]["slack_configs"] == [{"timeout": "10s"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "global: {scrape_interval: soon}", r"^global\.scrape_interval: 'soon' is no", id="word"
        ),
        pytest.param(
            "groups: [{rules: [{}, {for: 300}]}]",
            r"^groups\[0\]\.rules\[1\]\.for: 300",
            id="number",
        ),
        pytest.param(
            "groups: [{rules: [{expr: 'rate('}]}]", r"rules\[0\]\.expr: not a PromQL", id="PromQL"
        ),
        pytest.param(
            "scrape_configs: [{ec2_sd_configs: [{refresh_interval: 1m}]}]",
            r"refresh_interval: 1m is a duration, but nothing says whether it is scaled",
            id="field that no table names",
        ),
        pytest.param("a: [", "expected the node content", id="YAML"),
    ],
)
def test_bad_field_is_named_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ScalingError, match=message) as error:
        scaled(text)

    assert "\n" not in str(error.value)


def test_an_empty_file_stays_empty() -> None:
    assert scaled("# nothing yet") is None
