"""Holds the spans of a trace together until all have come, then decides whether it is kept."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock

from deploy.aws.standin.collector import metrics
from deploy.aws.standin.collector.configuration import Configuration
from deploy.aws.standin.collector.otlp import Received

# Bytes of serialized spans held at once, whatever `num_traces` allows: in memory they take about
# three times as much.
LARGEST_HELD = 16 * 1024 * 1024


class Whereabouts(Enum):
    """What is known of a trace."""

    WAITS = "waits"
    SAMPLED = "sampled"
    NOT_SAMPLED = "not_sampled"
    FORGOTTEN = "forgotten"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class _Held:
    """Spans of one trace; `since` is the time of the first, `size` in bytes."""

    since: float
    spans: list[Received] = field(default_factory=list)
    size: int = 0


class TailSampler:
    """Decides `decision_wait` after a trace's first span; later spans follow the decision.

    Times are seconds of a monotonic clock. Safe to use from several threads. Where there is no
    room, the trace that has waited longest is forgotten, and counted.
    """

    def __init__(self, configuration: Configuration, largest_held: int = LARGEST_HELD) -> None:
        self._configuration = configuration
        self._largest_held = largest_held
        self._lock = Lock()
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        self._size = 0
        self._decisions: OrderedDict[bytes, Whereabouts] = OrderedDict()

    def add(self, spans: Iterable[Received], now: float) -> list[list[Received]]:
        """Take spans; return those that came late for traces which are kept, by trace."""
        late: dict[bytes, list[Received]] = {}
        with self._lock:
            for one in spans:
                trace_id = one.span.trace_id
                decision = self._decisions.get(trace_id)
                if decision is None:
                    self._hold(trace_id, one, now)
                elif decision is Whereabouts.SAMPLED:
                    late.setdefault(trace_id, []).append(one)
            metrics.HELD.set(len(self._held))
        return list(late.values())

    def due(self, now: float) -> list[list[Received]]:
        """Decide on every trace whose time has come; return the spans of those that are kept."""
        with self._lock:
            ready = list(self._until(now - self._configuration.decision_wait))
            metrics.HELD.set(len(self._held))
            return [spans for trace_id, spans in ready if self._decide(trace_id, spans)]

    def whereabouts(self, trace_id: bytes) -> Whereabouts:
        """Return what is known of a trace, 16 bytes."""
        with self._lock:
            if trace_id in self._held:
                return Whereabouts.WAITS
            return self._decisions.get(trace_id, Whereabouts.UNKNOWN)

    def _hold(self, trace_id: bytes, one: Received, now: float) -> None:
        held = self._held.setdefault(trace_id, _Held(now))
        held.spans.append(one)
        size = one.span.ByteSize()
        held.size += size
        self._size += size
        while len(self._held) > self._configuration.num_traces or self._size > self._largest_held:
            self._forget()

    def _forget(self) -> None:
        trace_id, held = self._held.popitem(last=False)
        self._size -= held.size
        self._remember(trace_id, Whereabouts.FORGOTTEN)

    def _until(self, time: float) -> Iterator[tuple[bytes, list[Received]]]:
        """Take out the traces that began to wait at this time or before; they are in order."""
        while self._held:
            trace_id, held = next(iter(self._held.items()))
            if held.since > time:
                return
            del self._held[trace_id]
            self._size -= held.size
            yield trace_id, held.spans

    def _decide(self, trace_id: bytes, received: list[Received]) -> bool:
        spans = [one.span for one in received]
        kept = any(policy.keeps(trace_id, spans) for policy in self._configuration.policies)
        self._remember(trace_id, Whereabouts.SAMPLED if kept else Whereabouts.NOT_SAMPLED)
        return kept

    def _remember(self, trace_id: bytes, decision: Whereabouts) -> None:
        metrics.DECISIONS.labels(decision.value).inc()
        self._decisions[trace_id] = decision
        if len(self._decisions) > self._configuration.num_traces:
            self._decisions.popitem(last=False)
