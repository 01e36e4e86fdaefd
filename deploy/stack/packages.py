"""Build the stack's images from distribution packages where no image registry answers."""

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.stack.console import ROOT, StackError, must, run, say, step
from deploy.stack.distribution import debian_mirror, install_packages

SUITE = "trixie"
BASE = f"sre-reference-base:{SUITE}"
FOLDER = ROOT / "deploy" / "packages"
# What a target's image holds beside packages, where that is not in FOLDER itself.
CONTEXTS = {"grafana": ROOT / "grafana" / "preview"}
# What a checkout may have there that git does not.
UNTRACKED = {"node_modules", "dist", "__pycache__"}
LABEL = "sre-reference.built-from"
TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# What no distribution packages, and what stands there instead, by the target that has it.
SUBSTITUTES = {
    "grafana": "In place of Grafana: a preview of the same dashboards, drawn with Grafana's own "
    "libraries",
    "cadvisor": "In place of cAdvisor: a small exporter of the same container metrics",
    "prometheus": "In place of Prometheus' and Alertmanager's own web pages, which Debian leaves "
    "out: `make status`, the sink's page, and their HTTP APIs, which are complete",
}


def build(images: Mapping[str, str]) -> None:
    """Build images from packages.

    Args:
        images: the name each image is tagged with → its target in deploy/packages/Dockerfile.

    Raises:
        StackError: the tools or the package mirror are missing.

    """
    base()
    title = f"images: building {', '.join(images.values())} from distribution packages"
    # BuildKit makes a stage that several targets share once, also for builds side by side.
    with step(title), ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(lambda item: build_one(*item), images.items()))


def build_one(image: str, target: str) -> None:
    """Build one target of the Dockerfile and tag it."""
    must(
        ["docker", "build", "--quiet", "--file", FOLDER / "Dockerfile", "--target", target]
        + ["--build-arg", f"BASE={BASE}", "--label", f"{LABEL}={recipe(target)}"]
        + ["--tag", image, CONTEXTS.get(target, FOLDER)],
        why=f"the image of {target} could not be built from packages",
        env={"DOCKER_BUILDKIT": "1"},
    )
    say(f"  built {target} as {image}")


def recipe(target: str) -> str:
    """Return a name for what a target is built from now, which its image is marked with.

    An image with another mark is older than its recipe.
    """
    folders = [FOLDER, CONTEXTS[target]] if target in CONTEXTS else [FOLDER]
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and UNTRACKED.isdisjoint(file.relative_to(folder).parts):
                digest.update(file.read_bytes())
    return f"distribution-packages-{digest.hexdigest()[:12]}"


def base() -> None:
    """Import a minimal root file system, unless the engine holds one already."""
    if run(["docker", "image", "inspect", BASE]).returncode == 0:
        return
    missing = [
        package
        for package, present in {
            "mmdebstrap": shutil.which("mmdebstrap"),
            "debian-archive-keyring": KEYRING.exists(),
        }.items()
        if not present
    ]
    if missing:
        with step(f"installing {', '.join(missing)}"):
            install_packages(*missing)
    with step(f"base image: Debian {SUITE} by mmdebstrap"):
        import_base()


def import_base() -> None:
    """Pipe mmdebstrap's tar into `docker import`; the base trusts the CAs that the host trusts."""
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates"]
    if TRUST.exists():
        command.append(f"--customize-hook=copy-in {TRUST} {TRUST.parent}")
    command += [f"--keyring={KEYRING}", SUITE, "-", *mirror()]
    with subprocess.Popen(  # noqa: S603 - fixed words and apt's own mirror
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as making:
        imported = subprocess.run(  # noqa: S603 - fixed words
            ["docker", "import", "-", BASE],  # noqa: S607 - docker's place differs by machine
            stdin=making.stdout,
            capture_output=True,
            text=True,
            check=False,
        )
        _, errors = making.communicate()
    if making.returncode != 0 or imported.returncode != 0:
        run(["docker", "image", "rm", "--force", BASE])
        detail = "\n".join((errors.decode(errors="replace") + imported.stderr).splitlines()[-15:])
        raise StackError(
            "no registry answers, and the base image could not be made from packages either.\n"
            f"Name a registry mirror (make up MIRROR=host/) or mend the package mirror:\n{detail}"
        )


def mirror() -> list[str]:
    """Return the mirror that apt uses, nothing (mmdebstrap's own default) where it names none."""
    try:
        return [debian_mirror()]
    except StackError:
        return []
