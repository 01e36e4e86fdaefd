"""The figures that colours and lines stand for: from SLO files and alert rules, never typed again.

One language for every panel: amber when more than half of what an objective allows is used, red
when more than all of it is. Where there is no objective, red is an alert's limit.
"""

from decimal import Decimal
from functools import cache

import promql_parser
import yaml
from promql_parser import BinaryExpr, Expr, NumberLiteral, VectorSelector

from deploy.slo.__main__ import clock
from deploy.slo.document import Slo
from deploy.stack.console import ROOT

# (from this value on, colour), the first one from minus infinity.
Steps = tuple[tuple[float | None, str], ...]

GREEN, AMBER, RED = "green", "orange", "red"
# Of the error budget, below which it is amber.
HALF = 0.5
# A red line across a panel; below it, or above, nothing is coloured.
CLEAR = "transparent"
COMPARISONS = {"<", ">", "<=", ">="}


@cache
def slos() -> dict[str, Slo]:
    """Return the SLOs by name, in its order. `python -m deploy.slo` checks their queries."""
    files = sorted((ROOT / "prometheus" / "slo").glob("*.yaml"))
    found = [Slo.model_validate(yaml.safe_load(file.read_text("utf-8"))) for file in files]
    return {slo.name: slo for slo in found}


def overlap() -> int:
    """Return how many evaluations see each event of a minute (deploy/slo/recordings.py)."""
    return clock(ROOT).overlap


def success(name: str) -> Steps:
    """Return the steps of a share of good events."""
    slo = slos()[name]
    half = float(1 - Decimal(slo.budget) / 2)
    return (None, RED), (float(slo.target), AMBER), (half, GREEN)


def failure(name: str) -> Steps:
    """Return the steps of a share of bad events."""
    budget = Decimal(slos()[name].budget)
    return (None, GREEN), (float(budget / 2), AMBER), (float(budget), RED)


def remaining() -> Steps:
    """Return the steps of a share of an error budget that is left."""
    return (None, RED), (0.0, AMBER), (HALF, GREEN)


def remaining_minutes(name: str, minutes: int) -> Steps:
    """Return the same in minutes, where the month has so many."""
    half = float(Decimal(slos()[name].budget) * minutes / 2)
    return (None, RED), (0.0, AMBER), (half, GREEN)


def above(limit: float) -> Steps:
    """Return the steps of what is bad from a limit on."""
    return (None, GREEN), (limit, RED)


def below(limit: float) -> Steps:
    """Return the steps of what is bad under a limit."""
    return (None, RED), (limit, GREEN)


def line(limit: float) -> Steps:
    """Return the steps of a trend with a red line at a limit."""
    return (None, CLEAR), (limit, RED)


def promised_seconds(name: str) -> float:
    """Return the latency that an SLO promises: the bucket's edge that its good events are below."""
    selector = promql_parser.parse(slos()[name].part)
    assert isinstance(selector, VectorSelector)  # noqa: S101 - deploy.slo has made sure
    (edge,) = (one.value for one in selector.matchers.matchers if one.name == "le")
    return float(edge)


@cache
def limit(alert: str) -> float:
    """Return the figure that an alert compares with, besides zero.

    Raises:
        LookupError: there is none, or more than one.

    """
    found = {
        node.rhs.val
        for expression in expressions(alert)
        for node in nodes(expression)
        if isinstance(node, BinaryExpr)
        and isinstance(node.rhs, NumberLiteral)
        and str(node.op) in COMPARISONS
        and node.rhs.val
    }
    if len(found) != 1:
        raise LookupError(f"{alert} compares with {sorted(found) or 'no figure'}, not with one")
    return float(found.pop())


def expressions(alert: str) -> list[str]:
    """Return the expressions of an alert's rules."""
    files = sorted((ROOT / "prometheus" / "rules").glob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule["expr"] for one in groups for rule in one["rules"] if rule.get("alert") == alert]


def nodes(expression: str) -> list[Expr]:
    """Return every node of an expression."""
    found: list[Expr] = []
    promql_parser.walk(promql_parser.parse(expression), pre_visit=found.append)
    return found
