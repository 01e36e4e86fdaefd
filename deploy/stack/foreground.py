"""Run the loadtest container as if it were a program of this terminal: output, Ctrl-C, status.

`docker compose run` lets go of its container when it is interrupted without a terminal, which would
leave a fault in.
"""

import os
import secrets
import signal
import subprocess
from types import FrameType

from deploy.stack.console import StackError, must, run, say
from deploy.stack.project import Project

SERVICE = "loadtest"
# Longer than the container needs to take its fault out and to end its traffic.
STOP_SECONDS = 20


def loadtest(project: Project, words: list[str]) -> int:
    """Run the container with these words until it ends and return its exit status.

    Ctrl-C, SIGTERM and a closed terminal reach it as SIGTERM, and its last words are shown.

    Raises:
        StackError: the stack doesn't run, or another run drives traffic already.

    """
    if not project.compose("ps", "--quiet", "sink").stdout.strip():
        raise StackError("the stack is not up: start it with `make up`")
    if words == ["chaos", "stop"]:
        for container in running(project):
            run(["docker", "stop", f"--time={STOP_SECONDS}", container])
    if running(project):
        raise StackError("another run drives traffic already: wait for it, or `make chaos-stop`")
    name = f"{project.name}-{SERVICE}-{secrets.token_hex(3)}"
    must(
        ["docker", "compose", "run", "--detach", "--no-deps", "--name", name, SERVICE, *words],
        why="the loadtest container could not be started",
        env=project.environment(),
    )
    try:
        follow(name)
        return int(must(["docker", "wait", name], why="no exit status").strip())
    finally:
        run(["docker", "rm", "--force", name])


def running(project: Project) -> list[str]:
    """Return the ids of this project's loadtest containers that run."""
    label = f"label=com.docker.compose.project={project.name}"
    service = f"label=com.docker.compose.service={SERVICE}"
    found = run(["docker", "ps", "--quiet", "--filter", label, "--filter", service])
    return found.stdout.split()


def follow(name: str) -> None:
    """Show what the container prints until it ends; on an interrupt, ask it to end."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    command = ["docker", "logs", "--follow", name]
    # In a session of its own, so that Ctrl-C doesn't end it before the container's last words.
    with subprocess.Popen(command, start_new_session=True, env=os.environ) as logs:  # noqa: S603
        try:
            logs.wait()
        except KeyboardInterrupt:
            say("  stopping: one moment")
            run(["docker", "stop", f"--time={STOP_SECONDS}", name])
            logs.wait()


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
