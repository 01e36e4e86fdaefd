"""AWS' half says what Prometheus' half says: the same limits, people and incidents.

What CloudFormation itself would refuse, cfn-lint refuses here, without a network.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint

from deploy.aws import notifier
from deploy.aws.__main__ import TEMPLATE
from deploy.aws.builder import logs
from deploy.aws.builder.template import rendered
from deploy.slo.burn import PAGES
from deploy.stack.console import ROOT
from telemetry.log_record import KEYS
from tests.contracts import repository
from tests.contracts.test_slos import SLOS

TEXT = TEMPLATE.read_text()
DOCUMENT = yaml.safe_load(TEXT)
RESOURCES: dict[str, dict[str, Any]] = DOCUMENT["Resources"]
INTRINSICS = {"Ref", "Fn::Sub", "Fn::GetAtt", "Fn::If", "Fn::Equals", "Fn::Not"}
TWINS = {
    "HighErrorRate",
    "HighLatency",
    "MLInferenceErrors",
    "MLInferenceSlowdown",
    "ErrorBudgetBurn",
    "ServiceDown",
    "DatabaseDown",
    "DatabaseConnectionsHigh",
}
# That an alert has in seconds and a log line in milliseconds.
IN_MILLISECONDS = {"HighLatency", "MLInferenceSlowdown"}
SELECTOR = re.compile(r"\$\.([\w.]+)")
RAISED = re.compile(r'ALARM\("([^"]+)"\)')


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of one type, by logical id."""
    return {key: one["Properties"] for key, one in RESOURCES.items() if one["Type"] == kind}


METRIC_ALARMS = of_type("AWS::CloudWatch::Alarm")
ALARMS = METRIC_ALARMS | of_type("AWS::CloudWatch::CompositeAlarm")
FILTERS = of_type("AWS::Logs::MetricFilter")
each_alarm = pytest.mark.parametrize("alarm", ALARMS.values(), ids=list(ALARMS))


def words(alarm: dict[str, Any]) -> dict[str, Any]:
    """Return what an alarm's description says, with the parameters' defaults put in."""
    text = alarm["AlarmDescription"]["Fn::Sub"]
    for name in ("RunbooksUrl", "DashboardsUrl"):
        text = text.replace(f"${{{name}}}", DOCUMENT["Parameters"][name]["Default"])
    assert "${" not in text
    return json.loads(text)


def name(alarm: dict[str, Any]) -> str:
    return alarm["AlarmName"]["Fn::Sub"].removeprefix("${Project}-")


