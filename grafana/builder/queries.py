"""Queries, and the expressions that several panels share."""

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.slo.recordings import ERRORS, EVENTS, MINUTE, RATIO, SHORTEST
from grafana.builder import figures

# As grafana/provisioning names it.
SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
WINDOW = "$__rate_interval"
QUANTILES = {"P50": 0.5, "P95": 0.95, "P99": 0.99}


def now(expression: str, legend: str = "") -> prometheus.Dataquery:
    """Return a query of one moment, the end of the time that is looked at."""
    return prometheus.Dataquery().expr(expression).legend_format(legend).instant()


def over_time(expression: str, legend: str = "") -> prometheus.Dataquery:
    """Return a query of the whole time that is looked at."""
    return prometheus.Dataquery().expr(expression).legend_format(legend).range()


def with_traces(query: prometheus.Dataquery) -> prometheus.Dataquery:
    """Show single requests as dots, each with its trace's id; only counters themselves have any."""
    return query.exemplar(exemplar=True)


def buckets(selector: str) -> prometheus.Dataquery:
    """Return the query of a heatmap: events a second in each bucket of a histogram."""
    query = over_time(f"sum by (le) (rate({selector}[{WINDOW}]))", "{{le}}")
    return query.format(PromQueryFormat.HEATMAP)


def quantile(part: float, selector: str, by: str = "", window: str = WINDOW) -> str:
    """Return a quantile of a histogram; NaN without events."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({part}, sum by ({labels}) (rate({selector}[{window}])))"


def share(part: str, total: str) -> str:
    """Return part / total; none of none is zero."""
    return f"({part} / ({total} > 0)) or 0 * {total}"


def availability(slo: str, window: str) -> str:
    """Return the share of an SLO's events that were good; no events are no failures."""
    selector = figures.slos()[slo].selector
    bad, events = (
        f"sum_over_time({name}{MINUTE}{selector}[{window}])" for name in (ERRORS, EVENTS)
    )
    return f"1 - ({bad} / {events} or 0 * {RATIO}{SHORTEST}{selector})"


def recorded(name: str, slo: str) -> str:
    """Return what is recorded of one SLO."""
    return f"{name}{figures.slos()[slo].selector}"
