"""A place to try mutants at: a copy of the checkout and every fast test, ready to run on it.

What is tried, in this order, until something fails:

- a file of prometheus/rules: the alert's rule tests in promtool (for a recording all those that
  load its file), then its contracts;
- alertmanager.yml: the scenes and routes of tests/routing in a running Alertmanager, then its
  contracts;
- prometheus.yml, the SLOs and the catalogue of metrics: their contracts.

Which contracts are a file's is in contracts.py.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutation import checkout, contracts, routing_tests, rule_tests
from tests.mutation.contracts import CONTRACTS, Contracts
from tests.mutation.mutant import Mutant
from tests.mutation.routing_tests import Routing
from tests.mutation.rule_tests import Promtool

RULES, ROUTING = "prometheus/rules/", "alertmanager/"


@dataclass(frozen=True)
class Bench:
    """Every fast test on one copy of the checkout."""

    rules: Promtool
    routing: Routing
    contracts: Contracts

    def killer(self, mutant: Mutant) -> str:
        """Return which tests failed with this mutant; nothing when all of them passed.

        Raises:
            RefusedError: Alertmanager would not load it.

        """
        if mutant.file.startswith(RULES) and self.rules.notices(mutant):
            return "rules"
        if mutant.file.startswith(ROUTING) and self.routing.notices(mutant):
            return "routing"
        return "contracts" if self.contracts.notice(mutant) else ""

    def baseline(self) -> list[str]:
        """Return what fails without any mutant: then no verdict on one means anything."""
        rule_tests = [f"/tests/{name}" for name in self.rules.files]
        contracts = {file for files in CONTRACTS.values() for file in files}
        passed = {
            "rules": self.rules.passes(rule_tests),
            "routing": self.routing.pass_(),
            "contracts": self.contracts.hold(contracts),
        }
        return [name for name, fine in passed.items() if not fine]


@contextmanager
def opened(place: Path) -> Iterator[Bench]:
    """Copy the checkout to an empty folder and start what its tests run in."""
    secrets = place / "secrets"
    secrets.mkdir()
    root = checkout.copy(place / "checkout")
    with ExitStack() as stack:
        yield Bench(
            stack.enter_context(rule_tests.running(root)),
            stack.enter_context(routing_tests.running(root, secrets)),
            stack.enter_context(contracts.running(root)),
        )
