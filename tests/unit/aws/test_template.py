"""``python -m deploy.aws``: writes the template, names what differs, and refuses in one line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.aws.__main__ import main
from deploy.aws.builder import grouping, logs, parameters, rules
from deploy.aws.builder.alarms import as_patient_as, minutes, remembering
from deploy.aws.builder.template import template

PARAMETERS = parameters.parameters()


def alert(**changes: Any) -> rules.Alert:  # noqa: ANN401 - any field
    """Return HighErrorRate with some fields changed."""
    return rules.Alert(**(vars(rules.alerts()["HighErrorRate"]) | changes))


def refused(name: str, value: str) -> bool:
    """Tell whether CloudFormation refuses a parameter's value, as its documentation says."""
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        return value not in map(str, parameter["AllowedValues"])
    if "AllowedPattern" in parameter:
        return re.fullmatch(parameter["AllowedPattern"], value) is None
    try:
        return not parameter["MinValue"] <= float(value) <= parameter["MaxValue"]
    except ValueError:
        return True


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "template.yaml"


def test_what_is_written_is_what_is_checked(out: Path) -> None:
    assert main(["--out", str(out)]) == 0
    before = out.stat().st_mtime_ns

    assert main(["--out", str(out), "--check"]) == 0
    assert out.stat().st_mtime_ns == before


