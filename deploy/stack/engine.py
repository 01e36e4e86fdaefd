"""Find a Docker engine with Compose v2; on Debian and Ubuntu, as root, install and start one."""

import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from deploy.stack.console import StackError, must, run, say, step

# 20.10 is the first with BuildKit's cache mounts without an experimental flag.
OLDEST_ENGINE = (20, 10)
# `docker compose up --wait` came with 2.1; 2.17 is the first that honours `cgroup: host`.
OLDEST_COMPOSE = (2, 17)
PLUGINS = Path("/usr/local/lib/docker/cli-plugins")
# Debian 12 has Compose v1 alone; Debian 13's packages hold static binaries that run on it.
PLUGIN_PACKAGES = {"docker-compose": "docker-compose", "docker-buildx": "docker-buildx"}
PLUGIN_SUITE = "trixie"
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


def version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: ``20.10.24+dfsg1`` → (20, 10, 24)."""
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("+")[0])[:3])


def release() -> dict[str, str]:
    """Return /etc/os-release as a mapping, empty where there is none."""
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def may_install() -> bool:
    """Tell whether this is Debian or Ubuntu and we are root."""
    names = {release().get("ID", ""), *release().get("ID_LIKE", "").split()}
    return os.geteuid() == 0 and bool(names & {"debian", "ubuntu"})


def install_packages(*packages: str) -> None:
    """Install distribution packages, nothing recommended beside them."""
    if not may_install():
        raise StackError(
            f"{', '.join(packages)} must be installed first. On Debian or Ubuntu run\n"
            f"    sudo apt-get install --no-install-recommends {' '.join(packages)}\n"
            "and repeat the command."
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    must(["apt-get", "update", "-qq"], why="apt-get update failed", env=quiet)
    must(
        ["apt-get", "install", "-qq", "--no-install-recommends", *packages],
        why=f"apt-get could not install {', '.join(packages)}",
        env=quiet,
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


def ensure_compose() -> str:
    """Return the version of Compose, after installing the plugin where it is missing."""
    found = compose_version()
    if found is None or version(found) < OLDEST_COMPOSE or not has_buildx():
        with step("no Compose v2 with BuildKit: installing the plugins"):
            install_plugins()
        found = compose_version()
    if found is None or version(found) < OLDEST_COMPOSE:
        raise StackError(
            f"`docker compose version` says {found or 'nothing'}, this stack needs "
            f"{'.'.join(map(str, OLDEST_COMPOSE))} or newer: "
            "https://docs.docker.com/compose/install/linux/"
        )
    return found


def compose_version() -> str | None:
    """Return what `docker compose version` says, None without the plugin."""
    result = run(["docker", "compose", "version", "--short"], timeout=30)
    return result.stdout.strip().lstrip("v") if result.returncode == 0 else None


def has_buildx() -> bool:
    """Tell whether the plugin that builds images is there."""
    return run(["docker", "buildx", "version"], timeout=30).returncode == 0


def install_plugins() -> None:
    """Take Compose and Buildx from Ubuntu's packages or from Debian 13's."""
    if not may_install():
        raise StackError(
            "Docker Compose v2 is missing: https://docs.docker.com/compose/install/linux/"
        )
    if release().get("ID") == "ubuntu":
        install_packages("docker-compose-v2", "docker-buildx")
        return
    with tempfile.TemporaryDirectory() as folder:
        unpack_plugins(Path(folder))


def unpack_plugins(folder: Path) -> None:
    """Fetch Debian 13's packages with apt options of their own and keep the plugins alone.

    The machine's package sources stay as they are: the mirror is the one they name.
    """
    uri = debian_mirror()
    (folder / "sources.list").write_text(f"deb {uri} {PLUGIN_SUITE} main\n")
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    options = [
        f"-oDir::Etc::SourceList={folder}/sources.list",
        "-oDir::Etc::SourceParts=-",
        f"-oDir::State::Lists={folder}/lists",
        f"-oDir::Cache={folder}/cache",
        "-oAPT::Sandbox::User=root",
    ]
    why = f"Debian {PLUGIN_SUITE}'s Compose package could not be fetched"
    must(["apt-get", "-qq", *options, "update"], why=why)
    for package, binary in PLUGIN_PACKAGES.items():
        target = folder / package
        target.mkdir()
        must(
            ["env", f"--chdir={target}", "apt-get", "-qq", *options, "download", package],
            why=why,
        )
        archive = next(target.glob("*.deb"))
        must(["dpkg-deb", "-x", archive, target / "root"], why=why)
        PLUGINS.mkdir(parents=True, exist_ok=True)
        shutil.copy2(next((target / "root").rglob(f"cli-plugins/{binary}")), PLUGINS / binary)
        say(f"  {PLUGINS / binary}")


def debian_mirror() -> str:
    """Return the address of the first Debian archive that apt is configured with."""
    listed = must(
        ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"],
        why="apt-get names no package source",
    )
    for site in listed.splitlines():
        if site.rstrip("/").endswith("/debian"):
            return site
    raise StackError("apt is configured with no Debian mirror: add one to /etc/apt/sources.list")
