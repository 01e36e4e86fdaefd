"""The files that contracts are about, parsed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.stack import settings
from deploy.stack.console import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
RULE_TESTS = ROOT / "tests" / "rules"
# Compose's own syntax: ${NAME}, ${NAME:-default}, and ${NAME:+what is put where NAME is set}.
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-+])((?:\$\{\w+\}|[^}])*))?\}")


def load(path: str) -> dict[str, Any]:
    """Return a YAML file of the repository; merge keys are resolved."""
    return yaml.safe_load((ROOT / path).read_text())


def rules(kind: str) -> list[dict[str, Any]]:
    """Return the rules of one kind, `alert` or `record`, from every file that Prometheus loads."""
    files = sorted((ROOT / "prometheus" / "rules").glob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


def alerts() -> dict[str, dict[str, Any]]:
    """Return the alerting rules by name; of one with a rule for each SLO, the last."""
    return {rule["alert"]: rule for rule in rules("alert")}


def alert_rules() -> dict[str, dict[str, Any]]:
    """Return every alerting rule by its name and, where it has one, its SLO's."""
    return {
        " ".join([rule["alert"], *filter(None, [rule["labels"].get("slo")])]): rule
        for rule in rules("alert")
    }


def scrape_configs() -> dict[str, dict[str, Any]]:
    """Return Prometheus' jobs by name."""
    return {job["job_name"]: job for job in load("prometheus/prometheus.yml")["scrape_configs"]}


def services(**variables: str) -> dict[str, dict[str, Any]]:
    """Return the Compose services with the variables of .env, and these, put in."""
    return expand(load("docker-compose.yml")["services"], settings.read() | variables)


def expand(value: Any, variables: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of YAML
    """Return a part of docker-compose.yml as Compose would read it."""
    if isinstance(value, dict):
        return {key: expand(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [expand(inner, variables) for inner in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _value(found, variables), value)
    return value


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    name, operator, other = found.groups()
    value = variables.get(name, "")
    if operator == "+":
        return expand(other, variables) if value else ""
    return value or expand(other or "", variables)


def make_targets() -> set[str]:
    """Return the targets that the Makefile offers."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def python_files(folder: str) -> list[Path]:
    """Return a package's modules, at least one."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files, f"{folder} has no Python files"
    return files