def test_check_names_the_lines_that_differ_and_writes_nothing(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--out", str(out)])
    changed = out.read_text().replace("Threshold: 0.01\n", "Threshold: 0.02\n")
    out.write_text(changed)

    assert main(["--out", str(out), "--check"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("deploy/aws/template.yaml is not what the rules say: run `make aws`\n")
    assert "-      Threshold: 0.02\n+      Threshold: 0.01\n" in told
    assert out.read_text() == changed


def test_check_fails_where_nothing_was_written_yet(out: Path) -> None:
    assert main(["--out", str(out), "--check"]) == 1
    assert not out.exists()


def test_a_rule_that_an_alarm_cannot_follow_is_one_line(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = alert(expression="a / b > 0.01 and c > 7")
    monkeypatch.setitem(rules.alerts(), "HighErrorRate", changed)

    assert main(["--out", str(out)]) == 2
    line = "HighErrorRate compares with [0.01, 7.0], not with one figure\n"
    assert capsys.readouterr().err == line
    assert not out.exists()


def test_a_rules_new_limit_and_severity_reach_the_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    high = rules.alerts()["HighLatency"]
    expression = high.expression.replace("> 0.5", "> 0.75")
    changed = rules.Alert(**(vars(high) | {"expression": expression, "severity": "info"}))
    monkeypatch.setitem(rules.alerts(), "HighLatency", changed)

    alarm = template()["Resources"]["HighLatencyAlarm"]["Properties"]
    assert alarm["Threshold"] == 750
    assert alarm["AlarmActions"] == [{"Ref": "InfoTopic"}]
    assert "take 750ms or longer" in alarm["AlarmDescription"]["Fn::Sub"]


def test_a_description_is_for_one_place_and_says_the_limit() -> None:
    said = alert().described(job="api")

    assert said == (
        "More than 1% of the requests to api end in a server error (limit 1%). These users get no "
        "prediction."
    )


@pytest.mark.parametrize("text", ["{{ $value | humanize }}", "{{ with query `up` }}x{{ end }}"])
def test_a_description_that_needs_prometheus_is_refused(text: str) -> None:
    changed = alert(annotations={"description": text})

    with pytest.raises(LookupError, match="HighErrorRate: an alarm can't say"):
        changed.described(job="api")


def test_a_rule_with_two_windows_is_refused() -> None:
    changed = alert(expression="rate(a[5m]) / rate(b[1h]) > 0.01")

    with pytest.raises(LookupError, match="looks back for 2 times"):
        as_patient_as(changed)


def test_patience_is_the_rules() -> None:
    patience = as_patient_as(alert())
    assert (patience.breaching, patience.of, patience.seconds) == (5, 10, 60)

    down = rules.alerts()["ServiceDown"]
    cause = remembering(down)
    assert (cause.breaching, cause.of) == (1, 10)
    # A symptom is over at most `of - breaching + 1` good minutes after its cause.
    assert cause.of - cause.breaching >= patience.of - patience.breaching + 1
    assert minutes(rules.alerts()["DatabaseDown"].hold) == 1


def test_a_key_is_that_of_the_route_that_pagerduty_hears_of() -> None:
    assert grouping.dedup_key(rules.alerts()["HighErrorRate"]) is not None
    assert grouping.dedup_key(rules.alerts()["HighLatency"]) is None
    assert grouping.dedup_key(alert(severity="none")) is None


@pytest.mark.parametrize(
    "route",
    [
        {"matchers": ['severity=~"crit.*"'], "receiver": "pagerduty-critical"},
        {"matchers": ['severity="critical"'], "receiver": "pagerduty-critical", "continue": True},
    ],
    ids=["a pattern", "one that goes on"],
)
def test_a_route_that_is_not_understood_is_refused(
    route: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {"route": {"group_by": ["alertname"], "routes": [route]}, "receivers": []}
    monkeypatch.setattr(grouping, "_document", lambda: document)

    with pytest.raises(grouping.GroupingError, match="more than this can follow"):
        grouping.dedup_key(alert())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Project", "Sre"),
        ("Project", "a"),
        ("Project", "x" * 32),
        ("Project", "sre_reference"),
        ("LogRetentionDays", "31"),
        ("LogRetentionDays", "0"),
        ("TraceSamplingPercent", "-1"),
        ("TraceSamplingPercent", "101"),
        ("TraceSamplingPercent", "ten"),
        ("BusyRequestsPerMinute", "0"),
        ("RunbooksUrl", "runbooks"),
        ("RunbooksUrl", 'http://x/"},{"'),
        ("RunbooksUrl", "http://x/?a=b"),
        ("DashboardsUrl", "javascript:alert(1)"),
        ("PagerDutyIntegrationUrl", "https://example.com/integration/x/enqueue"),
        ("PagerDutyIntegrationUrl", f"http://events.pagerduty.com/integration/{'a' * 32}/enqueue"),
        ("PagerDutyIntegrationUrl", f"https://events.pagerduty.com/integration/{'a' * 31}/enqueue"),
        ("ServiceVersion", ""),
        ("ServiceVersion", "1.0 0"),
        ("CollectorImage", ""),
        ("DatabaseUrl", "postgresql://api:secret@postgres/api"),
        ("DatabaseUrl", "mysql://api@postgres/api"),
        ("LoadBalancer", "my-balancer"),
        ("LoadBalancer", "app/api/0123456789abcdeg"),
        ("TargetGroup", "targetgroup/api"),
        ("DatabaseInstance", "api--db"),
        ("DatabaseInstance", "1api"),
        ("DatabaseMaxConnections", "5"),
        ("DatabaseFreeStorage", "1000"),
        ("Cluster", "my cluster"),
        ("ApiService", ""),
    ],
)
def test_a_value_out_of_range_is_refused(name: str, value: str) -> None:
    assert refused(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Project", "shop-2"),
        ("LogRetentionDays", "365"),
        ("TraceSamplingPercent", "0"),
        ("TraceSamplingPercent", "0.5"),
        ("RunbooksUrl", "https://wiki.example.com/runbooks"),
        (
            "PagerDutyIntegrationUrl",
            f"https://events.eu.pagerduty.com/integration/{'a1' * 16}/enqueue",
        ),
        ("DatabaseUrl", "postgresql://api@db.example.com:5432/api?sslmode=verify-full"),
        ("LoadBalancer", "app/api/0123456789abcdef"),
        ("TargetGroup", "targetgroup/api/0123456789abcdef"),
        ("DatabaseInstance", "api-db"),
        ("CollectorImage", f"registry.example.com:5000/adot@sha256:{'0' * 64}"),
    ],
)
def test_a_value_that_one_would_give_is_taken(name: str, value: str) -> None:
    assert not refused(name, value)


@pytest.mark.parametrize("name", PARAMETERS)
def test_defaults_are_taken(name: str) -> None:
    assert not refused(name, str(PARAMETERS[name]["Default"]))


def test_every_model_has_a_latency_of_its_own() -> None:
    durations = [logs.inference_duration(model) for model in rules.models()]

    assert {metric.name for metric in durations} == {
        "MlInferenceDurationDigits",
        "MlInferenceDurationBreastCancer",
    }
    assert '($.path = "/v1/models/digits/infer")' in durations[0].pattern


def test_widgets_fill_their_rows_and_overlap_nowhere() -> None:
    (board,) = (
        one["Properties"]["DashboardBody"]["Fn::Sub"]
        for one in template()["Resources"].values()
        if one["Type"] == "AWS::CloudWatch::Dashboard"
    )
    cells = [
        (x, y)
        for widget in json.loads(board)["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(cells) == len(set(cells)) == 24 * (max(y for _, y in cells) + 1)
