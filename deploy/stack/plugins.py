"""Docker's Compose and Buildx plugins: found, or installed where we may."""

import re
import shutil
import tempfile
from pathlib import Path

from deploy.stack.console import StackError, must, run, say, step
from deploy.stack.distribution import debian_mirror, install_packages, may_install, release

# `docker compose up --wait` came with 2.1; 2.17 is the first that honours `cgroup: host`.
OLDEST_COMPOSE = (2, 17)
FOLDER = Path("/usr/local/lib/docker/cli-plugins")
# Debian 12 has Compose v1 alone; Debian 13's packages hold static binaries that run on it.
PACKAGES = ("docker-compose", "docker-buildx")
SUITE = "trixie"


def version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: ``20.10.24+dfsg1`` → (20, 10, 24)."""
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("+")[0])[:3])


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
            "Docker Compose v2 or Buildx is missing: https://docs.docker.com/compose/install/linux/"
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
    (folder / "sources.list").write_text(f"deb {uri} {SUITE} main\n")
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    options = [
        f"-oDir::Etc::SourceList={folder}/sources.list",
        "-oDir::Etc::SourceParts=-",
        f"-oDir::State::Lists={folder}/lists",
        f"-oDir::Cache={folder}/cache",
        "-oAPT::Sandbox::User=root",
    ]
    why = f"Debian {SUITE}'s Compose package could not be fetched"
    must(["apt-get", "-qq", *options, "update"], why=why)
    for package in PACKAGES:
        target = folder / package
        target.mkdir()
        must(
            ["env", f"--chdir={target}", "apt-get", "-qq", *options, "download", package],
            why=why,
        )
        archive = next(target.glob("*.deb"))
        must(["dpkg-deb", "-x", archive, target / "root"], why=why)
        FOLDER.mkdir(parents=True, exist_ok=True)
        shutil.copy2(next((target / "root").rglob(f"cli-plugins/{package}")), FOLDER / package)
        say(f"  {FOLDER / package}")
