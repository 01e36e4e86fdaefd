"""Who is told when an SLO's budget burns too fast, or nothing is known of it."""

from textwrap import indent

from deploy.scaled_time.durations import read
from deploy.slo.burn import PAGES, TICKET
from deploy.slo.document import Slo
from deploy.slo.recordings import (
    ERRORS,
    FIVE_MINUTES,
    MINUTE,
    OF_FIVE_MINUTES,
    RATIO,
    REMAINING,
    SECONDS_A_MONTH,
    SHORTEST,
    Clock,
    Rule,
)

RUNBOOKS = "http://localhost:8002/runbooks"
DASHBOARDS = "http://localhost:3000/d"


def of_one(slo: Slo, clock: Clock) -> list[Rule]:
    """Return all alerts of one SLO."""
    return [page(slo, clock), ticket(slo, clock), missing(slo)]


def alert(slo: Slo, name: str, severity: str, **parts: object) -> Rule:
    """Return an alert with an SLO's labels and links.

    `parts` are its expr, for, summary and description.
    """
    texts = {key: parts.pop(key) for key in ("summary", "description")}
    links = {
        "runbook_url": f"{RUNBOOKS}/{name}",
        "dashboard_url": f"{DASHBOARDS}/{slo.metadata.annotations.dashboard}",
    }
    return {
        "alert": name,
        **parts,
        "labels": {"severity": severity, **slo.labels},
        "annotations": {**texts, **links},
    }


def page(slo: Slo, clock: Clock) -> Rule:
    """Return the alert that wakes someone: either of the table's pages, while it still burns.

    It has no `for`: the windows are its patience. The last five minutes come first, so that the
    value is how bad it is now. An outage that is over pages nobody, though half an hour still
    holds it: the second page asks of the last five minutes that they burn at all.
    """
    fast, slow = PAGES
    still = (slow.short, slow.rate), (slow.long, slow.rate)
    return alert(
        slo,
        "ErrorBudgetBurn",
        "critical",
        expr="\n  or\n".join(
            f"(\n{indent(one, '  ')}\n)"
            for one in (
                conditions(slo, clock, [(SHORTEST, fast.rate), (fast.long, fast.rate)]),
                conditions(slo, clock, [(SHORTEST, "1"), *still]),
            )
        ),
        # What it is the cause of must be over first: see inhibit_rules in alertmanager.yml.
        keep_firing_for="1m",
        summary="An error budget burns too fast to last.",
        description=f"{slo.title}{outlook(slo, SHORTEST)}. {told(slo)} in the last 5 minutes "
        "({{ $labels.slo }} of {{ $labels.job }}).",
    )


def ticket(slo: Slo, clock: Clock) -> Rule:
    """Return the alert for working hours."""
    rates = [(TICKET.long, TICKET.rate), (TICKET.short, TICKET.rate)]
    return alert(
        slo,
        "ErrorBudgetBurnTicket",
        "warning",
        expr=conditions(slo, clock, rates),
        summary="An error budget will be spent before its month is over.",
        description=f"{slo.title}{outlook(slo, TICKET.short)}. {told(slo)} in the last 3 days "
        "({{ $labels.slo }} of {{ $labels.job }}).",
    )


def told(slo: Slo) -> str:
    """Return the template of the alert's value."""
    return f"{{{{ $value | humanizePercentage }}}} {slo.metadata.annotations.symptom}"


def conditions(slo: Slo, clock: Clock, rates: list[tuple[str, str]]) -> str:
    """Return the expression that each window burns faster than its rate, and enough has failed.

    Failed events are counted, not all of them: a guard on traffic would hide an outage that begins
    in a quiet night.
    """
    longest = max((window for window, _ in rates), key=read)
    found = [f"{RATIO}{window}{slo.selector} > {rate} * {slo.budget}" for window, rate in rates]
    least = slo.metadata.annotations.least_failed_events
    found.append(f"round({failed(slo, longest, clock)}) >= {least}")
    return "\n  and\n".join(found)


def failed(slo: Slo, window: str, clock: Clock) -> str:
    """Return the number of failed events in a long window."""
    if window in OF_FIVE_MINUTES:
        return f"sum_over_time({ERRORS}{FIVE_MINUTES}{slo.selector}[{window}])"
    return f"sum_over_time({ERRORS}{MINUTE}{slo.selector}[{window}]) / {clock.overlap}"


def outlook(slo: Slo, window: str) -> str:
    """Return the template of what is left and how long it lasts at this window's rate.

    Whole minutes, rounded up: nobody plans by seconds.
    """
    left = f"{REMAINING}{slo.selector}"
    seconds = f"{SECONDS_A_MONTH} * {left} * {slo.budget} / {RATIO}{window}{slo.selector}"
    return (
        value(f"60 * ceil({seconds} / 60) > 0", "humanizeDuration", ", budget gone in ", "")
        + value(f"100 * {left} > 0", 'printf "%.0f"', " at this rate, ", "% left")
        + value(f"-100 * {left} >= 0", 'printf "%.0f"', ", budget overspent by ", "%")
    )


def value(query: str, form: str, before: str, after: str) -> str:
    """Return the template of a query's value between two texts; no result is no text."""
    inner = f"{before}{{{{ . | first | value | {form} }}}}{after}"
    return f"{{{{ with query `{query}` }}}}{inner}{{{{ end }}}}"


def missing(slo: Slo) -> Rule:
    """Return the alert on counters that aren't there. No data is not healthy."""
    return alert(
        slo,
        "SLIMissing",
        "critical",
        # Both: without either the ratio is no figure. One result, whatever labels they have.
        expr=f"group by (job) (\n  absent({slo.total})\n    or\n  absent({slo.part})\n)",
        **{"for": "5m"},
        summary="A service level is not measured.",
        description=f"{slo.title} can't be measured, so nobody would be told of failures. "
        "Prometheus finds no counters of {{ $labels.job }} that "
        f"prometheus/slo/{slo.name}.yaml selects.",
    )
