"""Every metric that a rule, a runbook or a panel names is one that something here publishes."""

import re
from functools import cache

import prometheus_client
import pytest
from prometheus_client import Counter, Gauge, Histogram

from faults.model import Fault
from faults.registry import Faults
from faults.series import LiveFaults
from telemetry import metrics
from tests.contracts import promql, repository

DISK = {"device", "fstype", "mountpoint"}
# Published by programs that are not ours: metric → (job that has it, labels it has).
EXPORTED = {
    "container_cpu_usage_seconds_total": ("cadvisor", {"id", "cpu", "service", "project"}),
    "container_memory_usage_bytes": ("cadvisor", {"id", "service", "project"}),
    "container_memory_working_set_bytes": ("cadvisor", {"id", "service", "project"}),
    "container_oom_events_total": ("cadvisor", {"id", "service", "project"}),
    "container_start_time_seconds": ("cadvisor", {"id", "service", "project"}),
    "node_cpu_seconds_total": ("node", {"cpu", "mode"}),
    "node_memory_MemAvailable_bytes": ("node", set()),
    "node_filesystem_avail_bytes": ("node", DISK),
    "node_filesystem_size_bytes": ("node", DISK),
    "pg_up": ("postgres", set()),
    "pg_settings_max_connections": ("postgres", {"server"}),
    "pg_stat_activity_count": (
        "postgres",
        {"server", "datname", "state", "usename", "application_name", "backend_type"},
    ),
    "prometheus_config_last_reload_successful": ("prometheus", set()),
    "prometheus_rule_evaluation_failures_total": ("prometheus", {"rule_group"}),
    "prometheus_rule_group_interval_seconds": ("prometheus", {"rule_group"}),
    "prometheus_rule_group_last_duration_seconds": ("prometheus", {"rule_group"}),
    "prometheus_target_scrape_pool_exceeded_label_limits_total": ("prometheus", set()),
    "prometheus_target_scrapes_exceeded_body_size_limit_total": ("prometheus", set()),
    "prometheus_target_scrapes_exceeded_sample_limit_total": ("prometheus", set()),
    "prometheus_target_scrapes_sample_duplicate_timestamp_total": ("prometheus", set()),
    "prometheus_target_scrapes_sample_out_of_bounds_total": ("prometheus", set()),
    "prometheus_target_scrapes_sample_out_of_order_total": ("prometheus", set()),
    "alertmanager_config_last_reload_successful": ("alertmanager", set()),
    "alertmanager_notification_requests_failed_total": ("alertmanager", {"integration"}),
    "alertmanager_notification_requests_total": ("alertmanager", {"integration"}),
    "kube_pod_container_status_restarts_total": (
        "kube-state-metrics",
        {"namespace", "pod", "container", "uid"},
    ),
}
# What Prometheus itself writes about every scrape, and about alerts.
WRITTEN: dict[str, set[str]] = {
    "up": set(),
    "scrape_samples_scraped": set(),
    "scrape_samples_post_metric_relabeling": set(),
    "ALERTS": {"alertname", "alertstate", "severity", "team", "slo"},
}
# What Prometheus adds to every series.
TARGET_LABELS = {"job", "instance"}
QUERY = re.compile(r"'query=([^']+)'")


@cache
def declared() -> dict[str, set[str]]:
    """Return every series' name that our services publish, with its labels."""
    found = {}
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            (family,) = metric.describe()
            labels = set(metric._labelnames)  # noqa: SLF001 - there is no public way
            if family.type == "counter":
                found[f"{family.name}_total"] = labels
            elif family.type == "histogram":
                found[f"{family.name}_bucket"] = labels | {"le"}
                found |= dict.fromkeys((f"{family.name}_sum", f"{family.name}_count"), labels)
            else:
                found[family.name] = labels
    # prometheus_client's own collectors, such as process_start_time_seconds.
    for family in prometheus_client.REGISTRY.collect():
        if family.name.startswith(("process_", "python_")):
            found |= {sample.name: set(sample.labels) for sample in family.samples}
    return found


def of_faults() -> dict[str, set[str]]:
    """Return what a service publishes only while a fault is in."""
    faults = Faults()
    faults.put("a", Fault(point="x", effect="error", lease_seconds=1))
    families = LiveFaults(faults).collect()
    return {one.name: set(one.labels) for family in families for one in family.samples}


@cache
def known() -> dict[str, set[str]]:
    exported = {name: labels for name, (_, labels) in EXPORTED.items()}
    return exported | declared() | of_faults() | WRITTEN


def expressions() -> dict[str, str]:
    """Return every expression of rules and runbooks by where it is."""
    found = {name: rule["expr"] for name, rule in repository.alert_rules().items()}
    for number, rule in enumerate(repository.rules("record"), start=1):
        found[f"{rule['record']} {number}"] = rule["expr"]
    for runbook in sorted(repository.RUNBOOKS.glob("*.md")):
        for number, query in enumerate(QUERY.findall(runbook.read_text()), start=1):
            found[f"{runbook.name} query {number}"] = query
    return found


EXPRESSIONS = expressions()


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_metrics_exist_and_have_the_labels_they_are_asked_for(place: str) -> None:
    published = known()
    recorded = {rule["record"] for rule in repository.rules("record")}

    for metric, labels in promql.labels_by_metric(EXPRESSIONS[place]).items():
        if metric not in recorded:
            assert metric in published, metric
            assert labels <= published[metric] | TARGET_LABELS, metric


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_aggregations_group_by_labels_that_exist(place: str) -> None:
    published = known()
    found = promql.labels_by_metric(EXPRESSIONS[place])
    available = set().union(*(published.get(metric, set()) for metric in found))

    assert promql.grouping_labels(EXPRESSIONS[place]) <= available | TARGET_LABELS


@pytest.mark.parametrize("name", ["HighLatency", "MLInferenceSlowdown"])
def test_latency_threshold_is_an_edge_of_the_histograms_buckets(name: str) -> None:
    """Between two edges a quantile is a guess; at an edge the comparison is exact."""
    thresholds = promql.quantile_thresholds(repository.alerts()[name]["expr"])

    assert thresholds
    for metric, threshold in thresholds:
        (histogram,) = (
            one
            for one in vars(metrics).values()
            if isinstance(one, Histogram) and f"{one.describe()[0].name}_bucket" == metric
        )
        assert threshold in histogram._upper_bounds  # noqa: SLF001 - there is no public way


def test_the_promised_latency_is_an_edge_too() -> None:
    # 200 ms: the API's service level objective (specification, 1).
    assert 0.2 in metrics.DURATION_BUCKETS


def test_every_exporter_named_here_is_scraped_or_belongs_to_kubernetes() -> None:
    jobs = {job for job, _ in EXPORTED.values()}

    assert jobs - {"kube-state-metrics"} <= repository.scrape_configs().keys()


def test_container_metrics_named_here_are_those_that_prometheus_keeps() -> None:
    families, *_ = repository.scrape_configs()["cadvisor"]["metric_relabel_configs"]
    kept = re.fullmatch(r"container_\((.+)\)", families["regex"])

    assert kept is not None
    assert {f"container_{name}" for name in kept[1].split("|")} == {
        name for name, (job, _) in EXPORTED.items() if job == "cadvisor"
    }
