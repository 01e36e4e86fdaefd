"""Each alert is the specification's, and has all that belongs to it; and nothing is left over."""

import re

import pytest
import yaml

from loadtest.catalogue import FAULTS
from tests.contracts import repository

# The specification's 5.1, typed from it: name → (for, threshold, severity, team).
SPECIFIED = {
    "HighErrorRate": ("5m", 0.01, "critical", "platform"),
    "HighLatency": ("5m", 0.5, "warning", "platform"),
    "PodRestartingTooMuch": ("10m", 3.0, "warning", "platform"),
    "MLInferenceErrors": ("5m", 0.005, "critical", "ml"),
    "MLInferenceSlowdown": ("5m", 1.0, "warning", "ml"),
}
# The dashboards' uids (specification, 6).
DASHBOARDS = {
    "executive-summary",
    "service-overview",
    "api-server",
    "ml-inference",
    "infrastructure",
}
THRESHOLD = re.compile(r">\s*([0-9.]+)")
ALERTS = repository.alerts()
FAULTS_BY_ALERT = {fault.alert: fault for fault in FAULTS}


def test_the_alerts_are_exactly_the_specified_ones() -> None:
    names = [rule["alert"] for rule in repository.rules("alert")]

    assert sorted(names) == sorted(SPECIFIED)


@pytest.mark.parametrize("name", SPECIFIED)
def test_time_threshold_severity_and_team_are_the_specifications(name: str) -> None:
    rule = ALERTS[name]
    hold, threshold, severity, team = SPECIFIED[name]

    assert rule["for"] == hold
    assert {float(number) for number in THRESHOLD.findall(rule["expr"])} == {threshold}
    assert rule["labels"] == {"severity": severity, "team": team}


@pytest.mark.parametrize("name", ALERTS)
def test_summary_is_static_and_description_says_how_bad(name: str) -> None:
    annotations = ALERTS[name]["annotations"]

    assert annotations.keys() == {"summary", "description", "runbook_url", "dashboard_url"}
    assert "{{" not in annotations["summary"]
    assert annotations["summary"].endswith(".")
    assert "$value" in annotations["description"]
    assert "$labels." in annotations["description"]


@pytest.mark.parametrize("name", ALERTS)
def test_description_reaches_pagerduty_as_text(name: str) -> None:
    """Alertmanager reads PagerDuty's details as YAML: «limit: 1%» would arrive as an object."""
    annotations = ALERTS[name]["annotations"]

    for text in (annotations["summary"], annotations["description"]):
        assert not re.search(r":(\s|$)|\s#|^[\[{>|*&!%@`'\"](?!\{)", text)


@pytest.mark.parametrize("name", ALERTS)
def test_links_lead_to_a_runbook_and_a_dashboard(name: str) -> None:
    annotations = ALERTS[name]["annotations"]
    dashboard = annotations["dashboard_url"].removeprefix("http://localhost:3000/d/")

    assert annotations["runbook_url"] == f"http://localhost:8002/runbooks/{name}"
    assert (repository.RUNBOOKS / f"{name}.md").is_file()
    assert dashboard in DASHBOARDS


def test_no_runbook_and_no_rule_test_is_left_over() -> None:
    assert {file.stem for file in repository.RUNBOOKS.iterdir()} == ALERTS.keys()
    assert {file.stem for file in repository.RULE_TESTS.glob("*.yml")} == ALERTS.keys()


@pytest.mark.parametrize("name", ALERTS)
def test_a_rule_test_makes_it_fire_and_another_keeps_it_silent(name: str) -> None:
    cases = yaml.safe_load((repository.RULE_TESTS / f"{name}.yml").read_text())["tests"]
    fired = [
        any(check["exp_alerts"] for check in case["alert_rule_test"])
        for case in cases
        if "alert_rule_test" in case
    ]

    assert True in fired
    assert False in fired


def test_every_alert_has_exactly_one_fault_and_every_fault_an_alert() -> None:
    assert sorted(fault.alert for fault in FAULTS) == sorted(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_fault_expects_the_severity_and_the_receivers_that_routing_gives(name: str) -> None:
    fault = FAULTS_BY_ALERT[name]

    assert fault.severity == ALERTS[name]["labels"]["severity"]
    assert fault.receivers == receivers_of(fault.severity)


def receivers_of(severity: str) -> set[str]:
    """Return every place that alertmanager.yml tells of a severity."""
    config = repository.load("alertmanager/alertmanager.yml")
    route = next(r for r in config["route"]["routes"] if f'severity="{severity}"' in r["matchers"])
    receiver = next(r for r in config["receivers"] if r["name"] == route["receiver"])
    channels = {slack["channel"] for slack in receiver.get("slack_configs", [])}
    return channels | ({"pagerduty"} if "pagerduty_configs" in receiver else set())


def test_rules_are_named_as_prometheus_advises() -> None:
    for name in ALERTS:
        assert re.fullmatch(r"([A-Z][a-z]*)+", name), name
    for rule in repository.rules("record"):
        assert re.fullmatch(r"[a-z_]+:[a-z_]+:[a-z0-9_]+", rule["record"]), rule["record"]
