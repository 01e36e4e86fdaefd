"""The fault catalogue agrees with the services that take its faults, and with its commands."""

import re

import pytest

from deploy.stack.console import ROOT
from faults.model import LONGEST_LEASE, Fault
from loadtest import catalogue, injections
from loadtest.catalogue import FAULTS
from loadtest.faults import PAGERDUTY
from tests.contracts import repository

POINTS = {
    "api": {"http.request", "prediction.storage", "process", "metrics"},
    "ml": {"inference", "process", "metrics"},
    "sink": {"slack", "pagerduty", "heartbeat", "metrics"},
}
# Points that package faults itself acts at, in every service.
COMMON_POINTS = {"process", "metrics"}
NAMES = [fault.name for fault in FAULTS]
REAL_SCRAPE_SECONDS, SCALED_SCRAPE_SECONDS = 15.0, 0.75

by_name = pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
in_services = pytest.mark.parametrize(
    ("name", "way"),
    [
        pytest.param(fault.name, way, id=f"{fault.name} in {way.target}")
        for fault in FAULTS
        for way in fault.ways
        if isinstance(way, injections.InService)
    ],
)


@in_services
@pytest.mark.parametrize("scrape", [REAL_SCRAPE_SECONDS, SCALED_SCRAPE_SECONDS])
def test_the_service_takes_it(name: str, way: injections.InService, scrape: float) -> None:
    body = dict(way.body(scrape))

    taken = Fault.model_validate({**body, "lease_seconds": LONGEST_LEASE})

    assert taken.point in POINTS[way.target], name


@in_services
def test_the_service_strikes_at_its_point(name: str, way: injections.InService) -> None:
    point = way.body(REAL_SCRAPE_SECONDS)["point"]
    folder = "services/faults" if point in COMMON_POINTS else f"services/{way.target}"
    sources = [file.read_text() for file in repository.python_files(folder)]

    assert any(f'"{point}"' in source for source in sources), name


@by_name
def test_the_containers_that_it_breaks_are_services(fault: catalogue.Fault) -> None:
    for way in fault.ways:
        if service := getattr(way, "service", None):
            assert service in repository.services()
        if volume := getattr(way, "volume", ""):
            assert volume in repository.load("docker-compose.yml")["volumes"]
        if script := getattr(way, "script", None):
            assert (injections.HOGS / f"{script}.py").is_file()
    assert fault.away <= repository.services().keys()


@by_name
def test_its_edit_breaks_a_file_that_is_there_or_adds_one(fault: catalogue.Fault) -> None:
    for way in fault.ways:
        if isinstance(way, injections.Edited):
            file = ROOT / "prometheus" / way.file
            text = file.read_text() if file.exists() else ""
            assert way.edit(text) != text
            assert file.exists() == (way.file == "prometheus.yml")


def readme_rows() -> list[str]:
    return [line for line in (ROOT / "README.md").read_text().splitlines() if line[:3] == "| `"]


@by_name
def test_the_readme_says_how_to_run_it_and_who_hears_of_it(fault: catalogue.Fault) -> None:
    command = f"make chaos-{fault.command}" if fault.command else f"make drill FAULT={fault.name}"
    (row,) = [row for row in readme_rows() if row.startswith(f"| `{command}` |")]

    assert fault.what in row
    for promise in fault.promises:
        assert f"{promise.alert}, {promise.severity}" in row
        for receiver in promise.receivers:
            assert ("PagerDuty" if receiver == PAGERDUTY else receiver) in row
    if not fault.promises:
        assert "nobody" in row


def test_every_chaos_target_is_a_fault_and_every_command_a_target() -> None:
    targets = re.findall(r"^chaos-([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert sorted(targets) == sorted([*catalogue.BY_COMMAND, "stop"])


def test_names_and_commands_are_unique() -> None:
    commands = [fault.command for fault in FAULTS if fault.command]

    assert len(set(NAMES)) == len(NAMES)
    assert len(set(commands)) == len(commands)
