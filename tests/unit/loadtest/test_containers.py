"""What undoes a fault does so whatever becomes of the process that put it in."""

import subprocess
import sys
from pathlib import Path

import pytest

from loadtest import containers, edits, injections
from loadtest.endpoints import Endpoints, StackUnreachableError
from tests.polling import wait_for


def touching(file: Path) -> list[str]:
    return [sys.executable, "-S", "-c", f"open({str(file)!r}, 'w').close()"]


def test_what_undoes_a_fault_waits_until_it_is_told(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    held = containers.at_the_end(touching(first), touching(second))
    assert not first.exists()
    held.end()

    assert first.exists()
    assert second.exists()


def test_a_killed_drill_is_undone(tmp_path: Path) -> None:
    undone = tmp_path / "undone"
    script = (
        "import sys; from loadtest import containers; "
        f"held = containers.at_the_end({touching(undone)!r}); print('in', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as drill:
        assert drill.stdout is not None
        drill.stdout.readline()
        assert not undone.exists()

        drill.kill()

        wait_for(undone.exists, "the fault is undone", seconds=10)


def test_an_undoing_that_fails_is_said() -> None:
    held = containers.at_the_end([sys.executable, "-S", "-c", "raise SystemExit('no way back')"])

    with pytest.raises(StackUnreachableError, match=r"could not be undone.*no way back"):
        held.end()


def test_a_program_that_does_not_get_what_it_takes_is_said() -> None:
    held = containers.Held([sys.executable, "-S", "-c", "raise SystemExit('refused')"])

    with pytest.raises(StackUnreachableError, match=r"could not be put in.*refused"):
        held.wait_ready()


@pytest.mark.parametrize("existed", [True, False])
def test_an_edited_file_is_put_back_as_it_was(*, tmp_path: Path, existed: bool) -> None:
    file = tmp_path / "drill.yml"
    if existed:
        file.write_text("before")
    edit = injections.Edit(file, lambda text: f"{text} edited", (sys.executable, "-c", ""))
    replaced: list[tuple[str, ...]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containers, "docker", lambda *words: replaced.append(words))
        edit.put()
    assert file.read_text().endswith("edited")
    assert len(replaced) == 1

    edit.end()

    assert [one.name for one in tmp_path.iterdir()] == (["drill.yml"] if existed else [])
    assert not existed or file.read_text() == "before"


def test_a_checkouts_own_files_are_never_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "container", lambda *_: "id")
    monkeypatch.setattr(containers, "docker", lambda *_: "/home/me/checkout/prometheus")
    way = injections.Edited("rules/drill.yml", edits.unreadable)

    with pytest.raises(StackUnreachableError, match=r"which is yours: `make drill FAULT=x`"):
        way.prepare(Endpoints({}, "", "project"), "x", 15)


def test_without_docker_a_containers_fault_says_what_to_use() -> None:
    with pytest.raises(StackUnreachableError, match="use `make drill`"):
        injections.Stopped("ml").prepare(Endpoints({}, ""), "x", 15)
