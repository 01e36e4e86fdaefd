"""Versions, instances and flags of a stack that runs; Docker is replaced by a list of commands."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from api import routes
from deploy.stack import mitigations, project
from deploy.stack.console import StackError
from deploy.stack.project import Project
from deploy.stack.state import FLAGS

Compose = Callable[..., subprocess.CompletedProcess[str]]


class Docker:
    """Keeps the commands; those with one of the words in `failing` fail."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.failing: set[str] = set()

    def __call__(self, *words: object) -> subprocess.CompletedProcess[str]:
        command = " ".join(map(str, words))
        self.commands.append(command)
        failed = bool(self.failing & set(map(str, words)))
        return subprocess.CompletedProcess([], int(failed), "", "no such thing" if failed else "")


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Docker:
    docker = Docker()

    def compose(stack: Project, *words: str) -> subprocess.CompletedProcess[str]:
        values = stack.environment()
        version = values.get("API_VERSION", values["SERVICE_VERSION"])
        return docker(f"api={version}", *words)

    monkeypatch.setattr(Project, "compose", compose)
    monkeypatch.setattr(mitigations, "run", lambda words: docker(*words))
    monkeypatch.setattr(mitigations, "must", lambda words, **_: docker(*words))
    monkeypatch.setattr(Project, "url", lambda *_: "http://127.0.0.1:9")
    return docker


@pytest.fixture
def stack(docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that was started, in a folder of its own."""
    monkeypatch.setattr(project, "ROOT", tmp_path)
    monkeypatch.setattr(project.settings, "ROOT", tmp_path)
    ports = "".join(f"{name}=1\n" for name in project.settings.PORTS)
    (tmp_path / ".env").write_text(f"SERVICE_VERSION=1.0.0\nMIRROR=\n{ports}")
    stack = Project("unit", 20)
    stack.begin_anew()
    docker.commands.clear()
    return stack


def started(docker: Docker) -> list[str]:
    return [one for one in docker.commands if " up " in one]


def test_a_version_is_deployed_and_rolled_back(stack: Project, docker: Docker) -> None:
    mitigations.deploy(stack, "api", "1.1.0")
    assert stack.version("api") == "1.1.0"
    mitigations.rollback(stack, "api")
    assert stack.version("api") == "1.0.0"

    assert [one.split()[0] for one in started(docker)] == ["api=1.1.0", "api=1.0.0"]
    assert all(one.endswith(" api") for one in started(docker))


def test_a_version_that_is_there_is_not_built_again(stack: Project, docker: Docker) -> None:
    mitigations.deploy(stack, "api", "1.1.0")
    assert not any("build" in one for one in docker.commands)
    docker.failing = {"inspect"}
    mitigations.deploy(stack, "api", "1.2.0")
    assert any("build --quiet api" in one for one in docker.commands)


def test_a_version_that_does_not_come_up_gives_way_to_the_one_before(
    stack: Project, docker: Docker
) -> None:
    docker.failing = {"api=1.1.0"}
    with pytest.raises(StackError, match="api did not become healthy"):
        mitigations.deploy(stack, "api", "1.1.0")
    assert stack.version("api") == "1.0.0"
    assert started(docker)[-1].startswith("api=1.0.0")


def test_a_rollback_of_another_version_is_none(stack: Project, docker: Docker) -> None:
    mitigations.deploy(stack, "api", "1.1.0")
    docker.commands.clear()
    mitigations.rollback(stack, "api", only="1.0.1")
    assert docker.commands == []


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda stack: mitigations.rollback(stack, "api"), "no earlier version of api"),
        (lambda stack: mitigations.deploy(stack, "api", "1.0.0"), "runs already"),
        (lambda stack: mitigations.deploy(stack, "api", ""), "use a version such as"),
        (lambda stack: mitigations.deploy(stack, "api", "a b"), "use a version such as"),
        (lambda stack: mitigations.deploy(stack, "grafana", "1"), "api and ml have versions"),
        (lambda stack: mitigations.scale(stack, "api", "2"), "only ml can be scaled"),
        (lambda stack: mitigations.scale(stack, "ml", "0"), "from 1 to 5"),
        (lambda stack: mitigations.scale(stack, "ml", "many"), "from 1 to 5"),
        (lambda stack: mitigations.flag(stack, "cats", "off"), "there are store-predictions"),
        (lambda stack: mitigations.flag(stack, "model-digits", "OFF"), "use on or off"),
    ],
)
def test_what_cannot_be_changes_nothing(
    stack: Project, docker: Docker, what: Callable[[Project], None], words: str
) -> None:
    with pytest.raises(StackError, match=words):
        what(stack)
    assert docker.commands == []
    assert stack.version("api") == "1.0.0"


def test_prometheus_knows_every_instance_and_none_that_is_gone(
    stack: Project, docker: Docker
) -> None:
    mitigations.scale(stack, "ml", "3")
    assert stack.state.scraped("ml") == ["unit-ml-extra-1:8001", "unit-ml-extra-2:8001"]
    assert "--scale=ml-extra=2" in started(docker)[0]
    mitigations.scale(stack, "ml", "2")
    assert stack.state.scraped("ml") == ["unit-ml-extra-1:8001"]
    mitigations.scale(stack, "ml", "1")
    assert stack.state.scraped("ml") == []
    assert docker.commands[-1].endswith("rm --stop --force ml-extra")
    assert json.loads((stack.folder / "targets" / "ml.json").read_text()) == []


def test_a_flag_is_a_file_that_the_services_read(stack: Project) -> None:
    mitigations.flag(stack, "model-digits", "off")
    assert (stack.folder / "flags" / "model-digits").read_text() == "off\n"
    assert not stack.state.has("model-digits")
    mitigations.flag(stack, "model-digits", "on")
    assert stack.state.has("model-digits")


def test_all_flags_are_listed(stack: Project, capsys: pytest.CaptureFixture[str]) -> None:
    mitigations.flag(stack, "model-digits", "off")
    capsys.readouterr()
    mitigations.flag(stack, "", "")
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["on", "OFF", "on"]


def test_the_flags_are_the_apis() -> None:
    assert FLAGS == routes.FLAGS


@pytest.mark.usefixtures("stack")
def test_a_mitigation_uses_the_stack_as_it_was_started() -> None:
    again = Project.running("unit")
    assert (again.factor, again.aws, again.overrides["API_PORT"]) == (20, False, "1")


@pytest.mark.usefixtures("stack")
def test_a_stack_that_was_never_started_is_said() -> None:
    with pytest.raises(StackError, match="other does not run: start the stack"):
        Project.running("other")


def test_starting_it_again_runs_the_checkouts_versions(stack: Project) -> None:
    mitigations.deploy(stack, "api", "1.1.0")
    mitigations.scale(stack, "ml", "3")
    mitigations.flag(stack, "model-digits", "off")
    stack.begin_anew()

    assert stack.version("api") == "1.0.0"
    assert stack.state.scraped("ml") == []
    # Somebody switched it off for a reason.
    assert not stack.state.has("model-digits")


def test_without_a_sink_it_is_done_all_the_same(
    stack: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    mitigations.flag(stack, "model-digits", "off")
    printed = capsys.readouterr().out
    assert "✓ model-digits switched off, in" in printed
    assert "not on the incident's timeline" in printed
