"""What Prometheus records of every SLO: events, error ratios, the budget and how fast it burns.

Long windows are computed from short recordings. What a window costs is then its length over the
recordings' step, whatever the traffic and however many instances and series a service has.

    services' counters ─┬─ increase1m ─┬─ rate30m, rate1h, rate6h
      (every evaluation)│              └─ increase5m ── rate3d, rate30d
                        └─ rate5m              (every five minutes)

What pages is up to date at every evaluation. A ticket may be five minutes late.
"""

from dataclasses import dataclass
from datetime import timedelta

from deploy.slo.burn import MONTH, PAGES, steps
from deploy.slo.document import WINDOW, Slo

Rule = dict[str, object]

EVENTS = "slo:events:increase"
ERRORS = "slo:errors:increase"
RATIO = "slo:error_ratio:rate"
OBJECTIVE = "slo:objective:ratio"
REMAINING = "slo:error_budget:remaining_ratio"
BURN_RATE = "slo:burn_rate:rate"
# The two steps of the recordings that windows are computed from.
MINUTE = "1m"
FIVE_MINUTES = "5m"
# The windows of each, and the shortest, which reads the services' counters.
OF_MINUTES = ("30m", "1h", "6h")
OF_FIVE_MINUTES = ("3d", WINDOW)
SHORTEST = "5m"
# Neither infinite nor undefined, so that a panel can show it: a year, in seconds.
LONGEST_SECONDS = 365 * 24 * 3600
SECONDS_A_MONTH = int(MONTH / timedelta(seconds=1))
MINUTES_A_MONTH = int(MONTH / timedelta(minutes=1))


@dataclass(frozen=True)
class Clock:
    """How often Prometheus evaluates rules.

    Only ratios of durations get into expressions: they stay right when every duration of the
    configuration is divided by one factor.
    """

    evaluation: timedelta

    @property
    def overlap(self) -> int:
        """How many of the overlapping minutes each event is in."""
        return steps(MINUTE, self.evaluation)

    def minutes(self, window: str) -> int:
        """How many recordings of a minute are made in a window."""
        return steps(window, self.evaluation)


def record(name: str, expression: str, labels: dict[str, str] | None = None) -> Rule:
    """Return a recording rule."""
    return {"record": name, "expr": expression, **({"labels": labels} if labels else {})}


def of_one(slo: Slo) -> list[Rule]:
    """Return what is read from a service's own counters, and the objective."""
    total = f"sum(increase({slo.total}[{MINUTE}]))"
    ratio = share(errors(slo, SHORTEST), f"sum(increase({slo.total}[{SHORTEST}]))")
    return [
        # Without the idle time, so that its mean is the traffic while there was any.
        record(f"{EVENTS}{MINUTE}", f"{total} > 0", slo.labels),
        record(f"{ERRORS}{MINUTE}", errors(slo, MINUTE), slo.labels),
        record(f"{RATIO}{SHORTEST}", ratio, slo.labels),
        record(OBJECTIVE, f"vector({slo.target})", slo.labels),
    ]


def errors(slo: Slo, window: str) -> str:
    """Return the number of bad events in a window."""
    part = f"sum(increase({slo.part}[{window}]))"
    if slo.ratio.bad:
        return part
    # Two counters' increases are extrapolated apart and may differ by a hair.
    return f"clamp_min(sum(increase({slo.total}[{window}])) - {part}, 0)"


def share(bad: str, events: str) -> str:
    """Return bad events as a share of all; none of none is 0, not undefined."""
    return f"{bad}\n  /\n({events} > 0)\n  or\n0 * {events}"


def five_minutes(clock: Clock) -> list[Rule]:
    """Return the recordings of five minutes, made from those of a minute."""
    return [
        record(
            f"{name}{FIVE_MINUTES}",
            f"sum_over_time({name}{MINUTE}[{FIVE_MINUTES}]) / {clock.overlap}",
        )
        for name in (EVENTS, ERRORS)
    ]


def of_all(clock: Clock) -> list[Rule]:
    """Return what is computed from the recordings alone, in one rule for all SLOs."""
    ratios = [window_ratio(MINUTE, window, clock.minutes(window)) for window in OF_MINUTES]
    ratios += [
        window_ratio(FIVE_MINUTES, window, steps(window, FIVE_MINUTES))
        for window in OF_FIVE_MINUTES
    ]
    return [*ratios, *budget()]


def window_ratio(step: str, window: str, number: int) -> Rule:
    """Return the share of bad events in a window.

    Time without events, and time before the first, counts as good time with the mean traffic. A
    failure in a quiet night, or five minutes after the start, is then no outage of the window, and
    in steady traffic the ratio is exactly errors / events.
    """
    return record(
        f"{RATIO}{window}",
        f"sum_over_time({ERRORS}{step}[{window}])\n"
        f"  /\n({number} * avg_over_time({EVENTS}{step}[{window}]))\n"
        f"  or\n0 * {RATIO}{SHORTEST}",
    )


def budget() -> list[Rule]:
    """Return what is left of the month's budget, and how long that lasts."""
    share_allowed = f"(1 - {OBJECTIVE})"
    rates = {window: f"{BURN_RATE}{window}" for window in (PAGES[0].long, SHORTEST)}
    return [
        record(REMAINING, f"1 - {RATIO}{WINDOW} / {share_allowed}"),
        record(
            "slo:error_budget:remaining_minutes",
            f"{MINUTES_A_MONTH} * {share_allowed} * {REMAINING}",
        ),
        *(record(name, f"{RATIO}{window} / {share_allowed}") for window, name in rates.items()),
        # Never divided by zero: nothing left and nothing burning is 0, not undefined.
        record(
            "slo:time_to_exhaustion:seconds",
            f"clamp({SECONDS_A_MONTH} * {REMAINING} / clamp_min({rates[SHORTEST]}, 1e-9), "
            f"0, {LONGEST_SECONDS})",
        ),
    ]
