"""Who is told when an SLO's budget burns too fast, or nothing is known of it."""

from deploy.slo.burn import TABLE, Burn
from deploy.slo.document import Slo
from deploy.slo.recordings import (
    ERRORS,
    FIVE_MINUTES,
    MINUTE,
    OF_FIVE_MINUTES,
    RATIO,
    REMAINING,
    SECONDS_A_MONTH,
    Clock,
    Rule,
)

RUNBOOKS = "http://localhost:8002/runbooks"
DASHBOARDS = "http://localhost:3000/d"
WORDS = {"1h": "hour", "6h": "6 hours", "3d": "3 days"}


def of_one(slo: Slo, clock: Clock) -> list[Rule]:
    """Return all alerts of one SLO."""
    return [*(burning(slo, burn, clock) for burn in TABLE), missing(slo)]


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


def burning(slo: Slo, burn: Burn, clock: Clock) -> Rule:
    """Return the alert on one row of the table.

    It has no `for`: the windows are its patience. Failed events are counted, not all of them: a
    guard on traffic would hide an outage that begins in a quiet night.
    """
    limit = f"{burn.rate} * {slo.budget}"
    conditions = [f"{RATIO}{window}{slo.selector} > {limit}" for window in (burn.long, burn.short)]
    least = slo.metadata.annotations.least_failed_events
    conditions.append(f"round({failed(slo, burn.long, clock)}) >= {least}")
    return alert(
        slo,
        burn.alert,
        burn.severity,
        expr="\n  and\n".join(conditions),
        summary=f"An error budget burns {burn.rate} times too fast."
        if burn.rate != "1"
        else "An error budget will be spent before its month is over.",
        description=f"{slo.title}{outlook(slo, burn)}. {{{{ $value | humanizePercentage }}}} "
        f"{slo.metadata.annotations.symptom} in the last {WORDS[burn.long]} "
        "({{ $labels.slo }} of {{ $labels.job }}).",
    )


def failed(slo: Slo, window: str, clock: Clock) -> str:
    """Return the number of failed events in a long window."""
    if window in OF_FIVE_MINUTES:
        return f"sum_over_time({ERRORS}{FIVE_MINUTES}{slo.selector}[{window}])"
    return f"sum_over_time({ERRORS}{MINUTE}{slo.selector}[{window}]) / {clock.overlap}"


def outlook(slo: Slo, burn: Burn) -> str:
    """Return the template of what is left and how long it lasts at the short window's rate.

    Whole minutes, rounded up: nobody plans by seconds.
    """
    left = f"{REMAINING}{slo.selector}"
    seconds = f"{SECONDS_A_MONTH} * {left} * {slo.budget} / {RATIO}{burn.short}{slo.selector}"
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
