"""``python -m deploy.scaled_time`` on this repository's configuration and on bad input."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.scaled_time.__main__ import FLAGS, ROOT, main
from tests.tools import amtool, promtool
from tests.unit.scaled_time.expressions import canonical

RULES = Path("prometheus/rules")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("prometheus", "alertmanager"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def load(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text())


def rules(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted((root / RULES).glob("*.yml")):
        for group in load(file)["groups"]:
            for rule in group["rules"]:
                yield rule["expr"], {**rule, "expr": None}


def test_tools_accept_what_was_scaled(tmp_path: Path) -> None:
    assert main(["--factor", "20", "--out", str(tmp_path)]) == 0

    promtool(
        "check", "config", "/scaled/prometheus.yml", mounts={tmp_path / "prometheus": "/scaled"}
    )
    files = [f"/scaled/{file.name}" for file in (tmp_path / RULES).iterdir()]
    promtool("check", "rules", *files, mounts={tmp_path / RULES: "/scaled"})
    amtool(
        "check-config",
        "/scaled/alertmanager.yml",
        mounts={tmp_path / "alertmanager": "/scaled"},
    )


def test_factor_one_changes_no_meaning(tmp_path: Path) -> None:
    main(["--out", str(tmp_path)])

    for file in ("prometheus/prometheus.yml", "alertmanager/alertmanager.yml"):
        assert load(tmp_path / file) == load(ROOT / file)
    for (scaled, others), (original, same) in zip(rules(tmp_path), rules(ROOT), strict=True):
        assert canonical(scaled) == canonical(original)
        assert others == same


def test_everything_waits_a_twentieth(tmp_path: Path) -> None:
    main(["--factor", "20", "--out", str(tmp_path)])

    assert load(tmp_path / "prometheus/prometheus.yml")["global"]["scrape_interval"] == "750ms"
    holds = {rule["for"] for _, rule in rules(tmp_path) if "for" in rule}
    assert {"15s", "30s"} <= holds <= {"750ms", "3s", "9s", "15s", "30s"}
    route = load(tmp_path / "alertmanager/alertmanager.yml")["route"]
    assert [route[name] for name in ("group_wait", "group_interval", "repeat_interval")] == [
        "1s500ms",
        "15s",
        "12m",
    ]
    assert (tmp_path / "scaled.env").read_text() == (
        "PROMETHEUS_RESEND_DELAY=3s\n"
        "PROMETHEUS_FOR_GRACE_PERIOD=30s\n"
        "PROMETHEUS_FOR_OUTAGE_TOLERANCE=3m\n"
        "PROMETHEUS_LOOKBACK_DELTA=15s\n"
        "SINK_HEARTBEAT_TIMEOUT=15s\n"
    )


def test_flags_start_from_the_defaults_that_compose_passes() -> None:
    services = load(ROOT / "docker-compose.yml")["services"]
    words = [*services["prometheus"]["command"], *services["sink"]["environment"].values()]

    for name, value in FLAGS.items():
        assert any(word.endswith(f"${{{name}:-{value}}}") for word in words), name


def test_templates_are_copied_byte_for_byte(tmp_path: Path) -> None:
    main(["--factor", "20", "--out", str(tmp_path)])

    for file in (ROOT / "alertmanager/templates").iterdir():
        assert (tmp_path / "alertmanager/templates" / file.name).read_bytes() == file.read_bytes()


def test_a_file_that_is_gone_does_not_live_on_in_the_copy(checkout: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (checkout / RULES / "old.yml").write_text("groups: []")
    arguments = ["--root", str(checkout), "--out", str(out)]
    main(arguments)
    (checkout / RULES / "old.yml").unlink()
    (out / "secrets").mkdir()

    main(arguments)

    assert {file.name for file in (out / RULES).iterdir()} == {
        file.name for file in (ROOT / RULES).iterdir()
    }
    assert (out / "secrets").is_dir()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--factor", "0"], "must be a number above 0"),
        (["--factor", "-20"], "must be a number above 0"),
        (["--factor", "fast"], "must be a number above 0"),
        (["--factor", "1e9"], "scrape_interval: 15s ÷ 1e+09 is less than a millisecond"),
        (["--root", "/nowhere"], "/nowhere/prometheus is no folder"),
        (["--speed", "20"], "unrecognized arguments: --speed"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--out", str(tmp_path / "out"), *arguments])

    error = capsys.readouterr().err
    assert exit_.value.code == 2
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bad_field_is_named_with_its_file(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / RULES / "bad.yml").write_text("groups: [{rules: [{for: 5 minutes}]}]")

    with pytest.raises(SystemExit):
        main(["--root", str(checkout), "--out", str(tmp_path / "out")])

    assert capsys.readouterr().err == (
        "scaled_time: prometheus/rules/bad.yml: groups[0].rules[0].for: '5 minutes' is no duration "
        "(not a valid duration string: 5 minutes)\n"
    )


def test_the_originals_are_never_written_over(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--root", str(checkout), "--factor", "20", "--out", str(checkout)])

    assert "holds the originals" in capsys.readouterr().err
    assert load(checkout / "alertmanager/alertmanager.yml")["route"]["group_wait"] == "30s"