def everything(value: object) -> Iterator[tuple[str, object]]:
    """Yield every key and its value, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from everything(inner)
    elif isinstance(value, list):
        yield from chain.from_iterable(map(everything, value))


def test_the_template_is_the_one_that_the_rules_make() -> None:
    assert rendered() == TEXT, "run `make aws`"


def test_cloudformation_has_nothing_to_say_against_it() -> None:
    assert [str(match) for match in lint(TEXT, config=ManualArgs(regions=["ap-northeast-1"]))] == []


def test_only_intrinsics_that_a_small_resolver_understands_are_used() -> None:
    parts = {key: DOCUMENT[key] for key in ("Rules", "Conditions", "Resources", "Outputs")}
    used = {key for key, _ in everything(parts) if key == "Ref" or key.startswith("Fn::")}

    assert used <= INTRINSICS
    assert "!" not in re.sub(r'[^"\']!= "[^"]*"', "", " ".join(re.findall(r"(?m): (!\w+)", TEXT)))


def test_every_twin_is_there() -> None:
    assert {words(alarm)["alertname"] for alarm in ALARMS.values()} & set(repository.alerts()) == (
        TWINS
    )


@pytest.mark.parametrize(
    "alarm",
    [
        pytest.param(alarm, id=key)
        for key, alarm in ALARMS.items()
        if words(alarm)["alertname"] in TWINS
    ],
)
def test_severity_texts_and_links_are_the_rules(alarm: dict[str, Any]) -> None:
    said = words(alarm)
    rules = [r for r in repository.rules("alert") if r["alert"] == said["alertname"]]
    annotations = rules[0]["annotations"]

    assert said["severity"] == rules[0]["labels"]["severity"]
    assert said["summary"] == annotations["summary"]
    assert said["runbook_url"] == annotations["runbook_url"]
    assert said["dashboard_url"] in {rule["annotations"]["dashboard_url"] for rule in rules}
    # ServiceDown's team depends on the job, and an SLO's on the SLO.
    teams = re.findall(r"\w+", " ".join(rule["labels"]["team"] for rule in rules))
    assert set(said["team"].split(", ")) <= set(teams)


@each_alarm
def test_an_alarm_without_a_rule_has_a_runbook_that_exists(alarm: dict[str, Any]) -> None:
    said = words(alarm)
    runbook = said["runbook_url"].rpartition("/")[2]

    assert (repository.RUNBOOKS / f"{runbook}.md").is_file()
    assert said["severity"] in {"critical", "warning", "info"}
    assert set(said["team"].split(", ")) <= {"platform", "ml"}
    assert said.keys() >= set(notifier.WORDS)
    # CloudWatch's limit for a description.
    assert len(json.dumps(said, ensure_ascii=False)) <= 1024


@pytest.mark.parametrize(
    "alert", sorted(TWINS - {"ErrorBudgetBurn", "ServiceDown", "DatabaseDown"})
)
def test_limits_are_the_rules(alert: str) -> None:
    found = {
        alarm["Threshold"] for alarm in METRIC_ALARMS.values() if words(alarm)["alertname"] == alert
    }
    limits = re.findall(r">\s*([\d.]+)", repository.alerts()[alert]["expr"])
    scale = 1000 if alert in IN_MILLISECONDS else 1

    assert found == {scale * float(limit) for limit in limits}


@pytest.mark.parametrize(
    "alert", ["HighErrorRate", "HighLatency", "MLInferenceErrors", "MLInferenceSlowdown"]
)
def test_an_alarm_is_as_patient_as_its_rule(alert: str) -> None:
    rule = repository.alerts()[alert]
    (window,) = set(re.findall(r"\[(\d+)m\]", rule["expr"]))
    hold = int(rule["for"].removesuffix("m"))
    found = [alarm for alarm in METRIC_ALARMS.values() if words(alarm)["alertname"] == alert]

    assert found
    for alarm in found:
        assert alarm["DatapointsToAlarm"] == hold
        assert alarm["EvaluationPeriods"] == hold + int(window)


@pytest.mark.parametrize("slo", ["api-availability", "ml-inference"])
def test_a_budget_burns_too_fast_by_the_rules_rates_and_windows(slo: str) -> None:
    found = {
        name(alarm).removeprefix(f"ErrorBudgetBurn-{slo}-"): alarm["Threshold"]
        for alarm in METRIC_ALARMS.values()
        if name(alarm).startswith(f"ErrorBudgetBurn-{slo}-")
    }
    budget = Decimal(SLOS[slo].budget)

    for burn in PAGES:
        for window in (burn.long, burn.short):
            assert Decimal(str(found[window])) == Decimal(burn.rate) * budget
    assert Decimal(str(found["still"])) == budget


def test_what_pagerduty_knows_an_incident_by_is_what_alertmanager_gives_it() -> None:
    """tests/routing holds a running Alertmanager to the same."""
    key = '{{}}/{{severity="critical"}}:{{alertname="{}", severity="critical"}}'

    for alarm in ALARMS.values():
        said = words(alarm)
        if said["alertname"] in TWINS and said["severity"] == "critical":
            group = key.format(said["alertname"])
            assert said["dedup_key"] == hashlib.sha256(group.encode()).hexdigest()
        else:
            assert said["dedup_key"] is None


def test_one_alarm_alone_ends_an_incident() -> None:
    """Two that share a dedup_key would: the first that is over resolves the other's incident."""
    told = [words(alarm) for alarm in ALARMS.values() if "AlarmActions" in alarm]
    keys = [said["dedup_key"] for said in told if said["dedup_key"]]

    assert len(keys) == len(set(keys))
    assert len(keys) == 5


@each_alarm
def test_an_alarm_tells_its_severitys_topic_of_beginning_and_end(alarm: dict[str, Any]) -> None:
    topics = [alarm.get(actions) for actions in ("AlarmActions", "OKActions")]
    told = [{"Ref": f"{words(alarm)['severity'].capitalize()}Topic"}]

    # A part of a composite alarm tells nobody.
    assert topics in ([told, told], [None, None])
    assert ("Metrics" in alarm or "MetricName" in alarm) or topics == [told, told]


