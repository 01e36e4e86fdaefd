"""The machine's distribution: which one it is, what may be installed from it, and its mirror."""

import os
import platform

from deploy.stack.console import StackError, must


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
