"""The fault catalogue agrees with the services that take its faults, and with its commands."""

import pytest

from deploy.stack.console import ROOT
from faults.model import EFFECTS, LONGEST_LEASE, Fault
from loadtest.catalogue import FAULTS
from tests.contracts import repository

POINTS = {
    "api": {"http.request", "process", "metrics"},
    "ml": {"inference", "process", "metrics"},
    "sink": {"slack", "pagerduty", "heartbeat", "process", "metrics"},
}
NAMES = [fault.name for fault in FAULTS]
REAL_SCRAPE_SECONDS, SCALED_SCRAPE_SECONDS = 15.0, 0.75

by_name = pytest.mark.parametrize("fault", FAULTS, ids=NAMES)


@by_name
@pytest.mark.parametrize("scrape", [REAL_SCRAPE_SECONDS, SCALED_SCRAPE_SECONDS])
def test_the_service_takes_it(fault: object, scrape: float) -> None:
    body = dict(fault.body(scrape))

    taken = Fault.model_validate({**body, "lease_seconds": LONGEST_LEASE})

    assert taken.point in POINTS[fault.target]


@by_name
def test_the_service_strikes_at_its_point(fault: object) -> None:
    point = fault.body(REAL_SCRAPE_SECONDS)["point"]
    # faults itself acts on the process and its metrics.
    folders = ["services/faults"] if point in EFFECTS else [f"services/{fault.target}"]
    sources = [f.read_text() for folder in folders for f in repository.python_files(folder)]

    assert any(f'"{point}"' in source for source in sources)


@by_name
def test_make_has_its_command_and_the_readme_its_row(fault: object) -> None:
    target = f"chaos-{fault.command}"
    readme = (ROOT / "README.md").read_text().splitlines()
    (row,) = [line for line in readme if line.startswith(f"| `make {target}` |")]

    assert target in repository.make_targets()
    assert f"{fault.alert}, {fault.severity}" in row
    for receiver in fault.receivers:
        assert receiver in row.lower()


def test_names_and_commands_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert len({fault.command for fault in FAULTS}) == len(FAULTS)
