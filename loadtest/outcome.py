"""What became of a fault, for people, tests and files."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from loadtest.faults import HEARTBEAT, Fault, Promise
from loadtest.onset import Load, Onset
from loadtest.rules import SLACK_SECONDS, Configuration, Rule, Timing

NEVER = float("inf")


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
    def of(cls, rule: Rule, timing: Timing, onset: Onset, tail: float) -> "Plan":
        """Calculate it. `tail` is how long what was struck last can still take, in seconds."""
        pending = timing.pending(onset.seconds)
        return cls(
            crossed=onset.seconds,
            pending=pending,
            firing=pending + rule.hold,
            paged=timing.minimum(rule, onset.seconds),
            deadline=timing.deadline(rule, onset.seconds, onset.spread),
            resolved=timing.resolve_deadline(rule, tail),
        )

    @classmethod
    def of_heartbeat(cls, onset: Onset, back: float) -> "Plan":
        """Calculate it for the sink's own page: no rule, no route. It ends `back` seconds later."""
        paged = onset.seconds
        late = paged + onset.spread + SLACK_SECONDS
        return cls(paged, paged, paged, paged, late, back + SLACK_SECONDS)


@dataclass
class Told:
    """What became of one promise. Times in seconds from the fault, by the clock of whose they are.

    `events` has crossed, pending, firing, `paged <place>` and `resolved <place>`. The fault itself
    keeps it from those of the receivers that are `late`.
    """

    alert: str
    receivers: list[str]
    plan: Plan
    events: dict[str, float] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)

    @property
    def page(self) -> float:
        """Seconds until the last receiver that can hear had the page; infinite without one."""
        can_hear = [f"paged {place}" for place in self.receivers if place not in self.late]
        return max((self.events[one] for one in can_hear if one in self.events), default=NEVER)

    @property
    def ratio(self) -> float:
        """Time to page, divided by the theoretical minimum."""
        return self.page / self.plan.paged

    def measures(self) -> dict[str, float]:
        """Return the page and its ratio, for a JSON file, which has no infinity."""
        return {} if self.page == NEVER else {"page": self.page, "ratio": round(self.ratio, 3)}

    def rows(self, out: float) -> Iterator[str]:
        """Return a line for each event: seconds, the minimum or limit of each, their ratio."""
        for event, at in sorted(self.events.items(), key=lambda pair: pair[1]):
            word = event.partition(" ")[0]
            after, of = at, getattr(self.plan, word)
            if word == "resolved":
                event, after = f"{event}, from fault out", at - out  # noqa: PLW2901 - as shown
            ratio = f"{after / of:5.2f}" if of else "    -"
            yield f"  {event:<40} {after:8.1f} s {of:8.1f} s  {ratio}"


@dataclass
class Outcome:
    """What happened to all that a fault promises.

    `after` is the number of the sink's last delivery before the fault, `started` when it went in,
    `fault_out` how many seconds later it was taken out. `extras` is what nobody expected.
    """

    fault: str
    after: int
    told: list[Told]
    started: str = ""
    fault_out: float | None = None
    extras: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """Return all of it for a JSON file."""
        told = [{**asdict(one), **one.measures()} for one in self.told]
        return {**asdict(self), "told": told}

    def summary(self) -> str:
        """Return a table for people."""
        out = self.fault_out or 0.0
        lines = [f"\n{self.fault}, out after {out:.1f} s"]
        for one in self.told:
            lines.append(f"→ {one.alert:<40}     took    minimum  ratio")
            lines.extend(one.rows(out))
        if not self.told:
            lines.append("→ nobody was to be told, and nobody was")
        return "\n".join(lines)


def planned(
    fault: Fault,
    configuration: Configuration,
    requests: float,
    held: Mapping[str, float] | None = None,
) -> list[Told]:
    """Return the fault's promises with their plans, for this many requests a second at the API.

    `held` is what the ratios of burn rates are already, by their selectors.
    """
    paged: dict[str, float] = {}
    told = []
    for promise in fault.promises:
        load = Load(configuration, requests, requests * fault.hits_share, paged, held or {})
        plan = _plan(fault, promise, configuration, load)
        paged[promise.alert] = plan.paged
        late = sorted(promise.late)
        told.append(Told(promise.alert, sorted(promise.receivers), plan, late=late))
    return told


def _plan(fault: Fault, promise: Promise, configuration: Configuration, load: Load) -> Plan:
    rule = configuration.rule(promise.alert, promise.labels)
    onset = promise.calculation(rule, fault.body(configuration.scrape), load)
    if promise.alert == HEARTBEAT:
        return Plan.of_heartbeat(onset, back_after(configuration))
    tail = fault.tail(configuration.scrape)
    return Plan.of(rule, configuration.timing(rule), onset, tail)


# For a container that was killed to answer again, on a busy machine.
RETURN_SECONDS = 20.0


def back_after(configuration: Configuration) -> float:
    """Return how long the heartbeat may take to come back: a start, a rule, a route."""
    watchdog = configuration.rule("Watchdog", {})
    timing = configuration.timing(watchdog)
    return RETURN_SECONDS + timing.scrape + timing.evaluation + 2 * timing.group_interval
