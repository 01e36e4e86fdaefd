"""Infrastructure: containers, the machine, PostgreSQL, and the monitoring that watches them."""

import yaml

from deploy.stack.console import ROOT
from grafana.builder import dependencies, figures, links, panels, trends
from grafana.builder.page import DEPLOYS, FAULTS, Page
from grafana.builder.queries import WINDOW, now, over_time
from grafana.builder.style import Panel, words

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
    page.row(
        7,
        dependencies.database_up(),
        dependencies.connections_used(),
        dependencies.connections(),
        widths=[4, 6, 14],
    )
    page.heading("Monitoring itself")
    page.row(8, dependencies.rules(), dependencies.series(), dependencies.notifications())
    page.row(8, dependencies.shipped(), dependencies.dropped())
    return page


def targets() -> Panel:
    """Return what Prometheus can scrape."""
    return panels.tile(
        "Targets",
        "Whether Prometheus gets an answer from each target. Down: alerts and panels that need it "
        "are blind; for api and ml, users are affected.",
        *(now(f'min(up{{job="{job}"}})', job) for job in jobs()),
        unit="none",
        steps=figures.below(1),
        mappings=[words({"1": ("up", "green"), "0": ("down", "red")})],
        links=[links.runbook("TargetDown"), links.runbook("ServiceDown")],
        empty="no targets",
    )


def jobs() -> list[str]:
    """Return Prometheus' jobs, in the order of prometheus.yml."""
    file = ROOT / "prometheus" / "prometheus.yml"
    return [one["job_name"] for one in yaml.safe_load(file.read_text("utf-8"))["scrape_configs"]]


def container_cpu() -> Panel:
    """Return the processors' time of each container."""
    return trends.trend(
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


def container_memory() -> Panel:
    """Return the memory of each container."""
    return trends.trend(
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


def restarts() -> Panel:
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


def machine_cpu() -> Panel:
    """Return what the processors do."""
    return trends.trend(
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


def machine_memory() -> Panel:
    """Return the memory that is free."""
    return trends.trend(
        "Memory available",
        "Memory that programs can still have. Near zero the kernel kills one of them.",
        over_time("node_memory_MemAvailable_bytes", "available"),
        unit="bytes",
        series=("available",),
    )


def disks() -> Panel:
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
