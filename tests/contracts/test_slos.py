"""Each SLO is the specification's, on metrics that exist, and Prometheus' rules follow from it."""

import re
from decimal import Decimal

import pytest
from prometheus_client.utils import floatToGoString

from deploy.slo import queries
from deploy.slo.__main__ import RULES, generated
from deploy.slo.burn import PAGES, TICKET
from deploy.slo.document import Slo
from deploy.slo.reading import read
from deploy.stack.console import ROOT
from telemetry import metrics
from tests.contracts import promql, repository
from tests.contracts.test_metrics import declared

# The specification's 1.2, typed from it: name → (service, objective). P99 < 200 ms means that 99%
# of requests are faster.
SPECIFIED = {
    "api-availability": ("api", "0.999"),
    "api-latency": ("api", "0.99"),
    "ml-inference": ("ml", "0.995"),
    "database-connections": ("postgres", "0.9999"),
}
SLOS = {slo.name: slo for slo in read(ROOT / "prometheus/slo", queries.catalogue(ROOT))}
LE = re.compile(r'le="([^"]+)"')


def selectors(slo: Slo) -> tuple[str, str]:
    return slo.part, slo.total


def rules_of(slo: str) -> list[dict]:
    """Return the alerts of one SLO."""
    return [rule for rule in repository.rules("alert") if rule["labels"].get("slo") == slo]


def test_objectives_are_exactly_the_specifications() -> None:
    found = {name: (slo.spec.service, slo.target) for name, slo in SLOS.items()}

    assert found == SPECIFIED


def test_files_are_named_after_their_slos() -> None:
    files = {file.name for file in (ROOT / "prometheus/slo").iterdir()}

    assert files == {f"{name}.yaml" for name in SLOS}


def test_a_month_of_99_9_percent_has_a_budget_of_43_2_minutes() -> None:
    """The specification's 1.3, by the recorded expression."""
    (rule,) = (
        rule
        for rule in repository.rules("record")
        if rule["record"] == "slo:error_budget:remaining_minutes"
    )
    assert rule["expr"] == ("43200 * (1 - slo:objective:ratio) * slo:error_budget:remaining_ratio")
    assert 43200 * Decimal(SLOS["api-availability"].budget) == Decimal("43.2")


@pytest.mark.parametrize("name", SLOS)
def test_metrics_are_declared_and_have_the_labels_they_are_asked_for(name: str) -> None:
    published = declared()

    for selector in selectors(SLOS[name]):
        for metric, labels in promql.labels_by_metric(selector).items():
            assert metric in published
            assert labels <= published[metric] | {"job", "instance"}


def test_a_latencys_limit_is_an_edge_and_the_specifications() -> None:
    edges = {floatToGoString(edge) for edge in metrics.DURATION_BUCKETS}
    (limit,) = LE.findall(SLOS["api-latency"].part)

    assert limit in edges
    assert float(limit) == 0.2
    assert not [name for name in SLOS if name != "api-latency" and LE.search(SLOS[name].part)]


def test_the_generator_reads_the_same_catalogue_that_services_publish() -> None:
    published = declared()

    for name, series in queries.catalogue(ROOT).items():
        assert series.labels == published[name] | {"job", "instance"}
    counters = {name for name in published if name.endswith(("_total", "_bucket", "_count"))}
    assert counters - {name for name in published if name.startswith(("process_", "python_"))} == (
        queries.catalogue(ROOT).keys()
    )


def test_committed_rules_are_the_generated_ones() -> None:
    assert (ROOT / RULES).read_text() == generated(ROOT), "run `make slo`"


@pytest.mark.parametrize("name", SLOS)
def test_each_slo_pages_writes_tickets_and_misses_its_data(name: str) -> None:
    found = rules_of(name)

    names = ["ErrorBudgetBurn", "ErrorBudgetBurnTicket", "SLIMissing"]
    assert [rule["alert"] for rule in found] == names
    for rule in found:
        assert rule["labels"] == {"severity": rule["labels"]["severity"], **SLOS[name].labels}


@pytest.mark.parametrize("name", SLOS)
def test_alerts_compare_with_the_budget_times_the_tables_rate(name: str) -> None:
    budget = 1 - Decimal(SPECIFIED[name][1])
    fast, slow = ([(burn.short, burn.rate), (burn.long, burn.rate)] for burn in PAGES)
    # What is over pages nobody: the last five minutes must burn at all.
    page = [*fast, ("5m", "1"), *slow]
    ticket = [(TICKET.long, TICKET.rate), (TICKET.short, TICKET.rate)]

    for rule, expected in zip(rules_of(name), (page, ticket), strict=False):
        limits = re.findall(r"rate(\w+)\{[^}]*\} > ([\d.]+) \* ([\d.]+)", rule["expr"])
        assert [(window, rate) for window, rate, _ in limits] == expected
        assert {Decimal(share) for *_, share in limits} == {budget}


def test_expressions_hold_no_seconds_that_scaled_time_would_miss() -> None:
    """Only windows are divided by the factor; per-second rates and numbers of seconds aren't.

    What is unscaled on purpose: months of a result, and requests a second as people count them.
    """
    allowed = {
        "slo:error_budget:remaining_minutes",
        "slo:time_to_exhaustion:seconds",
        "job:http_requests:rate1m",
        "job:http_requests_failed:rate1m",
    }
    for rule in repository.rules("record"):
        if rule["record"] not in allowed:
            assert not re.search(r"\b(i?rate|deriv|time)\(", rule["expr"])
            assert not re.search(r"\b(43200|86400|3600|2592000)\b", rule["expr"])


def test_recordings_of_five_minutes_are_made_every_five_minutes() -> None:
    """The sums of long windows count on it; promtool evaluates every group at one interval."""
    groups = repository.load("prometheus/rules/slo.yml")["groups"]
    intervals = {
        rule["record"]: group.get("interval")
        for group in groups
        for rule in group["rules"]
        if "record" in rule
    }

    assert {name for name, interval in intervals.items() if interval == "5m"} == {
        name for name in intervals if name.endswith("increase5m")
    }
    assert set(intervals.values()) == {None, "5m"}
