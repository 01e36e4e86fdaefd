"""The specification's alerts are its own, every alert has all that belongs to it; and nothing more.

What the sink pages by itself, HeartbeatMissing, is no rule: it has a runbook and no rule test.
"""

import re
from itertools import chain

import pytest
import yaml

from loadtest.catalogue import FAULTS
from loadtest.faults import Promise
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
TEAMS = {"platform", "ml"}
# Told by the sink, not by a rule.
OF_THE_SINK = {"HeartbeatMissing"}
# Fires for as long as all is well: nobody is told, and only its end matters.
ALWAYS_FIRING = {"Watchdog"}
THRESHOLD = re.compile(r">\s*([0-9.]+)")
TEMPLATE = re.compile(r"\{\{.*?\}\}")
ALERTS = repository.alerts()
RULES = repository.alert_rules()

each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


def test_the_specified_alerts_are_there_once() -> None:
    names = [rule["alert"] for rule in repository.rules("alert")]

    assert [names.count(name) for name in SPECIFIED] == [1] * len(SPECIFIED)


def test_one_alert_has_one_rule_or_one_for_each_slo() -> None:
    assert len(RULES) == len(repository.rules("alert"))


@pytest.mark.parametrize("name", SPECIFIED)
def test_time_threshold_severity_and_team_are_the_specifications(name: str) -> None:
    rule = ALERTS[name]
    hold, threshold, severity, team = SPECIFIED[name]

    assert rule["for"] == hold
    assert {float(number) for number in THRESHOLD.findall(rule["expr"])} == {threshold}
    assert rule["labels"] == {"severity": severity, "team": team}


@each_rule
def test_severity_and_team_are_ones_that_somebody_answers_for(rule: dict) -> None:
    # A team may depend on the job; what is left without the conditions are the teams.
    teams = TEMPLATE.sub(" ", rule["labels"]["team"]).split()

    assert teams
    assert set(teams) <= TEAMS
    if rule["alert"] in ALWAYS_FIRING:
        assert rule["labels"]["severity"] == "none"
    else:
        assert rule["labels"]["severity"] in {"critical", "warning"}


@each_rule
def test_summary_is_static_and_description_says_how_bad(rule: dict) -> None:
    annotations = rule["annotations"]
    # What is gone has no figure.
    absent = "== 0" in rule["expr"] or "absent(" in rule["expr"]

    assert annotations.keys() == {"summary", "description", "runbook_url", "dashboard_url"}
    assert "{{" not in annotations["summary"]
    assert annotations["summary"].endswith(".")
    assert absent or "$value" in annotations["description"]
    assert "$labels." in annotations["description"]


@each_rule
def test_description_reaches_pagerduty_as_text(rule: dict) -> None:
    """Alertmanager reads PagerDuty's details as YAML: «limit: 1%» would arrive as an object."""
    annotations = rule["annotations"]

    for text in (annotations["summary"], annotations["description"]):
        assert not re.search(r":(\s|$)|\s#|^[\[{>|*&!%@`'\"](?!\{)", text)


@each_rule
def test_links_lead_to_a_runbook_and_a_dashboard(rule: dict) -> None:
    annotations = rule["annotations"]
    dashboard = annotations["dashboard_url"].removeprefix("http://localhost:3000/d/")

    assert annotations["runbook_url"] == f"http://localhost:8002/runbooks/{rule['alert']}"
    assert (repository.RUNBOOKS / f"{rule['alert']}.md").is_file()
    assert dashboard in DASHBOARDS


def test_no_runbook_and_no_rule_test_is_left_over() -> None:
    runbooks = {file.stem for file in repository.RUNBOOKS.glob("*.md")}

    assert runbooks - OF_THE_SINK == ALERTS.keys()
    tested = {file.stem.partition("-")[0] for file in repository.RULE_TESTS.glob("*.yml")}
    assert tested == ALERTS.keys()


@each_rule
def test_a_route_of_its_own_takes_it(rule: dict) -> None:
    routes = repository.load("alertmanager/alertmanager.yml")["route"]["routes"]
    wanted = (f'alertname="{rule["alert"]}"', f'severity="{rule["labels"]["severity"]}"')
    receivers = [route["receiver"] for route in routes if set(route["matchers"]) <= set(wanted)]

    # The first one takes it. The heartbeat is nobody's pager.
    assert receivers
    assert (receivers[0] == "heartbeat") == (rule["alert"] in ALWAYS_FIRING)


def checks(name: str) -> list[list[dict]]:
    """Return what an alert's rule tests expect: for each check the alerts that fire then."""
    cases = yaml.safe_load((repository.RULE_TESTS / f"{name}.yml").read_text())["tests"]
    return [check["exp_alerts"] for case in cases for check in case.get("alert_rule_test", [])]


@pytest.mark.parametrize("name", ALERTS)
def test_a_rule_test_makes_it_fire_and_another_keeps_it_silent(name: str) -> None:
    fired = [bool(alerts) for alerts in checks(name)]

    assert True in fired
    assert False in fired


@pytest.mark.parametrize("name", ALERTS)
def test_it_belongs_to_a_job_by_which_a_cause_can_silence_it(name: str) -> None:
    fired = list(chain.from_iterable(checks(name)))

    assert fired
    for alert in fired:
        assert alert["exp_labels"].get("job")


def test_every_alert_has_a_fault_and_every_promise_is_of_an_alert() -> None:
    promised = {promise.alert for fault in FAULTS for promise in fault.promises}

    assert promised == (ALERTS.keys() - ALWAYS_FIRING) | OF_THE_SINK


@pytest.mark.parametrize(
    "promise",
    [
        pytest.param(promise, id=f"{fault.name} {promise.alert}")
        for fault in FAULTS
        for promise in fault.promises
    ],
)
def test_a_fault_expects_the_severity_and_the_receivers_that_routing_gives(
    promise: Promise,
) -> None:
    if promise.alert not in OF_THE_SINK:
        assert promise.severity == ALERTS[promise.alert]["labels"]["severity"]
    assert promise.receivers == receivers_of(promise.severity)
    assert promise.late <= promise.receivers


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
