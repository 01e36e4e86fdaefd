"""A runbook is of the agreed form, and every command in it exists."""

import io
import json
import logging
import re
from contextlib import redirect_stdout

import pytest

from deploy.stack.console import ROOT
from telemetry import logs
from tests.contracts import promql, repository
from tests.contracts.test_metrics import QUERY

# The specification's template (7.2).
SECTIONS = ["Alert condition", "Impact", "Checks", "Actions", "Escalation"]
RUNBOOKS = sorted(file.stem for file in repository.RUNBOOKS.glob("*.md"))
RULES: dict[str, list[dict]] = {
    name: [rule for rule in repository.rules("alert") if rule["alert"] == name] for name in RUNBOOKS
}
# The sink pages this one by itself: no rule says what it must contain.
OF_THE_SINK = {"HeartbeatMissing"}
OF_RULES = [name for name in RUNBOOKS if name not in OF_THE_SINK]
# Always fires, so it is nobody's drill.
ALWAYS_FIRING = {"Watchdog"}
LINK = re.compile(r"\[(\w+)\]\((\w+)\.md\)")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
TEMPLATE = re.compile(r"\{\{.*?\}\}")


def text(name: str) -> str:
    return (repository.RUNBOOKS / f"{name}.md").read_text()


def section(name: str, title: str) -> str:
    """Return one section on one line."""
    return " ".join(text(name).split(f"## {title}\n")[1].split("\n## ")[0].split())


@pytest.mark.parametrize("name", RUNBOOKS)
def test_sections_are_the_specifications_in_its_order(name: str) -> None:
    lines = text(name).splitlines()

    assert lines[0] == f"# Runbook: {name}"
    assert [line[3:] for line in lines if line.startswith("## ")] == SECTIONS


@pytest.mark.parametrize("name", OF_RULES)
def test_condition_names_severity_and_every_team(name: str) -> None:
    condition = section(name, "Alert condition")
    told = re.search(r"Team ([^.;]+)", condition)

    assert RULES[name]
    assert told
    for rule in RULES[name]:
        assert f"Severity {rule['labels']['severity']}" in condition
        teams = TEMPLATE.sub(" ", rule["labels"]["team"]).split()
        assert set(teams) <= set(re.split(r"[ ,]+", told[1]))


@pytest.mark.parametrize("name", OF_RULES)
def test_condition_names_the_file_that_has_the_rule(name: str) -> None:
    (file,) = re.findall(r"`(prometheus/rules/\w+\.yml)`", section(name, "Alert condition"))

    assert f"alert: {name}\n" in (ROOT / file).read_text()


@pytest.mark.parametrize("name", OF_RULES)
def test_condition_says_how_long_it_must_hold(name: str) -> None:
    condition = section(name, "Alert condition")
    units = {"s": "second", "m": "minute", "h": "hour"}

    for rule in RULES[name]:
        hold = rule.get("for", "")
        if hold:
            assert re.search(rf"\b{hold[:-1]} {units[hold[-1]]}", condition), hold
        elif name not in ALWAYS_FIRING:
            assert "No waiting time" in condition


@pytest.mark.parametrize("name", OF_RULES)
def test_first_query_is_what_the_alert_compares(name: str) -> None:
    first = promql.canonical(QUERY.findall(text(name))[0])

    assert any(first in promql.canonical(rule["expr"]) for rule in RULES[name])


@pytest.mark.parametrize("name", OF_RULES)
def test_dashboards_are_those_that_the_alert_links_to(name: str) -> None:
    checks = section(name, "Checks")

    for rule in RULES[name]:
        assert rule["annotations"]["dashboard_url"] in checks


@pytest.mark.parametrize("name", RUNBOOKS)
def test_links_lead_to_runbooks_that_exist(name: str) -> None:
    for words, target in LINK.findall(text(name)):
        assert words == target
        assert target in RUNBOOKS
        assert target != name


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_runbook_that_is_mentioned_is_linked(name: str) -> None:
    prose = CODE.sub("", text(name))
    mentioned = set(re.findall(r"\b[A-Z]\w+\b", prose)) & set(RUNBOOKS) - {name}

    assert mentioned == {target for _, target in LINK.findall(text(name))}


@pytest.mark.parametrize("name", RUNBOOKS)
def test_make_targets_exist(name: str) -> None:
    # `make chaos-*` stands for all of them.
    named = set(re.findall(r"`make ([a-z-]+)", text(name))) - {"chaos-"}

    assert named <= repository.make_targets()


@pytest.mark.parametrize("name", [name for name in RUNBOOKS if name not in ALWAYS_FIRING])
def test_it_tells_a_drill_and_how_to_end_it(name: str) -> None:
    ends = re.search(r"\b1\. .*?\bdrill .*? 2\. ", section(name, "Actions"))

    assert "drill" in section(name, "Checks")
    # A fault in a service is a lease; one in a container ends with the process that put it in.
    assert ends
    assert re.search(r"`make chaos-stop`|`kill <pid>`", ends[0])


@pytest.mark.parametrize("name", RUNBOOKS)
def test_services_in_docker_commands_exist(name: str) -> None:
    # The first word that is neither an option, a number, nor the name of a program to run.
    found = re.findall(
        r"docker compose (?:logs|restart|start|stop|exec|ps|run)"
        r"(?: -[\w-]+(?: promtool| amtool)?| \d\w*)* ([a-z][a-z-]*)",
        text(name),
    )

    assert found
    assert set(found) <= repository.services().keys()


@pytest.mark.parametrize("name", RUNBOOKS)
def test_nothing_in_it_deletes_data(name: str) -> None:
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", text(name), re.DOTALL))

    assert not re.search(r"make clean|down .*-v|volume (rm|prune)|--volumes|rm -r", commands)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_escalation_is_the_specifications(name: str) -> None:
    escalation = section(name, "Escalation")

    for part in ("no better after 30 minutes: the tech lead", "total outage", "the vp at once"):
        assert part in escalation.lower()


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

    for search in searches:
        ours = r'"level": "(ERROR|WARN|\(ERROR\|WARN\))"'
        # Prometheus, Alertmanager and exporters write logfmt.
        theirs = r"level=(ERROR|WARN|\((ERROR\|WARN|WARN\|ERROR)\))(\.\*\w+)?"
        assert re.fullmatch(f"{ours}|{theirs}", search), search
