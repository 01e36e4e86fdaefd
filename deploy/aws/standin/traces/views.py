"""What each page shows: the start page, the list of traces, one trace with its log."""

from typing import TYPE_CHECKING, NamedTuple, Self

from fastapi import Response

from deploy.aws.standin.collector import Collector, Whereabouts
from deploy.aws.standin.collector.policies import Latency
from deploy.aws.standin.traces import log_lines
from deploy.aws.standin.traces.pages import page
from deploy.aws.standin.traces.store import Store
from deploy.aws.standin.traces.trace import Trace
from deploy.aws.standin.traces.trace_id import TraceId
from deploy.aws.standin.traces.waterfall import bars, ticks
from telemetry import environment

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

# Traces on one page of the list.
_ON_A_PAGE = 50

# Seconds from which a trace is a slow one where no policy of the collector says so.
_SLOW = 1.0

# Seconds after its start within which a trace that wasn't kept wrote its lines.
_LONGEST = 60

# Which dashboard shows the service that a trace began in.
_DASHBOARDS = {"api": "api-server", "ml": "ml-inference"}
_OVERVIEW = "service-overview"

# Seconds before and after a trace that the dashboard shows.
_AROUND = 900


class Addresses(NamedTuple):
    """Where a browser finds the rest of the stack."""

    grafana: str
    sink: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read GRAFANA_URL and SINK_PAGE_URL; unset, they are the addresses of `make up`."""
        return cls(
            environment.optional("GRAFANA_URL", "http://localhost:3000").rstrip("/"),
            environment.optional("SINK_PAGE_URL", "http://localhost:8002").rstrip("/"),
        )


class Views:
    """Makes the pages, of the newest that is known."""

    def __init__(
        self,
        store: Store,
        logs: "CloudWatchLogsClient",
        collector: Collector,
        addresses: Addresses,
    ) -> None:
        self._store = store
        self._logs = logs
        self._collector = collector
        self._addresses = addresses
        policies = collector.configuration.policies
        thresholds = [one.threshold_ms / 1000 for one in policies if isinstance(one, Latency)]
        self._slow = min(thresholds, default=_SLOW)

    def start(self) -> Response:
        """Say what this is, and what is where."""
        return page(
            "start.html",
            addresses=self._addresses,
            policies=self._collector.configuration.policies,
            newest=self._store.newest(5, before=None, failed=False, slower_than=0),
        )

    def traces(self, show: str, before: int | None) -> Response:
        """List traces: all, those that failed, or those that were slow."""
        found = self._store.newest(
            _ON_A_PAGE + 1,
            before=before,
            failed=show == "failed",
            slower_than=self._slow if show == "slow" else 0,
        )
        traces, more = found[:_ON_A_PAGE], found[_ON_A_PAGE:]
        older = traces[-1].seq if more else None
        return page("traces.html", traces=traces, show=show, older=older, slow=self._slow)

    def trace(self, trace_id: TraceId) -> Response:
        """Show a trace and its log, or say why it isn't there."""
        found = self._store.get(trace_id.xray)
        if found is None:
            return self._missing(trace_id)
        log = log_lines.read(self._logs, trace_id, found.started, found.ended)
        return page(
            "trace.html",
            trace=found,
            trace_id=trace_id,
            bars=bars(found),
            ticks=ticks(found),
            log=log,
            dashboard=self._dashboard(found),
        )

    def _missing(self, trace_id: TraceId) -> Response:
        """Say what is known of a trace that isn't there, and show its log all the same."""
        started, log = trace_id.started, None
        if started is not None:
            log = log_lines.read(self._logs, trace_id, started, started + _LONGEST)
        configuration = self._collector.configuration
        whereabouts = self._collector.whereabouts(trace_id.raw)
        return page(
            "missing.html",
            404,
            trace_id=trace_id,
            started=started,
            log=log,
            waits=whereabouts is Whereabouts.WAITS,
            whereabouts=whereabouts.value,
            configuration=configuration,
        )

    def _dashboard(self, trace: Trace) -> str:
        """Return the address of the dashboard of the trace's first service, at its time."""
        uid = _DASHBOARDS.get(trace.spans[0].service, _OVERVIEW)
        since, until = (trace.started - _AROUND) * 1000, (trace.ended + _AROUND) * 1000
        return f"{self._addresses.grafana}/d/{uid}?from={since:.0f}&to={until:.0f}"
