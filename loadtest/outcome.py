"""What became of a fault, for people, tests and files."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from loadtest.catalogue import Fault
from loadtest.rules import Rule, Timing


@dataclass(frozen=True)
class Plan:
    """What the running configuration allows, in seconds from the fault.

    `crossed`, `pending`, `firing` and `paged` are the theoretical minimum of each: see
    `Timing.minimum`. `deadline` is the longest allowed until the page, `resolved` the longest from
    the fault's end to the resolved notices.
    """

    crossed: float
    pending: float
    firing: float
    paged: float
    deadline: float
    resolved: float

    @classmethod
    def of(cls, fault: Fault, rule: Rule, timing: Timing, requests: float) -> "Plan":
        """Calculate it, for this many requests a second at the API."""
        onset = fault.onset(rule, timing.scrape, requests)
        pending = timing.pending(onset.seconds)
        return cls(
            crossed=onset.seconds,
            pending=pending,
            firing=pending + rule.hold,
            paged=timing.minimum(rule, onset.seconds),
            deadline=timing.deadline(rule, onset.seconds, onset.spread),
            resolved=timing.resolve_deadline(rule, fault.tail(timing.scrape)),
        )


@dataclass
class Outcome:
    """What happened. Times in seconds from the fault, by the clock of whom it happened to.

    `events` has crossed, pending, firing, `paged <place>`, `fault out` and `resolved <place>`;
    `after` is the number of the sink's last delivery before the fault.
    """

    fault: str
    alert: str
    plan: Plan
    after: int
    started: str = ""
    events: dict[str, float] = field(default_factory=dict)
    extras: list[str] = field(default_factory=list)

    @property
    def page(self) -> float:
        """Seconds until the last receiver had the page; infinite without one."""
        paged = [at for event, at in self.events.items() if event.startswith("paged ")]
        return max(paged, default=float("inf"))

    @property
    def ratio(self) -> float:
        """Time to page, divided by the theoretical minimum."""
        return self.page / self.plan.paged

    def as_dict(self) -> dict[str, object]:
        """Return all of it for a JSON file, which has no infinity."""
        paged = self.page != float("inf")
        measures = {"page": self.page, "ratio": round(self.ratio, 3)} if paged else {}
        return {**asdict(self), **measures}

    def summary(self) -> str:
        """Return a table: event, seconds, the minimum or limit of each, and their ratio."""
        head = f"\n{self.fault} → {self.alert}{' ' * 26}after     of    ratio"
        return "\n".join([head, *self._rows()])

    def _rows(self) -> Iterator[str]:
        out = self.events.get("fault out", 0.0)
        for event, at in sorted(self.events.items(), key=lambda pair: pair[1]):
            word = event.partition(" ")[0]
            if word == "resolved":
                yield _row(f"{event}, from fault out", at - out, self.plan.resolved)
            elif word == "fault":
                yield f"  {event:<38} {at:8.1f} s"
            else:
                yield _row(event, at, getattr(self.plan, word))


def _row(event: str, at: float, of: float) -> str:
    return f"  {event:<38} {at:8.1f} s {of:7.1f} s  {at / of:5.2f}"
