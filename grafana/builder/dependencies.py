"""Panels of Infrastructure on what services depend on: PostgreSQL, and the monitoring itself."""

from grafana.builder import figures, links, panels, trends
from grafana.builder.queries import WINDOW, now, over_time, share
from grafana.builder.style import Panel, words

CLIENTS = 'backend_type="client backend"'
STATES = ("idle", "active", "idle in transaction")
ANY_STATE = "|".join(STATES)
# Alertmanager counts every kind that it knows; these are those that alertmanager.yml uses.
INTEGRATIONS = "slack|pagerduty|webhook"
SENDERS = ("api", "ml", "sink")


def database_up() -> Panel:
    """Return whether the database answers."""
    return panels.tile(
        "Database",
        "Whether the exporter gets a connection. Down: the API can neither store nor show "
        "predictions.",
        now("min(pg_up)"),
        unit="none",
        steps=figures.below(1),
        mappings=[words({"1": ("up", "green"), "0": ("down", "red")})],
        links=[links.runbook("DatabaseDown")],
        empty="unknown",
    )


def connections_used() -> Panel:
    """Return the share of connections in use."""
    most = figures.limit("DatabaseConnectionsHigh")
    return panels.tile(
        "Connections in use",
        f"Share of the connections that PostgreSQL allows. Red: more than {100 * most:.0f}%; when "
        "they are gone, the API fails.",
        now(f"sum(pg_stat_activity_count{{{CLIENTS}}}) / sum(pg_settings_max_connections)"),
        unit="percentunit",
        steps=figures.above(most),
        links=[links.runbook("DatabaseConnectionsHigh"), links.runbook("ErrorBudgetBurn")],
        empty="unknown",
    )


def connections() -> Panel:
    """Return connections by what they do."""
    return trends.trend(
        "Connections by state",
        "Clients' connections. Many that are idle in a transaction: somebody forgets to end them. "
        "Many that are active: queries are slow.",
        over_time(
            f'sum by (state) (pg_stat_activity_count{{{CLIENTS}, state=~"{ANY_STATE}"}})',
            "{{state}}",
        ),
        unit="none",
        series=STATES,
        stacked=True,
        links=[links.runbook("DatabaseConnectionsHigh")],
    )


def rules() -> Panel:
    """Return how long the rules take, of the time they have."""
    return trends.trend(
        "Rule evaluation",
        "How much of its interval each group of rules takes. Red line: all of it; evaluations are "
        "skipped then, and alerts come late.",
        over_time(
            "max by (rule_group) (prometheus_rule_group_last_duration_seconds"
            " / prometheus_rule_group_interval_seconds)",
            "{{rule_group}}",
        ),
        unit="percentunit",
        steps=figures.line(1),
        links=[links.runbook("RuleEvaluationSlow"), links.runbook("RuleEvaluationFailing")],
    )


def series() -> Panel:
    """Return how many series each service publishes."""
    most = figures.limit("CardinalityHigh")
    return trends.trend(
        "Series by service",
        f"How many series each service publishes. Red line: {most:,.0f}, at which the platform "
        "team is told; a label without bounds is the usual cause.",
        over_time(
            'sum by (job) (scrape_samples_post_metric_relabeling{job=~"api|ml|sink"})', "{{job}}"
        ),
        unit="none",
        series=SENDERS,
        steps=figures.line(most),
        shown=most,
        links=[links.runbook("CardinalityHigh"), links.runbook("ScrapeFailing")],
    )


def notifications() -> Panel:
    """Return the share of notifications that failed."""
    failed, all_of = (
        "sum by (integration) (increase(alertmanager_notification_requests"
        f'{kind}_total{{integration=~"{INTEGRATIONS}"}}[5m]))'
        for kind in ("_failed", "")
    )
    return trends.trend(
        "Failed notifications",
        "Share of the requests to each notification service that failed, over 5 minutes. Red line: "
        "somebody may not hear of an alert.",
        over_time(share(failed, all_of), "{{integration}}"),
        unit="percentunit",
        series=INTEGRATIONS.split("|"),
        steps=figures.line(figures.limit("NotificationsFailing")),
        shown=2 * figures.limit("NotificationsFailing"),
        links=[links.runbook("NotificationsFailing")],
    )


def shipped() -> Panel:
    """Return how many log lines get to CloudWatch."""
    return trends.trend(
        "Log lines to CloudWatch",
        "Log lines that CloudWatch Logs takes from each service, a second. All zero where services "
        "don't send them (`make up`, and on ECS, where the log driver does).",
        over_time(f"sum by (job) (rate(log_events_shipped_total[{WINDOW}]))", "{{job}}"),
        unit="suffix:/s",
        series=SENDERS,
        links=[links.runbook("LogEventsDropped")],
    )


def dropped() -> Panel:
    """Return how many log lines wait, and how many are lost."""
    return trends.trend(
        "Log lines lost",
        "Log lines that did not get to CloudWatch Logs, in 5 minutes. More than none, and the "
        "platform team is told. Standard output has them all.",
        over_time("sum by (job) (increase(log_events_dropped_total[5m]))", "{{job}}"),
        unit="none",
        series=SENDERS,
        links=[links.runbook("LogEventsDropped")],
    )
