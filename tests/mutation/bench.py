"""A place to try mutants at: a copy of the checkout and every fast test, ready to run on it.

What is tried, in this order, until something fails:

- a file of prometheus/rules: the alert's rule tests in promtool (for a recording all those that
  load its file), then its contracts;
- alertmanager.yml: the scenes and routes of tests/routing in a running Alertmanager, then its
  contracts;
- prometheus.yml, the SLOs and the catalogue of metrics: their contracts.

Which contracts are a file's is in contracts.py.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
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
        # Of a group's interval promtool knows nothing.
        if mutant.file.startswith(RULES) and mutant.subject and self.rules.notices(mutant):
            return "rules"
        if mutant.file.startswith(ROUTING) and self.routing.notices(mutant):
            return "routing"
        return "contracts" if self.contracts.notice(mutant) else ""

    def baseline(self, mutants: Iterable[Mutant]) -> list[str]:
        """Return what fails without any edit: then no verdict on a mutant means anything.

        The files are written as mutants are, so that it is the edit alone that tests fail of.
        """
        rule_tests = [f"/tests/{name}" for name in self.rules.files]
        files = {file for some in CONTRACTS.values() for file in some}
        written = {mutant.file: replace(mutant, after=mutant.before) for mutant in mutants}
        with ExitStack() as stack:
            for mutant in written.values():
                stack.enter_context(checkout.edited(self.rules.root, mutant))
            passed = {
                "routing": self.routing.alertmanager.reload() == "" and self.routing.pass_(),
                "rules": self.rules.passes(rule_tests),
                "contracts": self.contracts.hold(files),
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
