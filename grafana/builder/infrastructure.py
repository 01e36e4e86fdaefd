"""Infrastructure: containers, the machine, PostgreSQL, and the monitoring that watches them."""

from grafana.builder import figures, links, panels
from grafana.builder.page import DEPLOYS, FAULTS, Page
from grafana.builder.queries import WINDOW, now, over_time, share

# One stack's containers: two side by side see each other's.
CONTAINERS = 'project="$project"'
# As DiskFilling has it: images are full by nature.
DISKS = 'fstype!~"erofs|iso9660|squashfs|tmpfs|udf"'
# In the order of their colours.
SERVICES = (
    *("api", "ml", "postgres", "prometheus", "sink", "grafana", "alertmanager"),
    *("cadvisor", "node-exporter", "postgres-exporter"),
)
BUSY = "user|system|iowait|softirq|steal"
# Alertmanager counts every kind that it knows; these are those that alertmanager.yml uses.
INTEGRATIONS = "slack|pagerduty|webhook"


def dashboard() -> Page:
    """Return the dashboard."""
    page = Page(
        "infrastructure",
        "What everything runs on: containers, the machine, PostgreSQL, and the monitoring itself.",
        since="now-3h",
        refresh="30s",
        events=[FAULTS, DEPLOYS],
    )
    page.variable(
        "project",
        "Stack",
        "label_values(container_memory_working_set_bytes, project)",
        several=False,
    )
    page.row(4, targets())
    page.heading("Containers")
    page.row(8, container_cpu(), container_memory(), restarts(), widths=[9, 9, 6])
    page.heading("Machine")
    page.row(8, machine_cpu(), machine_memory(), disks())
    page.heading("PostgreSQL")
    page.row(7, database_up(), connections_used(), connections(), widths=[4, 6, 14])
    page.heading("Monitoring itself")
    page.row(8, rules(), series(), notifications())
    return page


def targets() -> panels.Panel:
    """Return what Prometheus can scrape."""
    return panels.tile(
        "Targets",
        "Whether Prometheus gets an answer from each target. Down: alerts and panels that need it "
        "are blind; for api and ml, users are affected.",
        now("min by (job) (up)", "{{job}}"),
        unit="none",
        steps=figures.below(1),
        mappings=[panels.words({"1": ("up", "green"), "0": ("down", "red")})],
        links=[links.runbook("TargetDown"), links.runbook("ServiceDown")],
        empty="no targets",
    )


def container_cpu() -> panels.Panel:
    """Return the processors' time of each container."""
    return panels.trend(
        "Processor by container",
        "Processors in use: 1 is one of them, all the time.",
        over_time(
            f"sum by (service) (rate(container_cpu_usage_seconds_total{{{CONTAINERS}}}[{WINDOW}]))",
            "{{service}}",
        ),
        unit="suffix:CPU",
        series=SERVICES,
        stacked=True,
    )


def container_memory() -> panels.Panel:
    """Return the memory of each container."""
    return panels.trend(
        "Memory by container",
        "Memory that a container cannot give back. Each has a limit in docker-compose.yml; one "
        "that reaches it is killed and restarts.",
        over_time(
            f"sum by (service) (container_memory_working_set_bytes{{{CONTAINERS}}})", "{{service}}"
        ),
        unit="bytes",
        series=SERVICES,
        stacked=True,
        links=[links.runbook("PodRestartingTooMuch")],
    )


def restarts() -> panels.Panel:
    """Return how often our services restarted."""
    most = figures.limit("PodRestartingTooMuch")
    return panels.bars(
        "Restarts in the last hour",
        f"How often each service's process was replaced. Red: more than {most:g} times, and the "
        "platform team is told.",
        now(
            'sum by (job) (changes(process_start_time_seconds{job=~"api|ml|sink"}[1h]))', "{{job}}"
        ),
        unit="none",
        steps=figures.above(most + 1),
        most=2 * most,
        links=[links.runbook("PodRestartingTooMuch")],
    )


