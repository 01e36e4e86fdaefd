"""An SLO's figures are the same in scaled time: every window shorter, no ratio of them changed."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.scaled_time.__main__ import ROOT, main
from deploy.scaled_time.durations import divide, read, write
from tests.tools import promtool
from tests.unit.scaled_time.expressions import canonical

FACTOR = 20
RULE_TEST = "ErrorBudgetBurn.yml"
# What a promtool test has durations in.
TIMES = {"interval", "evaluation_interval", "eval_time"}


@pytest.fixture
def scaled(tmp_path: Path) -> Path:
    assert main(["--factor", str(FACTOR), "--out", str(tmp_path)]) == 0
    return tmp_path


def rules(root: Path) -> dict[str, dict[str, Any]]:
    """Return the groups of the SLO rules by name."""
    groups = yaml.safe_load((root / "prometheus/rules/slo.yml").read_text())["groups"]
    return {group["name"]: group for group in groups}


def expression(root: Path, name: str) -> str:
    """Return the first rule that records a name."""
    found = [rule for group in rules(root).values() for rule in group["rules"]]
    return canonical(next(rule["expr"] for rule in found if rule.get("record") == name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "slo:errors:increase1m",
            'sum(increase(http_requests_total{job="api",status=~"5.."}[3s]))',
        ),
        ("slo:events:increase5m", "sum_over_time(slo:events:increase1m[15s]) / 4"),
        (
            "slo:error_ratio:rate1h",
            (
                "sum_over_time(slo:errors:increase1m[3m]) / "
                "(240 * avg_over_time(slo:events:increase1m[3m])) or 0 * slo:error_ratio:rate5m"
            ),
        ),
        (
            "slo:error_ratio:rate30d",
            (
                "sum_over_time(slo:errors:increase5m[1d12h]) / "
                "(8640 * avg_over_time(slo:events:increase5m[1d12h])) or 0 * slo:error_ratio:rate5m"
            ),
        ),
    ],
)
def test_a_recordings_window_is_divided_and_its_number_of_steps_is_not(
    scaled: Path, name: str, expected: str
) -> None:
    assert expression(scaled, name) == canonical(expected)


def test_five_minutes_are_recorded_every_fifteen_seconds(scaled: Path) -> None:
    assert rules(scaled)["slo-five-minutes"]["interval"] == "15s"


def test_names_and_what_people_read_stay(scaled: Path) -> None:
    """A page in scaled time speaks of the same budget: «43.2 minutes» are a month's."""
    for before, after in zip(
        rules(ROOT)["slo"]["rules"], rules(scaled)["slo"]["rules"], strict=True
    ):
        for field in ("record", "alert", "labels", "annotations"):
            assert before.get(field) == after.get(field)


def test_slo_files_are_copied_byte_for_byte(scaled: Path) -> None:
    for file in (ROOT / "prometheus/slo").iterdir():
        assert (scaled / "prometheus/slo" / file.name).read_bytes() == file.read_bytes()


def test_alerts_fire_and_stay_silent_as_they_do_unscaled(scaled: Path, tmp_path: Path) -> None:
    """The rule tests of a fast burn, with all their times divided too."""
    text = (ROOT / "tests/rules" / RULE_TEST).read_text()
    test = faster(yaml.safe_load(text))
    test["rule_files"] = ["/scaled/slo.yml"]
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / RULE_TEST).write_text(yaml.safe_dump(test))

    promtool(
        *("test", "rules", f"/tests/{RULE_TEST}"),
        mounts={tmp_path / "tests": "/tests", scaled / "prometheus/rules": "/scaled"},
    )


def faster(value: Any) -> Any:  # noqa: ANN401 - any part of YAML
    """Return a part of a promtool test with its times divided by the factor."""
    if isinstance(value, list):
        return [faster(inner) for inner in value]
    if isinstance(value, dict):
        return {
            key: write(divide(read(inner), Fraction(FACTOR))) if key in TIMES else faster(inner)
            for key, inner in value.items()
        }
    return value
