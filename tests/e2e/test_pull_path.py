"""Where a registry answers, `make up` pulls from it: tried on a registry that the test starts."""

from collections.abc import Iterator

import pytest
import requests

from deploy.stack import images, packages, settings
from deploy.stack.console import must, run
from deploy.stack.project import Project
from tests.polling import wait_for

UPSTREAM_REGISTRY = "docker.io/library/registry:2.8.3"
PROJECT = "sre-reference-pull"
# What runs from upstream images alone, without the services that are built here.
SERVICES = ("prometheus", "node-exporter", "postgres-exporter", "cadvisor")


@pytest.fixture
def registry() -> Iterator[str]:
    """Run a registry and yield its host:port on this machine."""
    here = run(["docker", "image", "inspect", UPSTREAM_REGISTRY]).returncode == 0
    if not here and images.pull_one(UPSTREAM_REGISTRY, images.PROBE_SECONDS):
        packages.base()
        packages.build_one(UPSTREAM_REGISTRY, "registry")
    publish = ["--publish", "127.0.0.1::5000", "--tmpfs", "/var/lib/registry:mode=1777"]
    name = must(["docker", "run", "--detach", *publish, UPSTREAM_REGISTRY], why="no registry")
    container = name.strip()
    try:
        address = must(["docker", "port", container, "5000"], why="no port").split()[0]
        wait_for(
            lambda: requests.get(f"http://{address}/v2/", timeout=1).ok,
            "the registry answers",
            seconds=20,
        )
        yield address
    finally:
        run(["docker", "rm", "--force", "--volumes", container])


@pytest.fixture
def mirror(registry: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Fill the registry with upstream's images and yield the settings that name it as mirror."""
    plain = settings.read()
    monkeypatch.setenv("MIRROR", f"{registry}/")
    mirrored = settings.read()
    names = {plain[name]: images.reference(mirrored, name) for name in settings.UPSTREAM}
    for image, copy in names.items():
        # What an upstream image doesn't have is the mark of one built from packages.
        unmark = ["docker", "build", "--quiet", "--label", f"{packages.LABEL}=", "--tag", copy, "-"]
        must(["sh", "-c", 'echo "FROM $0" | "$@"', image, *unmark], why=f"no copy of {image}")
        must(["docker", "push", "--quiet", copy], why=f"{copy} could not be pushed")
        must(["docker", "image", "rm", copy], why=f"{copy} could not be removed here")
    try:
        yield mirrored
    finally:
        for copy in names.values():
            run(["docker", "image", "rm", copy])


@pytest.mark.timeout(300)
def test_images_come_from_the_mirror_and_the_same_compose_file_runs_them(
    mirror: dict[str, str],
) -> None:
    assert images.ensure(mirror) == f"images: pulled from {mirror['MIRROR'].rstrip('/')}"
    assert images.explain(mirror) == []

    ports = dict.fromkeys(settings.PORTS, "0")
    stack = Project(PROJECT, overrides=ports)
    stack.down(volumes=True)
    stack.write_secrets()
    try:
        started = stack.compose("up", "--detach", "--wait", "--wait-timeout=90", *SERVICES)
        assert started.returncode == 0, started.stderr
        used = stack.compose("ps", "--format", "{{.Image}}").stdout.split()
        assert used, "no container runs"
        assert all(image.startswith(mirror["MIRROR"]) for image in used)
    finally:
        stack.down(volumes=True)