def test_every_part_belongs_to_a_composite_and_every_composite_finds_its_parts() -> None:
    parts = {name(alarm) for alarm in ALARMS.values() if "AlarmActions" not in alarm}
    rules = [str(one["AlarmRule"]) for one in of_type("AWS::CloudWatch::CompositeAlarm").values()]
    logical_ids = {key: name(alarm) for key, alarm in ALARMS.items()}
    named = {
        logical_ids.get(found.removeprefix("${").removesuffix("}"), found)
        for rule in rules
        for found in RAISED.findall(rule)
    }
    named = {found.removeprefix("${Project}-") for found in named}

    assert parts <= named
    assert named <= set(logical_ids.values())


def test_channels_are_alertmanagers() -> None:
    receivers = {
        receiver["name"]: receiver
        for receiver in repository.load("alertmanager/alertmanager.yml")["receivers"]
    }
    channels = {
        key: receivers[receiver]["slack_configs"][0]["channel"]
        for key, receiver in {
            "critical": "pagerduty-critical",
            "warning": "slack-warning",
            "info": "default",
        }.items()
    }

    assert {key: notifier.STYLES.get(key, notifier.OTHERS)[0] for key in channels} == channels


def our_metrics() -> set[str]:
    """Return the metrics of our namespace that alarms and the dashboard look at."""
    found = set()
    for alarm in METRIC_ALARMS.values():
        looked_at = [
            entry.get("MetricStat", {}).get("Metric") for entry in alarm.get("Metrics", ())
        ]
        looked_at.append(alarm if "MetricName" in alarm else None)
        found |= {
            one["MetricName"] for one in looked_at if one and one["Namespace"] == logs.NAMESPACE
        }
    (board,) = of_type("AWS::CloudWatch::Dashboard").values()
    for widget in json.loads(board["DashboardBody"]["Fn::Sub"])["widgets"]:
        lines = widget["properties"].get("metrics", ())
        found |= {line[1] for line in lines if line[0] == logs.NAMESPACE}
    return found


def test_alarms_and_the_dashboard_look_at_metrics_that_the_log_has() -> None:
    made = {one["MetricTransformations"][0]["MetricName"] for one in FILTERS.values()}

    # A metric that nobody looks at is paid for nothing.
    assert our_metrics() == made


def extras() -> set[str]:
    """Return the names that services add to their requests' lines."""
    found = set()
    for service in ("api", "ml"):
        for file in repository.python_files(f"services/{service}"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "logs.add_extra":
                    found |= {word.arg for word in node.keywords if word.arg}
    return found


@pytest.mark.parametrize("one", FILTERS.values(), ids=list(FILTERS))
def test_a_filter_selects_what_a_log_line_has(one: dict[str, Any]) -> None:
    (transformation,) = one["MetricTransformations"]
    selectors = SELECTOR.findall(f"{one['FilterPattern']} {transformation['MetricValue']}")

    assert selectors
    for selector in selectors:
        key, _, inner = selector.partition(".")
        assert key in KEYS
        assert inner in extras() if key == "extra" else not inner
    # CloudWatch's limit.
    assert len(one["FilterPattern"]) <= 1024


def test_a_count_is_zero_where_nothing_matches_and_a_duration_is_not() -> None:
    for one in FILTERS.values():
        (transformation,) = one["MetricTransformations"]
        counts = transformation["MetricValue"] == "1"
        assert transformation.get("DefaultValue") == (0 if counts else None)
        # CloudWatch refuses a selector that the pattern doesn't have.
        assert counts or transformation["MetricValue"] in one["FilterPattern"]


def test_slow_is_one_second_wherever_it_is_said() -> None:
    collector = repository.load("deploy/aws/collector.yaml")
    policies = collector["processors"]["tail_sampling"]["policies"]
    (latency,) = [policy["latency"] for policy in policies if policy["type"] == "latency"]

    assert logs.SLOW == latency["threshold_ms"] == 1000
    assert f"duration_ms > {logs.SLOW}" in (ROOT / "deploy/aws/queries/latency.logs").read_text()
