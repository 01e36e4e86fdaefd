"""The tests of rules on mutants: promtool in a container that stays, on a copy of the checkout."""

import os
import re
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

# What Go's regular expressions read otherwise than as itself.
SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
BACKSLASHED = r"\\\g<0>"
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
        files = self.tests_of(mutant)
        with checkout.edited(self.root, mutant):
            # Most mutants fail the first case already, and some cases are over days.
            if self.begin(files) and self.pass_(files):
                return False
            # Tests of a file that isn't loaded fail as well.
            if complaint := self.ask("check", "rules", f"/etc/{mutant.file}"):
                raise RefusedError(complaint)
            return True

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the alert's own rule tests; for a recording, all that load its file."""
        files = sorted(file.name for file in (self.root / "tests" / "rules").glob("*.yml"))
        # As `ErrorBudgetBurn-6h.yml` is ErrorBudgetBurn's.
        own = [name for name in files if mutant.subject == re.split(r"[-.]", name)[0]]
        loaded = f"/etc/{mutant.file}"
        return own or [name for name in files if loaded in self.content(name)["rule_files"]]

    def begin(self, files: Sequence[str]) -> bool:
        """Tell whether the first case of each of these rule tests passes."""
        cases = [self.content(file)["tests"][0]["name"] for file in files]
        only = [f"--run=^{SPECIAL.sub(BACKSLASHED, name)}$" for name in cases]
        return self.ask("test", "rules", *only, *(f"/tests/{file}" for file in files)) == ""

    def pass_(self, files: Sequence[str]) -> bool:
        """Tell whether these rule tests pass."""
        return all(self.ask("test", "rules", f"/tests/{file}") == "" for file in files)

    def content(self, file: str) -> dict:
        """Return a file of rule tests."""
        return yaml.safe_load((self.root / "tests" / "rules" / file).read_text())

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
