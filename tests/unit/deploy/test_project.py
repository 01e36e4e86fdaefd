"""Preflight checks, secrets and what Compose is told."""

import socket
import stat
from pathlib import Path

import pytest

from deploy.stack import distribution, engine, on_host, preflight, project, secret_files, settings
from deploy.stack.__main__ import main
from deploy.stack.console import StackError, run
from deploy.stack.project import Project


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    secret_files.ensure(folder)
    (folder / "slack_api_url").write_text("https://real.example.com/hook")
    before = {file.name: file.read_text() for file in folder.iterdir()}

    secret_files.ensure(folder)

    assert {file.name: file.read_text() for file in folder.iterdir()} == before
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_projects_share_no_secret(tmp_path: Path) -> None:
    for name in ("one", "two"):
        secret_files.ensure(tmp_path / name)

    for file in (tmp_path / "one").iterdir():
        assert file.read_text() != (tmp_path / "two" / file.name).read_text()


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = dict.fromkeys(settings.PORTS, "0")
        with pytest.raises(StackError, match=rf"port {port} .* make up SINK_PORT="):
            preflight.ports({**ports, "SINK_PORT": str(port)}, "unit")


def test_a_moved_sink_moves_the_runbook_links() -> None:
    stack = Project("unit", overrides={"SINK_PORT": "18002"})
    values = stack.environment()

    assert stack.moved(values) == {"http://localhost:8002/": "http://localhost:18002/"}
    assert values["PROMETHEUS_DIR"].endswith(".run/unit/prometheus")


def test_default_ports_mount_the_configuration_as_it_is_in_git() -> None:
    assert Project("unit").environment()["PROMETHEUS_DIR"] == "./prometheus"


def test_exemplars_lead_to_traces_where_there_are_traces() -> None:
    with_aws = Project("unit", overrides={"AWS_PORT": "18003"}, aws=True).environment()

    assert with_aws["TRACE_VIEW_URL"] == "http://localhost:18003/traces/${__value.raw}"
    assert "TRACE_VIEW_URL" not in Project("unit").environment()


def test_a_factor_that_cloudwatch_has_no_periods_for_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--aws", "--factor", "7", "up"]) == 1
    assert "divides 60" in capsys.readouterr().err


def test_no_disk_is_said_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "must", lambda *_, **__: "/")
    monkeypatch.setattr(preflight, "NEEDED_GIGABYTES", 10**9)

    with pytest.raises(StackError, match="GB free, the stack needs"):
        preflight.disk()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("20.10.24+dfsg1", (20, 10, 24)), ("2.26.1-4", (2, 26, 1)), ("28.2.2", (28, 2, 2))],
)
def test_versions_compare_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert engine.version(text) == numbers


def test_an_engine_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "answers", lambda: True)
    monkeypatch.setattr(engine, "must", lambda *_, **__: "19.03.15\n")

    with pytest.raises(StackError, match=r"19\.03\.15 is too old"):
        engine.ensure()


def test_no_engine_and_no_right_to_install_one_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "answers", lambda: False)
    monkeypatch.setattr(engine, "explain_denied", lambda: None)
    monkeypatch.setattr(engine.shutil, "which", lambda *_: None)
    monkeypatch.setattr(distribution.os, "geteuid", lambda: 1000)

    with pytest.raises(StackError, match="sudo make up"):
        engine.ensure()


def test_an_engine_that_this_user_may_not_use_names_the_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    denied = "permission denied while trying to connect to the Docker daemon socket"
    monkeypatch.setattr(engine, "answers", lambda: False)
    monkeypatch.setattr(engine, "run", lambda *_, **__: run(["sh", "-c", f"echo {denied}; exit 1"]))

    with pytest.raises(StackError, match="usermod -aG docker"):
        engine.ensure()


def test_a_missing_command_and_a_slow_one_have_their_own_status() -> None:
    assert run(["no-such-command-here"]).returncode == 127
    assert run(["tail", "-f", "/dev/null"], timeout=0.1).returncode == 124


def test_a_moved_sink_is_in_the_rendered_rules_and_what_is_gone_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Project, "folder", property(lambda _: tmp_path))
    stack = Project("unit", overrides={"SINK_PORT": "18002"})
    stack.render(stack.environment())
    deleted = tmp_path / "prometheus" / "rules" / "deleted.yml"
    deleted.write_text("groups: []")
    mounted = (tmp_path / "prometheus").stat().st_ino

    stack.render(stack.environment())

    rules = (tmp_path / "prometheus" / "rules" / "alerts.yml").read_text()
    assert "http://localhost:18002/runbooks/HighErrorRate" in rules
    assert "localhost:8002" not in rules
    assert not deleted.exists()
    assert (tmp_path / "prometheus").stat().st_ino == mounted


def test_data_of_another_checkout_are_neither_lost_nor_locked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Project, "folder", property(lambda _: project.ROOT / ".run" / tmp_path.name)
    )
    monkeypatch.setattr(project, "run", lambda *_, **__: run(["true"]))

    with pytest.raises(StackError, match=r"unit_postgres-data is another checkout's.*make clean"):
        Project("unit").write_secrets()


def test_one_port_for_two_services_is_refused_before_anything_starts() -> None:
    ports = dict.fromkeys(settings.PORTS, "0") | {"API_PORT": "8001", "ML_PORT": "8001"}

    with pytest.raises(StackError, match="API_PORT=8001 is another service's port too"):
        preflight.ports(ports, "unit")


@pytest.mark.parametrize("factor", ["0", "-3", "1.5", "abc", "1000", ""])
def test_a_wrong_factor_is_one_clear_line(factor: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"--factor={factor}", "up"]) == 1
    assert f"FACTOR={factor}: use a whole number from 1" in capsys.readouterr().err


def test_what_tests_fetch_touches_no_project_whoever_its_data_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Project, "folder", property(lambda _: tmp_path / "project"))
    monkeypatch.setattr(engine, "ensure", lambda: "an engine")
    monkeypatch.setattr(project.preflight, "disk", lambda: None)
    monkeypatch.setattr(project.images, "ensure", lambda _: "images: here")

    assert main(["--project=unit", "fetch"]) == 0
    assert not (tmp_path / "project").exists()


def test_options_of_the_drill_are_the_drills(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[str, int, list[str]]] = []

    def drill(stack: Project, words: list[str]) -> int:
        found.append((stack.name, stack.factor, words))
        return 0

    monkeypatch.setattr(on_host, "drill", drill)

    assert main(["--factor", "10", "drill", "--rounds", "3", "--out", "docs", "ml-slow"]) == 0
    assert found == [
        ("sre-reference-drill", 10, ["--rounds", "3", "--out", "docs", "ml-slow"]),
    ]
