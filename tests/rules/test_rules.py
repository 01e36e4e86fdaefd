"""The alert rules against made-up series: one file for each alert, in promtool's own format."""

from pathlib import Path

import pytest
import yaml

from tests.tools import promtool

HERE = Path(__file__).parent
FILES = sorted(file.name for file in HERE.glob("*.yml"))
FIRES = "fires when "
SILENT = "does not fire when "


def test_prometheus_accepts_the_configuration_and_finds_nothing_to_improve() -> None:
    printed = promtool(
        "check", "config", "--lint=all", "--lint-fatal", "/etc/prometheus/prometheus.yml"
    )

    assert "rule files found" in printed


@pytest.mark.parametrize("file", FILES)
def test_alert_fires_and_stays_silent_as_described(file: str) -> None:
    promtool("test", "rules", f"/tests/{file}", mounts={HERE: "/tests"})


@pytest.mark.parametrize("file", FILES)
def test_descriptions_tell_the_truth(file: str) -> None:
    for case in yaml.safe_load((HERE / file).read_text())["tests"]:
        name = case["name"]
        expected = [check["exp_alerts"] for check in case.get("alert_rule_test", [])]
        expected += [check["exp_samples"] for check in case.get("promql_expr_test", [])]

        assert name.startswith((FIRES, SILENT)), name
        assert any(expected) == name.startswith(FIRES), name


@pytest.mark.parametrize("file", FILES)
def test_file_is_about_the_alert_it_is_named_after(file: str) -> None:
    tests = yaml.safe_load((HERE / file).read_text())["tests"]
    checks = [check for case in tests for check in case.get("alert_rule_test", [])]

    # `ErrorBudgetBurn-6h.yml` is more about ErrorBudgetBurn, at another interval.
    alert = file.removesuffix(".yml").partition("-")[0]
    assert {check["alertname"] for check in checks} == {alert}
