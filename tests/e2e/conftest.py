"""The stack that end-to-end tests run on: a Compose project of its own, in scaled time.

Every duration of Prometheus and Alertmanager is divided by FACTOR, by the program that
`make up FACTOR=…` uses. Ports are free ones, so that it runs beside your own stack.
`STACK_KEEP=1 make test T=tests/e2e` leaves it running, and uses the one that was left.
"""

import os
from collections.abc import Iterator

import pytest
import requests

from deploy.stack import engine, preflight
from deploy.stack.project import Project
from loadtest import baseline, observe
from loadtest.endpoints import DEFAULTS, Endpoints
from loadtest.outcome import Outcome
from tests.polling import wait_for

PROJECT = "sre-reference-test"
# A `for` of five minutes becomes 15 s, a scrape interval 0.75 s: shorter, and the time that
# processes take to do their work would no longer be small beside it.
FACTOR = 20
OUTCOMES = pytest.StashKey[list[Outcome]]()


class Stack(Project):
    """The test's project, as tests use it."""

    def endpoints(self) -> Endpoints:
        """Return where its services answer on this machine."""
        urls = {service: self.url(service) for service in DEFAULTS}
        return Endpoints(urls, (self.secrets / "faults_token").read_text(), self.name)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[OUTCOMES] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what disturbs the stack after what measures it; the order is otherwise the files'."""
    items.sort(key=lambda item: item.get_closest_marker("disturbs") is not None)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    keep = os.environ.get("STACK_KEEP") == "1"
    stack = Stack(PROJECT, FACTOR, preflight.free_ports())
    if keep and stack.compose("ps", "--quiet", "sink").stdout:
        stack = Stack(PROJECT, FACTOR, Project.running(PROJECT).overrides)
    else:
        # What an interrupted run left, perhaps of another checkout with other passwords.
        if engine.answers():
            stack.down(volumes=True)
        stack.prepare()
        stack.up()
    yield stack
    if not keep:
        stack.down(volumes=True)


@pytest.fixture(scope="session")
def endpoints(stack: Stack) -> Endpoints:
    return stack.endpoints()


@pytest.fixture
def healthy(stack: Stack, endpoints: Endpoints) -> Iterator[None]:
    """Leave the stack as it was: what was stopped runs again, no fault is in, the API is ready."""
    yield
    stack.compose("unpause")
    stack.compose("start")
    # Not `up --wait`: it gives up on a container that was paused, and unhealthy for as long.
    wait_for(lambda: not stack.unhealthy(), "every service is healthy again", seconds=90)
    wait_for(
        lambda: requests.get(f"{endpoints.urls['api']}/readyz", timeout=5).ok,
        "the API is ready again",
        seconds=60,
    )


@pytest.fixture
def quiet(endpoints: Endpoints) -> None:
    """Wait until the stack has got over what an earlier test did to it."""
    # A window, a `for`, and two group intervals of at most 15 s each.
    wait_for(lambda: baseline.active(endpoints) == {}, "no alert is active", seconds=90)
    wait_for(lambda: observe.unresolved(endpoints) == [], "all is resolved", seconds=60)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show how long each page took, against what is possible."""
    outcomes = config.stash[OUTCOMES]
    if not outcomes:
        return
    terminalreporter.section(f"from fault to page, every duration divided by {FACTOR}")
    for outcome in outcomes:
        for one in outcome.told:
            terminalreporter.line(
                f"{outcome.fault:<24} {one.alert:<21} page after {one.page:5.1f} s: "
                f"{one.ratio:.2f} times the theoretical minimum of {one.plan.paged:5.1f} s"
                f"{' (its receivers were kept from it)' * (not one.measures())}"
            )
        if not outcome.told:
            terminalreporter.line(f"{outcome.fault:<24} nobody was told, as promised")
