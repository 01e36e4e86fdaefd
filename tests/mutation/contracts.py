"""The contracts on mutants: pytest itself, on a copy of the checkout, in a process of its own.

Python with all libraries loaded waits as a server and forks one process for each mutant, which
imports our own modules from the copy. Started anew, loading the libraries would take most of the
time.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.console import ROOT
from tests.mutation import checkout
from tests.mutation.mutant import Mutant

LIBRARIES = [
    "fastapi",
    "opentelemetry.sdk.trace",
    "prometheus_client",
    "promql_parser",
    "pydantic",
    "pytest",
    "pytest_asyncio.plugin",
    "pytest_timeout",
    "requests",
    "structlog",
    "yaml",
]
OURS = {"api", "deploy", "faults", "loadtest", "ml", "sink", "telemetry", "tests"}
# What a file begins with → the contracts that read it: all of them would take seconds a mutant.
CONTRACTS = {
    "alertmanager/": ("tests/routing/test_configuration.py",),
    "prometheus/prometheus.yml": ("tests/contracts/test_scraping.py",),
    "prometheus/rules/": ("tests/contracts/test_alerts.py", "tests/contracts/test_slos.py"),
    "prometheus/slo/": ("tests/contracts/test_slos.py",),
    "services/telemetry/": ("tests/contracts/test_metrics.py",),
}
# It fails with every edit of a generated file, so that its failure says nothing of other tests.
COMPARISON = "tests/contracts/test_slos.py::test_committed_rules_are_the_generated_ones"
PASSED, FAILED, NOT_COLLECTED = 0, 1, 2


@dataclass(frozen=True)
class Contracts:
    """pytest, on a copy of the checkout."""

    pool: ProcessPoolExecutor
    root: Path

    def notice(self, mutant: Mutant) -> bool:
        """Tell whether a contract fails with this mutant, or can't even be read."""
        (files,) = (files for start, files in CONTRACTS.items() if mutant.file.startswith(start))
        with checkout.edited(self.root, mutant):
            return not self.hold(files)

    def hold(self, files: Iterable[str]) -> bool:
        """Tell whether every contract of these files holds.

        Raises:
            RuntimeError: pytest could not be run at all.

        """
        status = self.pool.submit(status_of, str(self.root), str(ROOT), tuple(files)).result()
        if status not in {PASSED, FAILED, NOT_COLLECTED}:
            raise RuntimeError(f"pytest ended with {status}")
        return status == PASSED


def status_of(root: str, original: str, files: tuple[str, ...]) -> int:
    """Run pytest in this process on a copy of the checkout and return its exit status."""
    for name in list(sys.modules):
        if name.partition(".")[0] in OURS:
            del sys.modules[name]
    ours = {"", original, f"{original}/services"}
    sys.path[:] = [root, f"{root}/services", *(path for path in sys.path if path not in ours)]
    os.chdir(root)
    # Whatever it prints is of no interest; a report of hundreds would be.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.dup2(nowhere, sys.stderr.fileno())
    import pytest  # noqa: PLC0415 - in the parent it is the very pytest that runs this

    # Whether an assertion fails, not why, is what counts: rewriting them only takes time.
    words = ["-x", "-q", "--assert=plain", "-pno:cacheprovider", f"--rootdir={root}"]
    # The plugins that pyproject.toml speaks of; loading all that are installed takes half a second.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    words += ["-ppytest_asyncio.plugin", "-ppytest_timeout"]
    words += [f"-c{root}/pyproject.toml", f"--deselect={COMPARISON}"]
    return int(pytest.main([*words, *files]))


@contextmanager
def running(root: Path) -> Iterator[Contracts]:
    """Start the server on a copy of the checkout and end it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as pool:
        yield Contracts(pool, root)
