"""Locust lives as long as the story that needs it, and no longer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest import traffic
from loadtest.endpoints import StackUnreachableError
from tests.polling import wait_for

ROOT = Path(__file__).parents[3]
# Port 1 is reserved and answers nobody: users fail at once and come back after their think time.
NOWHERE = "http://127.0.0.1:1"


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_locust_ends_with_the_context() -> None:
    with traffic.flowing(NOWHERE) as running:
        running.check()
        pid = running.pid

    assert not alive(pid)


def test_a_locust_that_ends_by_itself_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "locustfile.py"
    broken.write_text("raise SystemExit('no such model')")
    monkeypatch.setattr(traffic, "LOCUSTFILE", broken)

    def ended() -> str:
        try:
            running.check()
        except StackUnreachableError as error:
            return str(error)
        return ""

    with traffic.flowing(NOWHERE) as running:
        words = wait_for(ended, "Locust has ended", seconds=30)

    assert "Locust ended by itself with status 1" in words
    assert "no such model" in words


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child's life to its parent")
def test_locust_ends_when_its_parent_is_killed() -> None:
    script = (
        "import time; from loadtest import traffic\n"
        f"with traffic.flowing({NOWHERE!r}) as running:\n"
        "    print(running.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)

        # At once, while Locust is still starting.
        parent.kill()

    wait_for(lambda: not alive(pid), "Locust has ended", seconds=30)
    assert parent.returncode == -9


def test_the_parent_may_be_gone_before_locust_can_tie_itself_to_it() -> None:
    environment = {**os.environ, traffic.PARENT_VARIABLE: "1", "PYTHONPATH": str(ROOT)}

    ended = subprocess.run(  # noqa: S603 - our own command
        traffic.command(NOWHERE), env=environment, capture_output=True, timeout=60, check=False
    )

    assert ended.returncode != 0
    assert b"the process that drives this traffic is gone" in ended.stderr
