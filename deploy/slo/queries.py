"""Whether an SLO's queries select counters that a service here publishes.

A query that selects nothing would leave its SLO without a figure for good, and nobody would see the
difference from a service without traffic.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import promql_parser
from promql_parser import MatchOp, VectorSelector

from deploy.slo.document import Slo

ROOT = Path(__file__).resolve().parents[2]
# Prometheus adds these to every series.
TARGET_LABELS = {"job", "instance"}


@dataclass(frozen=True)
class Series:
    """What is known of a counter: its labels and, of a histogram's buckets, their edges."""

    labels: frozenset[str]
    edges: tuple[str, ...] = ()


def catalogue() -> dict[str, Series]:
    """Return the counters that services publish by name, from their own catalogue."""
    sys.path.insert(0, str(ROOT / "services"))
    # Not above: the services' packages are found only now.
    from prometheus_client import Counter, Histogram  # noqa: PLC0415 - see above
    from prometheus_client.utils import floatToGoString  # noqa: PLC0415 - see above

    from telemetry import metrics  # noqa: PLC0415 - see above

    found = {}
    for metric in vars(metrics).values():
        if not isinstance(metric, Counter | Histogram):
            continue
        (family,) = metric.describe()
        labels = frozenset(metric._labelnames) | TARGET_LABELS  # noqa: SLF001 - no public way
        if isinstance(metric, Counter):
            found[f"{family.name}_total"] = Series(labels)
        else:
            bounds = metric._upper_bounds  # noqa: SLF001 - no public way
            # The last is +Inf, which is all events.
            edges = tuple(floatToGoString(edge) for edge in bounds[:-1])  # type: ignore[no-untyped-call]
            found[f"{family.name}_bucket"] = Series(labels | {"le"}, edges)
            found[f"{family.name}_count"] = Series(labels)
    return found


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
        return (
            f"{tree.name} is no counter of services/telemetry/metrics.py: "
            f"write one of {', '.join(sorted(known))}"
        )
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
