"""Faults in containers: stopped, cut off, filled up. Each ends with the process that put it in.

What undoes a fault waits for the end of its standard input, which comes when this process says so
and when it dies: a drill that is killed leaves a healthy stack.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import IO

from loadtest.endpoints import StackUnreachableError

COMMAND_SECONDS = 60
# Runs the commands of its one argument, a JSON list of lists, when standard input ends.
_AT_THE_END = (
    "import json, subprocess, sys\n"
    "sys.stdin.read()\n"
    "sys.exit(max(subprocess.run(c).returncode for c in json.loads(sys.argv[1])))"
)


def docker(*words: str, given: str = "") -> str:
    """Run a docker command and return what it prints; raises StackUnreachableError.

    `given` is its standard input.
    """
    return command("docker", *words, given=given)


def command(*words: str, given: str = "") -> str:
    """Run a command and return what it prints; raises StackUnreachableError where it fails."""
    shown = " ".join(words[:3])
    try:
        result = subprocess.run(  # noqa: S603 - our own words
            words,
            input=given,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackUnreachableError(f"{shown}: {error}") from error
    if result.returncode != 0:
        raise StackUnreachableError(f"{shown}: {result.stderr.strip()}")
    return result.stdout.strip()


def container(project: str, service: str) -> str:
    """Return the id of a service's container; raises StackUnreachableError where it has none."""
    found = containers(project, service)
    if not found:
        raise StackUnreachableError(f"{project} has no {service}: start the stack with `make up`")
    return found[0]


def containers(project: str, service: str) -> list[str]:
    """Return the ids of a service's containers, also of one that is stopped."""
    labels = {"project": project, "service": service}
    filters = [f"--filter=label=com.docker.compose.{key}={value}" for key, value in labels.items()]
    return docker("ps", "--all", "--quiet", *filters).split()


class Held:
    """A child process that does its work, or undoes ours, until its standard input ends."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C is the parent's to handle.
            start_new_session=True,
        )

    def wait_ready(self) -> None:
        """Wait for its first line; raises StackUnreachableError where it ends without one."""
        if not _pipe(self._process.stdout).readline():
            _, words = self._process.communicate(timeout=COMMAND_SECONDS)
            raise StackUnreachableError(f"the fault could not be put in: {words.strip()[-300:]}")

    def end(self) -> None:
        """Let it end and wait for it; raises StackUnreachableError where it fails."""
        _, words = self._process.communicate(timeout=COMMAND_SECONDS)
        if self._process.returncode != 0:
            raise StackUnreachableError(f"the fault could not be undone: {words.strip()[-300:]}")


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None  # noqa: S101 - asked for when the process was started
    return pipe


def at_the_end(*commands: Sequence[str]) -> Held:
    """Return what runs these commands at its end, or at ours. Make it before the fault."""
    return Held([sys.executable, "-S", "-c", _AT_THE_END, json.dumps(commands)])


# Samples become blocks two hours long, or as long as they are.
_FROM_OPENMETRICS = (
    " && cat > /tmp/past"
    " && promtool tsdb create-blocks-from openmetrics --quiet /tmp/past /prometheus"
)


def forget(project: str, past: str = "") -> None:
    """Empty Prometheus' and Alertmanager's data: the next fault finds a stack without a past.

    Or with another one, which is OpenMetrics text with times.
    """
    for service, folder in (("prometheus", "/prometheus"), ("alertmanager", "/alertmanager")):
        one = container(project, service)
        image = docker("inspect", "--format={{.Config.Image}}", one)
        docker("kill", one)
        options = ("--rm", "--interactive", "--network=none", "--volumes-from", one)
        script = f"rm -rf {folder}/*"
        given = past if service == "prometheus" else ""
        script += _FROM_OPENMETRICS if given else ""
        docker("run", *options, "--entrypoint=sh", image, "-c", script, given=given)
        docker("start", one)
