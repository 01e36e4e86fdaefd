"""Error budgets that burn too fast to last: the same table of windows as Prometheus' (deploy.slo).

Two windows each, as in the SRE workbook: the long one says that enough was burnt to matter, the
short one that it still burns. CloudWatch's windows slide, so each is one period as long as itself:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html

A service that is younger than a long window has no ratio of it: its first five bad minutes would be
all of the hour. Prometheus counts the time before as good; here most of the long window must have
had requests at all. What is young or idle is HighErrorRate's business. The ticket of three days is
Prometheus' alone: the window of an alarm is a day, or seven with periods of an hour.
"""

from datetime import timedelta

from deploy.aws.builder import logs, rules
from deploy.aws.builder.alarms import (
    ABOVE,
    AT_LEAST,
    Patience,
    alarm,
    composite,
    logical,
    raised,
    share,
    single,
)
from deploy.aws.builder.causes import CAUSES
from deploy.aws.builder.names import Resource, Resources, sub
from deploy.aws.builder.words import Words, twin
from deploy.scaled_time.durations import read
from deploy.slo.burn import PAGES
from deploy.slo.document import Slo
from deploy.slo.recordings import SHORTEST

NAME = "ErrorBudgetBurn"
# SLO → failed events and all of them, as the log has them.
COUNTED = {
    "api-availability": (logs.API_FAILED, logs.API_REQUESTS),
    "ml-inference": (logs.ML_FAILED, logs.ML_INFERENCES),
}
FAST, SLOW = PAGES
STEP = timedelta(minutes=5)
# Of a long window's five minutes, that had requests.
MOSTLY = 0.9


def resources() -> Resources:
    """Return the alarms of all SLOs, and the one that pages."""
    found: Resources = {}
    for slo in chosen():
        for part, resource in parts(slo).items():
            found[logical(f"{NAME}-{slo.name}-{part}")] = resource
    return found | {logical(NAME): page()}


def chosen() -> list[Slo]:
    """Return the SLOs that the log can measure."""
    return [rules.slos()[name] for name in COUNTED]


def words() -> Words:
    """Return what the page says, of any SLO: Alertmanager makes them one incident too."""
    spent = " or ".join(f"{burn.consumed}% in {burn.long}" for burn in PAGES)
    return twin(
        rules.alerts()[NAME],
        " or ".join(slo.spec.service for slo in chosen()),
        f"{' or '.join(slo.title for slo in chosen())} burns its error budget of 30 days too fast "
        f"({spent}), and still does. The alarms it rests on say which.",
        team=", ".join(sorted({slo.metadata.labels.team for slo in chosen()})),
    )


def parts(slo: Slo) -> dict[str, Resource]:
    """Return the alarms that the page rests on: windows, and the ages of what is measured."""
    rates = [(FAST.long, FAST.rate), (FAST.short, FAST.rate), (SLOW.long, SLOW.rate)]
    windows = {
        window: burning(slo, window, window, rate)
        for window, rate in [*rates, (SLOW.short, SLOW.rate)]
    }
    return windows | {
        "still": burning(slo, "still", SHORTEST, "1"),
        **{f"known-{burn.long}": known(slo, burn.long) for burn in PAGES},
    }


def burning(slo: Slo, part: str, window: str, rate: str) -> Resource:
    """Return the alarm on one window's share of failed events.

    In a long window so few failures that nobody is to be woken for them count as none.
    """
    failed, total = COUNTED[slo.name]
    seconds = int(read(window).total_seconds())
    least = slo.metadata.annotations.least_failed_events
    text = f"IF(part >= {least}, part / whole, 0)" if window in {FAST.long, SLOW.long} else ""
    return alarm(
        f"{NAME}-{slo.name}-{part}",
        words(),
        share(failed, total, seconds, text),
        ABOVE,
        # Decimal digits, not a binary product's.
        float(f"{float(rate) * float(slo.budget):.10g}"),
        Patience(seconds=seconds),
        told=False,
    )


def known(slo: Slo, window: str) -> Resource:
    """Return the alarm that is raised while most of a long window has had events."""
    _, total = COUNTED[slo.name]
    steps = read(window) // STEP
    patience = Patience(int(steps * MOSTLY), steps, int(STEP.total_seconds()))
    name = f"{NAME}-{slo.name}-known-{window}"
    return alarm(name, words(), single(total), AT_LEAST, 1, patience, told=False)


def page() -> Resource:
    """Return the alarm that pages, unless a cause is paged for."""
    rule = " OR ".join(f"({condition(slo)})" for slo in chosen())
    silenced = " AND NOT ".join([f"({rule})", *map(raised, CAUSES)])
    names = [f"{NAME}-{slo.name}-{part}" for slo in chosen() for part in parts(slo)]
    return composite(NAME, words(), sub(silenced), [logical(name) for name in (*names, *CAUSES)])


def condition(slo: Slo) -> str:
    """Return the rule of one SLO: either of the table's pages, while it still burns."""
    pages = (
        (FAST.long, FAST.short, f"known-{FAST.long}"),
        (SLOW.long, SLOW.short, "still", f"known-{SLOW.long}"),
    )
    return " OR ".join(
        f"({' AND '.join(raised(f'{NAME}-{slo.name}-{part}') for part in parts_)})"
        for parts_ in pages
    )
