"""Find a Docker engine with Compose v2; on Debian and Ubuntu, as root, install and start one."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from deploy.stack.console import StackError, must, run, step
from deploy.stack.distribution import install_packages, may_install
from deploy.stack.plugins import ensure_compose, version

# 20.10 is the first with BuildKit's cache mounts without an experimental flag.
OLDEST_ENGINE = (20, 10)
DAEMON_LOG = Path("/var/log/dockerd.log")
START_SECONDS = 60


def ensure() -> str:
    """Return a sentence about the engine in use, after installing and starting one if need be.

    Raises:
        StackError: there is no usable engine and none may be installed; says the command to run.

    """
    if not answers():
        explain_denied()
        installed = shutil.which("dockerd") is not None
        if not installed:
            install()
        start()
    engine = must(
        ["docker", "version", "--format", "{{.Server.Version}}"], why="docker does not answer"
    ).strip()
    if version(engine) < OLDEST_ENGINE:
        raise StackError(
            f"Docker engine {engine} is too old: this stack needs "
            f"{'.'.join(map(str, OLDEST_ENGINE))} or newer. Upgrade it and run `make up` again."
        )
    return f"Docker engine {engine}, Compose {ensure_compose()}"


def answers() -> bool:
    """Tell whether an engine answers to this user."""
    return run(["docker", "info", "--format", "{{.ServerVersion}}"], timeout=30).returncode == 0


def explain_denied() -> None:
    """Raise when an engine is there but this user may not talk to it."""
    text = run(["docker", "info"], timeout=30)
    if "permission denied" in (text.stdout + text.stderr).lower():
        raise StackError(
            "a Docker engine runs, but this user may not use it. Run\n"
            "    sudo usermod -aG docker $USER\n"
            "log in again and repeat the command, or run it with sudo."
        )


def install() -> None:
    """Install the distribution's own engine."""
    if not may_install():
        raise StackError(
            "no Docker engine answers, and this is not Debian or Ubuntu with root rights.\n"
            "Install one (https://docs.docker.com/engine/install/), or on Debian or Ubuntu run\n"
            "    sudo make up\n"
            "which installs the distribution's own packages."
        )
    with step("no Docker engine: installing the distribution's docker.io"):
        # ca-certificates is what the base image's trust is copied from.
        install_packages("docker.io", "iptables", "ca-certificates")


def start() -> None:
    """Start the engine, by systemd where it runs, by hand where it doesn't."""
    with step("starting the Docker engine"):
        if Path("/run/systemd/system").is_dir():
            must(["systemctl", "start", "docker"], why="systemctl could not start docker")
        elif os.geteuid() == 0:
            start_by_hand()
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if time.monotonic() > deadline:
                raise StackError(f"the Docker engine does not answer. {log_tail()}")
            time.sleep(0.5)


def start_by_hand() -> None:
    """Start dockerd as a daemon of its own session; its log goes to DAEMON_LOG."""
    daemon = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
    if daemon is None:
        raise StackError("dockerd is not on this machine although docker.io is installed")
    # A pid file of a daemon that was killed would keep the new one from starting.
    running = run(["pgrep", "-x", "dockerd"]).returncode == 0
    if not running:
        Path("/var/run/docker.pid").unlink(missing_ok=True)
        with DAEMON_LOG.open("ab") as log:
            subprocess.Popen(  # noqa: S603 - a path that shutil.which found
                [daemon],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )


def log_tail() -> str:
    """Return the end of the daemon's log, for an error message."""
    if not DAEMON_LOG.exists():
        return "`journalctl -u docker` may say why."
    lines = DAEMON_LOG.read_text(errors="replace").splitlines()[-8:]
    return f"The end of {DAEMON_LOG}:\n" + "\n".join(lines)
