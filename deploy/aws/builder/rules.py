"""Prometheus' alerts and the SLOs, as the template needs them: the one truth of both halves."""

import ast
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import yaml
from promql_parser import BinaryExpr, Expr, MatrixSelector, NumberLiteral

from deploy.scaled_time.durations import read, write
from deploy.slo.document import Slo

ROOT = Path(__file__).resolve().parents[3]
COMPARISONS = {"<", ">", "<=", ">="}
_PLACEHOLDER = re.compile(r"\{\{\s*(.+?)\s*\}\}")


@dataclass(frozen=True)
class Alert:
    """An alerting rule; `hold` is its `for`, `keep` its `keep_firing_for`."""

    name: str
    expression: str
    hold: timedelta
    keep: timedelta
    severity: str
    team: str
    annotations: dict[str, str]

    @property
    def threshold(self) -> float:
        """The one figure that it compares with, besides zero; raises LookupError otherwise."""
        found = {
            float(node.rhs.val)
            for node in self._nodes()
            if isinstance(node, BinaryExpr)
            and isinstance(node.rhs, NumberLiteral)
            and str(node.op) in COMPARISONS
            and node.rhs.val
        }
        if len(found) != 1:
            raise LookupError(f"{self.name} compares with {sorted(found)}, not with one figure")
        return found.pop()

    @property
    def window(self) -> timedelta:
        """The one time that it looks back for; raises LookupError otherwise."""
        found: set[timedelta] = {
            node.range for node in self._nodes() if isinstance(node, MatrixSelector)
        }
        if len(found) != 1:
            raise LookupError(f"{self.name} looks back for {len(found)} times, not for one")
        return found.pop()

    def _nodes(self) -> list[Expr]:
        found: list[Expr] = []
        promql_parser.walk(promql_parser.parse(self.expression), pre_visit=found.append)
        return found

    def described(self, **labels: str) -> str:
        """Return its description for these labels, its value replaced by the limit.

        CloudWatch has no templates: an alarm's description is what it was when it was made. A share
        is then «More than 1%», a duration the limit itself («take 500ms or longer»).
        """

        def put_in(found: re.Match[str]) -> str:
            word = found[1]
            if word.startswith("$labels."):
                return labels[word.removeprefix("$labels.")]
            if word == "$value | humanizePercentage":
                return f"More than {100 * self.threshold:g}%"
            if word == "$value | humanizeDuration":
                return write(timedelta(seconds=self.threshold))
            raise LookupError(f"{self.name}: an alarm can't say {found[0]}")

        return _PLACEHOLDER.sub(put_in, self.annotations["description"])


@cache
def alerts() -> dict[str, Alert]:
    """Return the alerting rules by name; of those that every SLO has, the first."""
    found: dict[str, Alert] = {}
    for file in sorted((ROOT / "prometheus" / "rules").glob("*.yml")):
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    found.setdefault(rule["alert"], _alert(rule))
    return found


def _alert(rule: dict[str, Any]) -> Alert:
    return Alert(
        name=rule["alert"],
        expression=rule["expr"],
        hold=read(rule.get("for", "0")),
        keep=read(rule.get("keep_firing_for", "0")),
        severity=rule["labels"]["severity"],
        team=rule["labels"]["team"],
        annotations=rule["annotations"],
    )


@cache
def slos() -> dict[str, Slo]:
    """Return the SLOs by name, in its order. `python -m deploy.slo` checks their queries."""
    files = sorted((ROOT / "prometheus" / "slo").glob("*.yaml"))
    found = [Slo.model_validate(yaml.safe_load(file.read_text("utf-8"))) for file in files]
    return {slo.name: slo for slo in found}


def team_of(service: str) -> str:
    """Return who owns a service, as its SLOs say."""
    (team,) = {slo.metadata.labels.team for slo in slos().values() if slo.spec.service == service}
    return team


@cache
def models() -> tuple[str, ...]:
    """Return the names of the models that the ml service has, from the program that trains them."""
    tree = ast.parse((ROOT / "services" / "ml" / "train.py").read_text("utf-8"))
    (data,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == "DATA"
    )
    assert isinstance(data, ast.Dict)  # noqa: S101 - DATA is a literal mapping
    return tuple(ast.literal_eval(key) for key in data.keys if key is not None)


@cache
def version() -> str:
    """Return the version of our own services, from .env."""
    (found,) = re.findall(r"(?m)^SERVICE_VERSION=(\S+)$", (ROOT / ".env").read_text("utf-8"))
    return str(found)
