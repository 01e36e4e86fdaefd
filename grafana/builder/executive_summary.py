"""Executive Summary, for management: whether promises are kept, in words rather than in metrics."""

from deploy.slo.burn import MONTH
from deploy.slo.recordings import MINUTES_A_MONTH, RATIO, REMAINING
from grafana.builder import figures, links, panels, trends
from grafana.builder.page import Page
from grafana.builder.queries import now, over_time, recorded
from grafana.builder.style import Panel, words

API = "api-availability"
MONTH_WINDOW = f"{MONTH.days}d"
FIRING = 'ALERTS{alertstate="firing", severity="critical"}'
# A point each five minutes, the recordings' own step, whatever the panel's width.
POINTS = MINUTES_A_MONTH // 5


def dashboard() -> Page:
    """Return the dashboard."""
    page = Page(
        "executive-summary",
        "Whether we keep what we promise our users, over the last 30 days.",
        since=f"now-{MONTH_WINDOW}",
        refresh="1m",
    )
    page.row(6, right_now(), availability(), minutes_left(), incidents())
    page.row(7, kept(), allowance())
    page.row(9, allowance_over_time(), how_to_read(), widths=[16, 8])
    return page


def right_now() -> Panel:
    """Return one word on the present."""
    return panels.tile(
        "Right now",
        "Whether somebody has been called because users are affected. If so, a team works on it; "
        "Service Overview shows what they see.",
        now(f"clamp_max(count({FIRING}) or vector(0), 1)"),
        unit="none",
        steps=figures.above(1),
        mappings=[words({"0": ("All is well", "green"), "1": ("Incident", "red")})],
        links=[links.dashboard("service-overview", keep_time=False)],
    )


def availability() -> Panel:
    """Return the month's availability."""
    objective = figures.slos()[API].spec.objectives[0].percent
    return panels.tile(
        "Availability this month",
        f"Share of our users' requests that we answered, last 30 days. We promise {objective}. "
        "Red: the promise is broken; ask what is done so that it doesn't happen again.",
        now(f"1 - {recorded(f'{RATIO}{MONTH_WINDOW}', API)}"),
        unit="percentunit",
        decimals=2,
        steps=figures.success(API),
        links=[links.dashboard("service-overview", keep_time=False)],
    )


def minutes_left() -> Panel:
    """Return the outage that the month still allows."""
    slo = figures.slos()[API]
    whole = float(slo.budget) * MINUTES_A_MONTH
    return panels.tile(
        "Downtime we can still afford",
        f"Minutes of full outage left before the promise of {slo.spec.objectives[0].percent} is "
        f"broken; a month begins with {whole:.1f}. Amber: more than half is used. Red: all of it; "
        "stability comes before new features.",
        now(recorded("slo:error_budget:remaining_minutes", API)),
        unit="suffix:min",
        decimals=1,
        steps=figures.remaining_minutes(API, MINUTES_A_MONTH),
        links=[links.dashboard("service-overview", keep_time=False)],
    )


def incidents() -> Panel:
    """Return how often somebody was called."""
    return panels.tile(
        "Incidents this month",
        "How often the on-call engineer was called in the last 30 days. Many, with all promises "
        "kept, mean tired people: ask whether each call was needed.",
        now(
            f'round(sum_over_time(severity:alerts_started:count1m{{severity="critical"}}'
            f"[{MONTH_WINDOW}]) / {figures.overlap()})"
        ),
        unit="none",
        links=[links.dashboard("service-overview", keep_time=False)],
    )


def kept() -> Panel:
    """Return what was attained of each promise."""
    named = {
        f"{slo.metadata.display_name}, promised {slo.spec.objectives[0].percent}": slo.name
        for slo in figures.slos().values()
    }
    return panels.roll(
        "What we kept",
        "Each promise, and the share of requests of the last 30 days for which we kept it. Amber: "
        "hardly. Red: less than promised.",
        *(
            now(f"1 - {recorded(f'{RATIO}{MONTH_WINDOW}', slo)}", name)
            for name, slo in named.items()
        ),
        unit="percentunit",
        own_steps={name: figures.success(slo) for name, slo in named.items()},
    )


def allowance() -> Panel:
    """Return what is left of each promise's error budget."""
    return panels.bars(
        "Allowance left",
        "No service is perfect: each promise allows a few failures. This is what the last 30 days "
        "have left of them. Amber: less than half. Red: nothing.",
        *(
            now(recorded(REMAINING, slo.name), slo.metadata.display_name)
            for slo in figures.slos().values()
        ),
        unit="percentunit",
        steps=figures.remaining(),
        most=1,
    )


def allowance_over_time() -> Panel:
    """Return how the error budgets went."""
    titles = [slo.metadata.display_name for slo in figures.slos().values()]
    return trends.trend(
        "Allowance left, day by day",
        "A step down is an incident. A steady slope is something that fails a little all the time: "
        "it calls nobody, and costs as much.",
        *(
            over_time(recorded(REMAINING, slo.name), slo.metadata.display_name)
            for slo in figures.slos().values()
        ),
        unit="percentunit",
        series=titles,
        steps=figures.line(0),
        shown=1,
        points=POINTS,
        filled=False,
    )


def how_to_read() -> Panel:
    """Return the page's few words."""
    return panels.note(
        "How to read this page",
        "The words that this page uses.",
        "- **A promise** says how many requests of 30 days succeed, such as 999 of 1,000.\n"
        "- **The allowance** is the rest: one of 1,000 may fail. It pays for incidents and for the "
        "risk of change.\n"
        "- **Green**: less than half of it is used. **Amber**: more than half. **Red**: all of it, "
        "and the promise is broken.\n"
        "- An allowance comes back by itself, as bad days grow older than 30 days.\n\n"
        "Details: [Service Overview](/d/service-overview)\n",
    )
