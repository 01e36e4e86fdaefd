"""The checks of every runbook run as they are written, and show the fault where there is one."""

import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial

import pytest

from deploy.stack.console import ROOT
from loadtest.catalogue import BY_NAME
from loadtest.endpoints import Endpoints
from loadtest.injections import InService, Way
from loadtest.traffic import flowing
from tests.contracts import repository
from tests.e2e.conftest import FACTOR, Stack
from tests.polling import wait_for

SCRAPE_SECONDS = 15 / FACTOR
RUNBOOKS = sorted(file.stem for file in repository.RUNBOOKS.glob("*.md"))
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PORTS = {
    "8000": "api",
    "8001": "ml",
    "8002": "sink",
    "9090": "prometheus",
    "9093": "alertmanager",
}
# Not for a test: the machine's own disk, and AWS' profile, which this stack runs without.
LEFT_OUT = re.compile(r"\bsudo\b|--profile aws")


def in_service(target: str, **body: str | float) -> Way:
    """Return a fault of a service's own interface."""
    return InService(target, lambda _: body)


# A search that finds nothing says so with its status, which is an answer.
SEARCH = re.compile(r"\bgrep\b")
FAULTS: dict[str, Way] = {
    "HighErrorRate": in_service("api", point="http.request", effect="error", rate=0.2),
    "HighLatency": in_service(
        "api", point="http.request", effect="delay", rate=0.3, delay_seconds=1.1
    ),
    "MLInferenceErrors": in_service("ml", point="inference", effect="error", rate=0.3),
    "MLInferenceSlowdown": in_service(
        "ml", point="inference", effect="delay", rate=0.5, delay_seconds=1.2
    ),
    "ErrorBudgetBurn": in_service("api", point="http.request", effect="error", rate=0.5),
    "ErrorBudgetBurnTicket": in_service("api", point="http.request", effect="error", rate=0.5),
    "NotificationsFailing": in_service("sink", point="slack", effect="error"),
    **{
        alert: BY_NAME[fault].ways[0]
        for alert, fault in {
            "CardinalityHigh": "label-explosion",
            "ScrapeFailing": "scrape-refused",
            "DatabaseConnectionsHigh": "database-leak",
            "DiskFilling": "disk-filled",
            "TargetDown": "exporter-stopped",
            "DatabaseDown": "database-stopped",
            "ServiceDown": "ml-stopped",
            "PodRestartingTooMuch": "api-restarts",
            "HeartbeatMissing": "alertmanager-killed",
            "ConfigReloadFailed": "configuration-unreadable",
            "RuleEvaluationFailing": "rule-failing",
            "RuleEvaluationSlow": "rule-slow",
            "SLIMissing": "metric-lost",
        }.items()
    },
}
# What the checks of each must show, by the number of the block.
SHOWS = {
    "HighErrorRate": {3: "InjectedFault", 4: "InjectedFault", 7: "Fault started"},
    "HighLatency": {5: "/api/v1/", 6: '"level": "WARN"', 7: "Fault started"},
    "MLInferenceErrors": {4: "InjectedFault", 5: "InjectedFault", 7: "Fault started"},
    "MLInferenceSlowdown": {4: "digits", 5: '"level": "WARN"', 6: "Fault started"},
    "CardinalityHigh": {2: "injected_series"},
    "ScrapeFailing": {2: "sample limit exceeded", 3: "injected_series"},
    "DatabaseConnectionsHigh": {2: "hog"},
    "DiskFilling": {1: "drill-disk"},
    "TargetDown": {1: "no such host", 2: "Exited"},
    "DatabaseDown": {1: "Not answering: postgres", 2: "exit 137"},
    "ServiceDown": {1: "no such host"},
    "ErrorBudgetBurn": {3: '"path"', 8: "InjectedFault", 9: "InjectedFault"},
    "ErrorBudgetBurnTicket": {5: "InjectedFault", 6: "InjectedFault"},
    "NotificationsFailing": {3: "Fault started"},
    "PodRestartingTooMuch": {1: '"value"', 6: "Fault ends the process"},
    "HeartbeatMissing": {3: "exit 137"},
    "ConfigReloadFailed": {1: '"value"', 2: "drill.yml"},
    "RuleEvaluationFailing": {1: "drill.yml", 2: "drill.yml"},
    "RuleEvaluationSlow": {1: "drill.yml", 2: "drill.yml"},
    "SLIMissing": {1: '"value"'},
}

pytestmark = [pytest.mark.disturbs, pytest.mark.timeout(300)]


def checks(name: str) -> list[str]:
    """Return the blocks of commands of a runbook's checks."""
    text = (repository.RUNBOOKS / f"{name}.md").read_text()
    return BLOCK.findall(text.split("## Checks")[1].split("## Actions")[0])


@pytest.fixture(scope="module")
def shell(stack: Stack, endpoints: Endpoints) -> Iterator["Shell"]:
    with flowing(endpoints.urls["api"]):
        yield Shell(stack, endpoints)


class Shell:
    """Runs commands as a person at the checkout would, on this stack."""

    def __init__(self, stack: Stack, endpoints: Endpoints) -> None:
        self._environment = {**os.environ, **stack.environment()}
        self._urls = endpoints.urls

    def run(self, block: str) -> str:
        """Return what a block prints; it must not fail."""
        command = re.sub(
            r"(?<!url=)http://localhost:(\d+)",
            lambda found: self._urls.get(PORTS.get(found[1], ""), found[0]),
            block,
        )
        done = subprocess.run(  # noqa: S603 - the runbook's own words
            ["bash", "-c", command],  # noqa: S607 - as a person's terminal
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        told = f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        answered = SEARCH.search(block) or "is not running" in done.stderr
        assert done.returncode == 0 or (done.returncode == 1 and answered), told
        assert not re.search(r"command not found|[Nn]o such (file|service|container)", told), told
        # Prometheus' answer to a query that is none.
        assert '"status":"error"' not in done.stdout, told
        return done.stdout


@pytest.mark.parametrize("name", [name for name in RUNBOOKS if name not in FAULTS])
def test_checks_run_as_they_are_written(shell: Shell, name: str) -> None:
    blocks = [block for block in checks(name) if not LEFT_OUT.search(block)]
    assert blocks
    for block in blocks:
        shell.run(block)


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize("name", FAULTS)
def test_checks_show_the_fault(shell: Shell, endpoints: Endpoints, name: str) -> None:
    fault = FAULTS[name].prepare(endpoints, "drill", SCRAPE_SECONDS)
    fault.put()
    try:
        for number, block in enumerate(checks(name), start=1):
            if not LEFT_OUT.search(block):
                wanted = SHOWS[name].get(number, "")
                what = f"block {number} shows {wanted!r}"
                # Prometheus and the logs need a moment.
                wait_for(partial(shows, shell, block, wanted), what, seconds=30)
    finally:
        fault.end()


def shows(shell: Shell, block: str, wanted: str) -> bool:
    return wanted in shell.run(block)
