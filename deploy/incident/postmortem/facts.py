"""Everything that was measured of one incident, from Prometheus and the sink."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deploy.incident import sink
from deploy.incident.postmortem.counting import Counted, Interval, around, count
from deploy.incident.postmortem.prometheus import Prometheus, Series
from deploy.slo.document import Slo
from deploy.stack.console import StackError

# Seconds of real time, which a scaled stack divides: how long before the page is looked at, and
# how long it must have been calm for what was before to be another story.
_BEFORE, _CALM = 1800.0, 300.0


@dataclass(frozen=True)
class Line:
    """A line of the timeline: Unix time in seconds, where it is from, its kind, who, what."""

    at: float
    source: str
    kind: str
    by: str
    text: str


@dataclass(frozen=True)
class Spent:
    """What an SLO's impact was.

    Attributes:
        counted: its events in the window.
        impact: the intervals beyond the objective that belong to the incident.
        before, after: the share of the 30 days' budget that remained, None where unknown.

    """

    counted: Counted
    impact: list[Interval]
    before: float | None
    after: float | None

    @property
    def slo(self) -> Slo:
        """The SLO."""
        return self.counted.slo

    @property
    def seconds(self) -> float:
        """How long its users were hurt: the length of all intervals beyond the objective."""
        return len(self.impact) * self.counted.length

    @property
    def begin(self) -> float:
        """When the first of them began."""
        return self.impact[0].end - self.counted.length

    @property
    def end(self) -> float:
        """When the last of them ended."""
        return self.impact[-1].end

    def span(self) -> list[Interval]:
        """Return every interval from the first of them to the last."""
        return [one for one in self.counted.intervals if self.begin < one.end <= self.end]

    @property
    def bad(self) -> int:
        """How many events failed from the first interval to the last."""
        return sum(one.bad for one in self.span())

    @property
    def total(self) -> int:
        """Of how many."""
        return sum(one.total for one in self.span())

    @property
    def burnt(self) -> float:
        """How many times its allowance failed; the greatest is what the incident is about."""
        return self.bad / (float(self.slo.budget) * max(1, self.total)) * self.seconds


@dataclass(frozen=True)
class Facts:
    """An incident as it was measured; times are Unix seconds.

    Attributes:
        incident: the sink's own document.
        factor: how many times as fast the stack's time ran.
        window: what was looked at.
        spent: every SLO that was beyond its objective, the worst first.
        calm: the SLOs that were not.
        timeline: in the order of time.
        missing: sentences' keys and values: what is not known.

    """

    incident: dict[str, Any]
    factor: int
    window: tuple[float, float]
    spent: list[Spent]
    calm: list[Slo]
    timeline: list[Line]
    missing: list[tuple[str, dict[str, str]]]

    def moment(self, name: str) -> float | None:
        """Return a time of the incident, such as ``acknowledged_at``; None where it was not."""
        at = self.incident[name]
        return unix(at) if at else None

    def mitigated(self) -> float | None:
        """Return when the first mitigation after the page was done."""
        paged = unix(self.incident["triggered_at"])
        done = [one.at for one in self.timeline if one.kind == "mitigation" and one.at >= paged]
        return min(done, default=None)


def unix(at: str) -> float:
    """Return an ISO time as Unix seconds."""
    return datetime.fromisoformat(at).timestamp()


def gather(wanted: str, slos: Iterable[Slo], prometheus: Prometheus, factor: int) -> Facts:
    """Measure an incident that is over.

    Raises:
        StackError: there is no such incident, it is still open, Prometheus or the sink doesn't
            answer, or what Prometheus had of it is gone.

    """
    incident = sink.incident(wanted)
    if incident["status"] != "resolved":
        raise StackError(
            f"incident {incident['id']} is still open: its postmortem can wait until it is over. "
            f"`make incident DO=show ID={incident['id']}` shows it"
        )
    paged, over = unix(incident["triggered_at"]), unix(incident["resolved_at"])
    oldest = prometheus.oldest()
    if oldest > paged:
        raise StackError(
            f"Prometheus has nothing from before {_utc(oldest)}, and incident {incident['id']} "
            f"paged at {_utc(paged)}: its samples are past the retention (32 days, 4 GB), or were "
            "removed. Without them nothing can be counted"
        )
    length = prometheus.interval()
    begin = max(paged - _BEFORE / factor, oldest)
    window = (begin, over + length)
    missing: list[tuple[str, dict[str, str]]] = []
    spent, calm = [], []
    for slo in slos:
        counted = count(
            slo,
            prometheus.samples(slo.part, *window),
            prometheus.samples(slo.ratio.total.metric_source.spec.query, *window),
            begin,
            length,
        )
        impact = around(counted.violating(), paged, _CALM / factor)
        missing += _unseen(counted, impact, _CALM / factor)
        if not impact:
            calm.append(slo)
            continue
        remaining = f"slo:error_budget:remaining_ratio{slo.selector}"
        first = impact[0].end - length
        spent.append(
            Spent(
                counted,
                impact,
                prometheus.value(remaining, first),
                prometheus.value(remaining, window[1]),
            )
        )
    if begin == oldest:
        missing.append(("young", {"at": _utc(oldest)}))
    alerts = prometheus.samples('ALERTS{severity!="none"}', *window)
    told = sink.ask("/api/v1/deliveries")["deliveries"]
    timeline = [
        *_from_sink(incident),
        *_from_prometheus(alerts, length, window[1]),
        *_sent(told, window),
    ]
    return Facts(
        incident,
        factor,
        window,
        sorted(spent, key=lambda one: -one.burnt),
        calm,
        sorted(timeline, key=lambda one: one.at),
        missing,
    )


def _utc(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _unseen(
    counted: Counted, impact: list[Interval], calm: float
) -> list[tuple[str, dict[str, str]]]:
    """Return what nobody saw of an SLO: where its service was not scraped.

    Of an SLO with impact only what `calm` seconds don't separate from that: it is what matters.
    """
    if not counted.intervals:
        return [("no_samples", {"slo": counted.slo.title})]
    near = [
        (begin, end)
        for begin, end in counted.gaps
        if not impact or (end >= impact[0].end - calm and begin <= impact[-1].end + calm)
    ]
    if not near:
        return []
    seconds = sum(end - begin - counted.length for begin, end in near)
    first = _utc(near[0][0])
    return [("gap", {"slo": counted.slo.title, "seconds": f"{seconds:.0f}", "at": first})]


def _from_sink(incident: dict[str, Any]) -> list[Line]:
    return [
        Line(
            unix(one["at"]),
            "PagerDuty" if one["kind"] == "page" else "sink",
            one["kind"],
            one["by"],
            one["text"],
        )
        for one in incident["timeline"]
    ]


def _from_prometheus(alerts: Iterable[Series], length: float, until: float) -> list[Line]:
    """Return when each alert was pending, fired and was over, to within an evaluation.

    One that still fires at `until` is not over.
    """
    lines = []
    for one in alerts:
        state, name = one.labels["alertstate"], one.labels["alertname"]
        about = " ".join(
            one.labels[label] for label in ("slo", "job", "model") if label in one.labels
        )
        text = f"{name} ({about})" if about else name
        runs = _runs([sample.at for sample in one.samples], 2 * length)
        for begin, end in runs:
            lines.append(Line(begin, "Prometheus", state, name, text))
            if state == "firing" and until - end > 2 * length:
                lines.append(Line(end, "Prometheus", "over", name, text))
    return lines


def _runs(times: list[float], most: float) -> list[tuple[float, float]]:
    """Return the (first, last) of every run of times without a pause longer than `most`."""
    runs: list[tuple[float, float]] = []
    for at in times:
        if runs and at - runs[-1][1] <= most:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs


def _sent(deliveries: Iterable[dict[str, Any]], window: tuple[float, float]) -> list[Line]:
    """Return what Alertmanager and others told Slack."""
    lines = []
    for one in deliveries:
        at = unix(one["received_at"])
        if one["via"] != "slack" or not window[0] <= at <= window[1]:
            continue
        (attachment, *_) = one["payload"].get("attachments") or [{}]
        words = attachment.get("title") or one["payload"].get("text") or ""
        by = str(one["payload"].get("username") or "Slack")
        lines.append(Line(at, by, "message", by, f"{one['channel']}: {words}"))
    return lines
