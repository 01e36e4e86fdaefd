"""Run loadtest's program on this machine, in the tests' virtual environment, against a project."""

import os
import signal
import subprocess
from types import FrameType

from deploy.stack import engine, environment
from deploy.stack.console import ROOT, StackError, say, step
from deploy.stack.project import Project

# Reads loadtest's command line, and does nothing.
_PARSE = "import sys; from loadtest.__main__ import parse; parse(sys.argv[1:])"
SERVICES = ("api", "ml", "sink", "prometheus", "alertmanager")


def variables(project: Project) -> dict[str, str]:
    """Return what loadtest reads: where services answer, the fault token, whose containers.

    Raises:
        StackError: the stack doesn't run.

    """
    urls = {f"{service.upper()}_URL": project.url(service) for service in SERVICES}
    return {
        **os.environ,
        **urls,
        "FAULTS_TOKEN_FILE": str(project.secrets / "faults_token"),
        "STACK_PROJECT": project.name,
        "PYTHONUNBUFFERED": "1",
    }


def become_loadtest(project: Project, words: list[str]) -> None:
    """Become `python -m loadtest` with these words: its output, Ctrl-C and status are ours.

    Raises:
        StackError: no engine answers, or the stack doesn't run.

    """
    if not engine.answers():
        raise StackError("no Docker engine answers: start the stack with `make up`")
    values = variables(project)
    python = str(environment.ensure())
    os.chdir(ROOT)
    os.execve(python, [python, "-m", "loadtest", *words], values)  # noqa: S606 - our own program


def drill(project: Project, words: list[str]) -> int:
    """Start the project, run the drill on it, remove it, and return the drill's status."""
    python = str(environment.ensure())
    # A wrong word is said before minutes are spent on a stack.
    checked = subprocess.run([python, "-c", _PARSE, "drill", *words], cwd=ROOT, check=False)  # noqa: S603
    if checked.returncode:
        return checked.returncode
    if engine.answers():
        project.down(volumes=True)
    project.prepare()
    try:
        project.up()
        options = ["--fresh", "--factor", str(project.factor)]
        command = [python, "-m", "loadtest", "drill", *options, *words]
        return finish(subprocess.Popen(command, cwd=ROOT, env=variables(project)))  # noqa: S603
    finally:
        with step("removing the drill's stack"):
            project.down(volumes=True)


def finish(child: subprocess.Popen[bytes]) -> int:
    """Wait for the child; what interrupts us is passed on to it, and it ends by itself."""

    def interrupt(_: int, __: FrameType | None) -> None:
        # Ctrl-C on a terminal has reached it already; a second signal does nothing to it.
        child.send_signal(signal.SIGINT)
        say("  stopping: one moment")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    return child.wait()
