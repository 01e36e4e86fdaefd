"""The tests of rules on mutants: promtool in a container that stays, on a copy of the checkout."""

import os
import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from deploy.stack import images, settings
from tests import tools
from tests.mutation import checkout
from tests.mutation.mutant import Mutant

# What Go's regular expressions read otherwise than as itself.
SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
BACKSLASHED = r"\\\g<0>"
PASSED, FAILED = "0", "1"


@dataclass(frozen=True)
class Case:
    """One case of a file of rule tests."""

    file: str
    name: str

    @property
    def words(self) -> list[str]:
        """What promtool is told to run no other."""
        return [f"--run=^{SPECIAL.sub(BACKSLASHED, self.name)}$", f"/tests/{self.file}"]


@dataclass(frozen=True)
class Promtool:
    """A container that has a copy's prometheus/ and tests/rules/ mounted.

    Attributes:
        shell: a shell in it, by its standard input and output.
        root: the copy.
        files: the rule tests by their files' names.
        deadly: how many mutants of an alert or a recording failed each case.

    """

    shell: subprocess.Popen[str]
    root: Path
    files: dict[str, dict]
    deadly: Counter[tuple[str, Case]] = field(default_factory=Counter)

    def notices(self, mutant: Mutant) -> bool:
        """Tell whether a rule test fails with this mutant.

        Cases run one by one, first those that noticed most of the alert's mutants before: some are
        over days, and promtool doesn't end at the first that fails.
        """
        cases = sorted(self.cases_of(mutant), key=lambda c: -self.deadly[mutant.subject, c])
        with checkout.edited(self.root, mutant):
            killer = next((case for case in cases if not self.passes(case.words)), None)
        if killer:
            self.deadly[mutant.subject, killer] += 1
        return killer is not None

    def cases_of(self, mutant: Mutant) -> list[Case]:
        """Return the cases of an alert; for a recording, of all files that load its own.

        Those that speak of the recording come first.
        """
        # As `ErrorBudgetBurn-6h.yml` is ErrorBudgetBurn's.
        own = [name for name in self.files if mutant.subject == re.split(r"[-.]", name)[0]]
        loaded = f"/etc/{mutant.file}"
        files = own or [name for name, one in self.files.items() if loaded in one["rule_files"]]
        cases = [(file, case) for file in files for case in self.files[file]["tests"]]
        cases.sort(key=lambda found: mutant.subject not in str(found[1]))
        return [Case(file, case["name"]) for file, case in cases]

    def passes(self, words: Sequence[str]) -> bool:
        """Tell whether these rule tests pass.

        Raises:
            RuntimeError: promtool could not be run.

        """
        command = shlex.join(["/bin/promtool", "test", "rules", *words])
        self.shell.stdin.write(f"{command} >/dev/null 2>&1; echo $?\n")
        self.shell.stdin.flush()
        status = self.shell.stdout.readline().strip()
        if status not in {PASSED, FAILED}:
            raise RuntimeError(f"{command} ended with {status}")
        return status == PASSED


def read(folder: Path) -> dict[str, dict]:
    """Return the rule tests of a folder by their files' names."""
    return {file.name: yaml.safe_load(file.read_text()) for file in sorted(folder.glob("*.yml"))}


@contextmanager
def running(root: Path) -> Iterator[Promtool]:
    """Start a container on a copy of the checkout and remove it in the end."""
    image = images.reference(settings.read(), "PROMETHEUS_IMAGE")
    tools.require(image)
    mounts = {root / "prometheus": "/etc/prometheus", root / "tests" / "rules": "/tests"}
    options = ["--network=none", f"--user={os.getuid()}:{os.getgid()}", "--entrypoint=/bin/sh"]
    options += [f"--volume={folder}:{inside}:ro" for folder, inside in mounts.items()]
    # One shell that takes a line for each test: a new container or a new process in it would take
    # longer than most tests. It ends, and the container with it, when nothing more can come.
    with subprocess.Popen(  # noqa: S603 - fixed words and paths of our own
        ["docker", "run", "--rm", "--interactive", *options, image],  # noqa: S607 - of the PATH
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as shell:
        yield Promtool(shell, root, read(root / "tests" / "rules"))
