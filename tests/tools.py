"""promtool and amtool, run from the images that the stack runs, on this checkout's files."""

import os
import subprocess
from pathlib import Path

import pytest

from deploy.stack import images, settings
from deploy.stack.console import ROOT, run

# A cold page cache and a busy machine included; the tools themselves take tenths of a second.
SECONDS = 60


def promtool(*words: str, mounts: dict[Path, str] | None = None) -> str:
    """Run promtool with this checkout's prometheus/ at /etc/prometheus and return its output.

    Raises:
        Failed: promtool ended with another status than 0, its image or the engine is missing.

    """
    places = {ROOT / "prometheus": "/etc/prometheus"} | (mounts or {})
    return tool("PROMETHEUS_IMAGE", "/bin/promtool", *words, mounts=places)


def amtool(*words: str, mounts: dict[Path, str] | None = None) -> str:
    """Run amtool with this checkout's alertmanager/ at /etc/alertmanager and return its output.

    Raises:
        Failed: amtool ended with another status than 0, its image or the engine is missing.

    """
    places = {ROOT / "alertmanager": "/etc/alertmanager"} | (mounts or {})
    return tool("ALERTMANAGER_IMAGE", "/bin/amtool", *words, mounts=places)


def tool(setting: str, program: str, *words: str, mounts: dict[Path, str]) -> str:
    """Run a program of one of .env's images, without a network, and return its standard output."""
    image = images.reference(settings.read(), setting)
    require(image)
    volumes = [f"--volume={folder}:{inside}:ro" for folder, inside in mounts.items()]
    # As ourselves: another user could not read a temporary folder.
    user = f"--user={os.getuid()}:{os.getgid()}"
    options = ["--rm", "--network=none", user, f"--entrypoint={program}", *volumes]
    result = run(["docker", "run", *options, image, *words], timeout=SECONDS)
    if result.returncode != 0:
        pytest.fail(f"{program} {' '.join(words)}\n{output(result)}", pytrace=False)
    return result.stdout


def require(image: str) -> None:
    """Fail with what to do unless the engine answers and has this image."""
    result = run(["docker", "image", "inspect", "--format={{.Id}}", image], timeout=SECONDS)
    if result.returncode == 0:
        return
    pytest.fail(
        f"{image} is not on this machine's Docker engine: `make test` gets it, and so does "
        f"`python3 -m deploy.stack fetch`.\n{output(result)}",
        pytrace=False,
    )


def output(result: subprocess.CompletedProcess[str]) -> str:
    """Return everything that a command printed."""
    return f"{result.stdout}{result.stderr}".strip()