def machine_cpu() -> panels.Panel:
    """Return what the processors do."""
    return panels.trend(
        "Processors",
        "What the machine's processors are busy with. At 100% everything waits, latency first.",
        over_time(
            "avg by (mode) (sum by (cpu, mode) "
            f'(rate(node_cpu_seconds_total{{mode=~"{BUSY}"}}[{WINDOW}])))',
            "{{mode}}",
        ),
        unit="percentunit",
        series=BUSY.split("|"),
        stacked=True,
        shown=1,
    )


def machine_memory() -> panels.Panel:
    """Return the memory that is free."""
    return panels.trend(
        "Memory available",
        "Memory that programs can still have. Near zero the kernel kills one of them.",
        over_time("node_memory_MemAvailable_bytes", "available"),
        unit="bytes",
        series=("available",),
    )


def disks() -> panels.Panel:
    """Return how full the disks are."""
    most = 1 - figures.limit("DiskFilling")
    free = f"min by (mountpoint) (node_filesystem_avail_bytes{{{DISKS}}})"
    size = f"max by (mountpoint) (node_filesystem_size_bytes{{{DISKS}}})"
    return panels.bars(
        "Disks",
        f"How full each disk is. Red: more than {100 * most:.0f}%; when one is full, Prometheus "
        "stores nothing more and databases stop.",
        now(f"1 - {free} / {size}", "{{mountpoint}}"),
        unit="percentunit",
        steps=figures.above(most),
        most=1,
        links=[links.runbook("DiskFilling")],
    )


def database_up() -> panels.Panel:
    """Return whether the database answers."""
    return panels.tile(
        "Database",
        "Whether the exporter gets a connection. Down: the API can neither store nor show "
        "predictions.",
        now("min(pg_up)"),
        unit="none",
        steps=figures.below(1),
        mappings=[panels.words({"1": ("up", "green"), "0": ("down", "red")})],
        links=[links.runbook("DatabaseDown")],
        empty="unknown",
    )


def connections_used() -> panels.Panel:
    """Return the share of connections in use."""
    most = figures.limit("DatabaseConnectionsHigh")
    return panels.tile(
        "Connections in use",
        f"Share of the connections that PostgreSQL allows. Red: more than {100 * most:.0f}%; when "
        "they are gone, the API fails.",
        now(
            'sum(pg_stat_activity_count{backend_type="client backend"})'
            " / sum(pg_settings_max_connections)"
        ),
        unit="percentunit",
        steps=figures.above(most),
        links=[links.runbook("DatabaseConnectionsHigh"), links.runbook("ErrorBudgetBurn")],
        empty="unknown",
    )


def connections() -> panels.Panel:
    """Return connections by what they do."""
    return panels.trend(
        "Connections by state",
        "Clients' connections. Many that are idle in a transaction: somebody forgets to end them. "
        "Many that are active: queries are slow.",
        over_time(
            'sum by (state) (pg_stat_activity_count{backend_type="client backend"}) > 0',
            "{{state}}",
        ),
        unit="none",
        series=("idle", "active", "idle in transaction"),
        stacked=True,
        links=[links.runbook("DatabaseConnectionsHigh")],
    )


def rules() -> panels.Panel:
    """Return how long the rules take, of the time they have."""
    return panels.trend(
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


def series() -> panels.Panel:
    """Return how many series each service publishes."""
    most = figures.limit("CardinalityHigh")
    return panels.trend(
        "Series by service",
        f"How many series each service publishes. Red line: {most:,.0f}, at which the platform "
        "team is told; a label without bounds is the usual cause.",
        over_time(
            'sum by (job) (scrape_samples_post_metric_relabeling{job=~"api|ml|sink"})', "{{job}}"
        ),
        unit="none",
        series=("api", "ml", "sink"),
        steps=figures.line(most),
        shown=most,
        links=[links.runbook("CardinalityHigh"), links.runbook("ScrapeFailing")],
    )


def notifications() -> panels.Panel:
    """Return the share of notifications that failed."""
    failed, all_of = (
        "sum by (integration) (increase(alertmanager_notification_requests"
        f'{kind}_total{{integration=~"{INTEGRATIONS}"}}[5m]))'
        for kind in ("_failed", "")
    )
    return panels.trend(
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
