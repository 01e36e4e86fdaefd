"""What a row of the catalogue is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtest import onset
from loadtest.injections import Deployed, InService, Way
from loadtest.onset import Calculation

PAGERDUTY = "pagerduty"
CRITICAL = frozenset({PAGERDUTY, "#alerts-critical"})
WARNING = frozenset({"#alerts-warning"})
# The sink's own: it pages when nobody else can.
HEARTBEAT = "HeartbeatMissing"


@dataclass(frozen=True, eq=False)
class Promise:
    """An alert that a fault must cause.

    Attributes:
        alert: its name.
        receivers: every place that must hear of it, and the only ones.
        calculation: of the time from fault to a true condition.
        labels: of the rule, where one name has several.
        late: the receivers that the fault itself keeps from hearing until it is over.

    """

    alert: str
    receivers: frozenset[str]
    calculation: Calculation = onset.of_share
    labels: Mapping[str, str] = field(default_factory=dict)
    late: frozenset[str] = frozenset()

    @property
    def severity(self) -> str:
        """The alert's: its receivers follow from it."""
        return "critical" if PAGERDUTY in self.receivers else "warning"


@dataclass(frozen=True, eq=False)
class Fault:
    """One row of the catalogue.

    Attributes:
        name: as in a service's fault interface and in `make drill FAULT=<name>`.
        what: one sentence for people.
        ways: how it is done; the first one's body is what calculations are about.
        promises: the alerts that must fire. Every other one must not.
        command: the word after `make chaos-`; empty for what a drill alone does.
        hits_share: of all API requests, those that come by the fault's point.
        once: the fault has done its work when the condition holds (a restart can't be undone),
            rather than when everybody knows.
        away: services that don't answer while it lasts.
        past: the share of the first promise's SLO that had failed for days before; a drill gives it
            to its stack, and nobody has to wait for it.
        aftermath: alerts that may follow, and stay for hours: a budget that is spent.
        profile: of Compose, without which the stack has not what is broken (`make up-<profile>`).
        proven: by `make test`; all others by `make drill` alone, as they take long.

    """

    name: str
    what: str
    ways: tuple[Way, ...]
    promises: tuple[Promise, ...]
    command: str = ""
    hits_share: float = 1.0
    once: bool = False
    away: frozenset[str] = frozenset()
    past: float = 0.0
    aftermath: frozenset[str] = frozenset()
    profile: str = ""
    proven: bool = True

    def body(self, scrape: float) -> Mapping[str, object]:
        """Return what the first way puts into a service; empty for a container's fault."""
        first = self.ways[0]
        return first.body(scrape) if isinstance(first, InService | Deployed) else {}

    def tail(self, scrape: float) -> float:
        """Return how long, in seconds, what it struck last can still take."""
        return onset.number(self.body(scrape), "delay_seconds")
