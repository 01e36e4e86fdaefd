"""The tests of rules on mutants: promtool in a container that stays, on a copy of the checkout."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from deploy.stack import images, settings
from deploy.stack.console import run
from tests import tools
from tests.mutation import checkout
from tests.mutation.mutant import Mutant, RefusedError

WAIT = "while true; do sleep 60; done"


@dataclass(frozen=True)
class Promtool:
    """A container that has a copy's prometheus/ and tests/rules/ mounted."""

    container: str
    root: Path

    def notices(self, mutant: Mutant) -> bool:
        """Tell whether a rule test fails with this mutant.

        Raises:
            RefusedError: Prometheus would not load it.

        """
        with checkout.edited(self.root, mutant):
            if self.pass_(self.tests_of(mutant)):
                return False
            # Tests of a file that isn't loaded fail as well.
            if complaint := self.ask("check", "rules", f"/etc/{mutant.file}"):
                raise RefusedError(complaint)
            return True

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the alert's own rule tests; for a recording, all that load its file."""
        folder = self.root / "tests" / "rules"
        own = f"{mutant.subject}.yml"
        if (folder / own).is_file():
            return [own]
        loaded = f"/etc/{mutant.file}"
        return sorted(
            file.name
            for file in folder.glob("*.yml")
            if loaded in yaml.safe_load(file.read_text())["rule_files"]
        )

    def pass_(self, files: Sequence[str]) -> bool:
        """Tell whether these rule tests pass."""
        return not (files and self.ask("test", "rules", *(f"/tests/{file}" for file in files)))

    def ask(self, *words: str) -> str:
        """Run promtool and return what it found wrong, nothing when all is well."""
        command = ["docker", "exec", self.container, "/bin/promtool", *words]
        result = run(command, timeout=tools.SECONDS)
        return f"{result.returncode}: {tools.output(result)}" if result.returncode else ""


@contextmanager
def running(root: Path) -> Iterator[Promtool]:
    """Start a container on a copy of the checkout and remove it in the end."""
    image = images.reference(settings.read(), "PROMETHEUS_IMAGE")
    tools.require(image)
    mounts = {root / "prometheus": "/etc/prometheus", root / "tests" / "rules": "/tests"}
    options = ["--network=none", f"--user={os.getuid()}:{os.getgid()}", "--entrypoint=/bin/sh"]
    options += [f"--volume={folder}:{inside}:ro" for folder, inside in mounts.items()]
    command = ["docker", "run", "--detach", *options, image, "-c", WAIT]
    started = run(command, timeout=tools.SECONDS)
    assert started.returncode == 0, tools.output(started)
    container = started.stdout.strip()
    try:
        yield Promtool(container, root)
    finally:
        run(["docker", "rm", "--force", "--volumes", container])
