"""Whether an SLO's queries select counters that a service here publishes.

A query that selects nothing would leave its SLO without a figure for good, and nobody would see the
difference from a service without traffic.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import promql_parser
from promql_parser import MatchOp, VectorSelector

from deploy.slo.document import Slo

CATALOGUE = Path("services/telemetry/metrics.py")
# Prometheus adds these to every series.
TARGET_LABELS = {"job", "instance"}


@dataclass(frozen=True)
class Series:
    """What is known of a counter: its labels and, of a histogram's buckets, their edges."""

    labels: frozenset[str]
    edges: tuple[str, ...] = ()


def catalogue(root: Path) -> dict[str, Series]:
    """Return by name the counters that services publish.

    Read from their catalogue's source: what deploys services must not need their libraries. There
    a metric is a module constant, `NAME = Counter(name, help, labels)`.
    """
    tree = ast.parse((root / CATALOGUE).read_text("utf-8"))
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    found: dict[str, Series] = {}
    for value in constants.values():
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            found |= counters(value.func.id, value, constants)
    return found


def counters(kind: str, call: ast.Call, constants: dict[str, ast.expr]) -> dict[str, Series]:
    """Return the counters that one declaration makes; none if it is of another kind."""
    if kind not in {"Counter", "Histogram"}:
        return {}
    name, _, labels = map(ast.literal_eval, call.args)
    series = Series(frozenset(labels) | TARGET_LABELS)
    if kind == "Counter":
        return {name: series}
    (buckets,) = (word.value for word in call.keywords if word.arg == "buckets")
    if isinstance(buckets, ast.Name):
        buckets = constants[buckets.id]
    edges = tuple(str(float(edge)) for edge in ast.literal_eval(buckets))
    return {f"{name}_bucket": Series(series.labels | {"le"}, edges), f"{name}_count": series}


def problems(slo: Slo, known: dict[str, Series]) -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong and the fix) of each query that can't be used."""
    for kind in ("good", "bad", "total"):
        metric = getattr(slo.ratio, kind)
        message = metric and problem(metric.metric_source.spec.query, known)
        if message:
            yield f"spec.indicator.spec.ratioMetric.{kind}.metricSource.spec.query", message


def problem(query: str, known: dict[str, Series]) -> str | None:
    """Return what is wrong with a query and how to mend it, or None."""
    try:
        tree = promql_parser.parse(query)
    except ValueError as error:
        return f"{query!r} is no PromQL ({' '.join(str(error).split())}): write metric{{label=…}}"
    if not isinstance(tree, VectorSelector) or tree.offset or tree.at:
        return (
            f"{query!r} is more than a selector: write metric{{label=…}} alone, "
            "windows and sums are added here"
        )
    if tree.name not in known:
        return f"{tree.name} is no counter of {CATALOGUE}: write one of {', '.join(sorted(known))}"
    return wrong_label(tree, known[tree.name])


def wrong_label(selector: VectorSelector, series: Series) -> str | None:
    """Return which label is wrong or missing and how to mend it, or None."""
    matchers = {matcher.name: matcher for matcher in selector.matchers.matchers}
    for label in sorted(matchers.keys() - series.labels):
        return f"{selector.name} has no label {label}: it has {', '.join(sorted(series.labels))}"
    if "job" not in matchers or matchers["job"].op != MatchOp.Equal:
        return f'{selector.name} of every service at once: add job="…"'
    if series.edges and ("le" not in matchers or matchers["le"].value not in series.edges):
        return f'{selector.name} needs an edge of its buckets: le="…" of {", ".join(series.edges)}'
    return None
