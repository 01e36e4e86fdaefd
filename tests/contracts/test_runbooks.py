"""A runbook is of the agreed form, and every command in it exists."""

import io
import json
import logging
import re
from contextlib import redirect_stdout

import pytest

from telemetry import logs
from tests.contracts import promql, repository
from tests.contracts.test_metrics import QUERY

# The specification's template (7.2).
SECTIONS = ["Alert condition", "Impact", "Checks", "Actions", "Escalation"]
RUNBOOKS = sorted(file.stem for file in repository.RUNBOOKS.glob("*.md"))
ALERTS = repository.alerts()


def text(name: str) -> str:
    return (repository.RUNBOOKS / f"{name}.md").read_text()


@pytest.mark.parametrize("name", RUNBOOKS)
def test_sections_are_the_specifications_in_its_order(name: str) -> None:
    lines = text(name).splitlines()

    assert lines[0] == f"# Runbook: {name}"
    assert [line[3:] for line in lines if line.startswith("## ")] == SECTIONS


@pytest.mark.parametrize("name", RUNBOOKS)
def test_condition_names_severity_and_team(name: str) -> None:
    labels = ALERTS[name]["labels"]
    condition = text(name).split("## Impact")[0]

    assert f"Severity {labels['severity']}" in condition
    assert f"Team {labels['team']}" in " ".join(condition.split())


@pytest.mark.parametrize("name", RUNBOOKS)
def test_first_query_is_what_the_alert_compares(name: str) -> None:
    first = QUERY.findall(text(name))[0]

    assert promql.canonical(first) in promql.canonical(ALERTS[name]["expr"])


@pytest.mark.parametrize("name", RUNBOOKS)
def test_dashboard_is_the_one_that_the_alert_links_to(name: str) -> None:
    assert ALERTS[name]["annotations"]["dashboard_url"] in text(name)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_make_targets_exist(name: str) -> None:
    named = set(re.findall(r"`make ([a-z-]+)", text(name)))

    assert "chaos-stop" in named
    # `make chaos-*` stands for all of them.
    assert named - {"chaos-"} <= repository.make_targets()


@pytest.mark.parametrize("name", RUNBOOKS)
def test_services_in_docker_commands_exist(name: str) -> None:
    # The first word that is neither an option nor an option's number.
    found = re.findall(
        r"docker compose (?:logs|restart|exec|ps)(?: -[\w-]+| \d\w*)* ([a-z-]+)", text(name)
    )

    assert found
    assert set(found) <= repository.services().keys()


@pytest.mark.parametrize("name", RUNBOOKS)
def test_escalation_is_the_specifications(name: str) -> None:
    escalation = text(name).split("## Escalation")[1]

    assert "after 30 minutes: the Tech Lead" in escalation
    assert "the VP at once" in escalation


@pytest.mark.parametrize("level", ["ERROR", "WARN"])
def test_log_searches_match_the_lines_that_services_write(level: str) -> None:
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    output = io.StringIO()
    try:
        logs.configure("INFO")
        with redirect_stdout(output):
            logger = logging.getLogger("contracts")
            logger.log({"ERROR": logging.ERROR, "WARN": logging.WARNING}[level], "x")
    finally:
        root.setLevel(before[0])
        root.handlers = before[1]

    (line,) = output.getvalue().splitlines()
    assert json.loads(line)["level"] == level
    assert f'"level": "{level}"' in line


@pytest.mark.parametrize("name", RUNBOOKS)
def test_log_searches_are_of_that_form(name: str) -> None:
    searches = re.findall(r"grep (?:-\w+ )?'([^']*level[^']*)'", text(name))

    assert searches
    for search in searches:
        assert re.fullmatch(r'"level": "(ERROR|WARN|\(ERROR\|WARN\))"', search), search
