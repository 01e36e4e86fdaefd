"""The dashboards: the specification's five, whole, and true to the SLO files and alert rules."""

import configparser
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import combinations

import pytest

from deploy.stack.console import ROOT
from grafana.builder import __main__ as builder
from tests.contracts import dashboards, promql, repository
from tests.contracts.test_alerts import DASHBOARDS
from tests.contracts.test_metrics import TARGET_LABELS, known

TYPES = {"stat", "bargauge", "timeseries", "heatmap", "alertlist", "text"}
# Lists of alerts and words have no unit.
WITHOUT_UNIT = {"alertlist", "text"}
# The specification's 6.2, row by row.
LAYOUT = [
    [("Availability", "stat"), ("Error Budget", "stat"), ("Latency (P99)", "stat")]
    + [("Throughput", "stat")],
    [("Request Rate", "timeseries"), ("Error Rate", "timeseries")],
    [("Latency Distribution", "heatmap"), ("Active Incidents", "alertlist")],
]
# What isn't measured has no panel; a proof of life, a ticket and a bad edit need none.
WITHOUT_PANEL = {"SLIMissing", "Watchdog", "ErrorBudgetBurnTicket", "ConfigReloadFailed"}
MEANINGFUL = {"green", "orange", "red"}
PANELS = [
    pytest.param(uid, panel, id=f"{uid} {panel['title']}") for uid, panel in dashboards.all_panels()
]
QUERIES = [
    pytest.param(uid, target["expr"], id=f"{uid} {panel['title']} {target['refId']}")
    for uid, panel in dashboards.all_panels()
    for target in panel.get("targets", [])
] + [
    pytest.param(uid, event["expr"], id=f"{uid} annotation {event['name']}")
    for uid in dashboards.FILES
    for event in dashboards.FILES[uid]["annotations"]["list"]
]
SLOS = {
    file.stem: repository.load(f"prometheus/slo/{file.name}")
    for file in (ROOT / "prometheus" / "slo").glob("*.yaml")
}

each_dashboard = pytest.mark.parametrize("uid", dashboards.FILES)
each_panel = pytest.mark.parametrize(("uid", "panel"), PANELS)
each_query = pytest.mark.parametrize(("uid", "expression"), QUERIES)


def test_the_five_are_there_and_nothing_else() -> None:
    assert dashboards.FILES.keys() == DASHBOARDS


def test_they_are_what_the_builder_writes() -> None:
    assert builder.main(["--check"]) == 0


@each_dashboard
def test_uid_is_the_file_and_titles_and_ids_are_unique(uid: str) -> None:
    page = dashboards.FILES[uid]
    ids = [panel["id"] for panel in page["panels"]]
    titles = [panel["title"] for panel in page["panels"]]

    assert page["uid"] == uid
    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)
    assert page["editable"] is False


@each_dashboard
def test_panels_lie_side_by_side_on_the_grid(uid: str) -> None:
    places = [panel["gridPos"] for panel in dashboards.FILES[uid]["panels"]]

    for place in places:
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@each_panel
def test_panel_says_what_it_shows_in_which_unit(uid: str, panel: dashboards.Panel) -> None:
    assert panel["type"] in TYPES
    assert panel["title"]
    assert panel["description"].endswith(".")
    if panel["type"] not in WITHOUT_UNIT:
        assert panel["fieldConfig"]["defaults"]["unit"], uid
        assert panel["targets"], uid


@each_panel
def test_panel_asks_the_data_source_that_is_provisioned(uid: str, panel: dashboards.Panel) -> None:
    (source,) = repository.load("grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    named = {"type": source["type"], "uid": source["uid"]}
    references = [target["refId"] for target in panel.get("targets", [])]

    assert all(target["datasource"] == named for target in panel.get("targets", [])), uid
    assert len(set(references)) == len(references), uid
    if panel["type"] == "alertlist":
        assert panel["options"]["datasource"] == source["name"]


def test_service_overview_is_laid_out_as_specified() -> None:
    rows: dict[int, list[dashboards.Panel]] = {}
    for panel in dashboards.panels("service-overview"):
        rows.setdefault(panel["gridPos"]["y"], []).append(panel)
    placed = [
        sorted(row, key=lambda panel: panel["gridPos"]["x"]) for _, row in sorted(rows.items())
    ]

    laid_out = [[(panel["title"], panel["type"]) for panel in row] for row in placed]
    assert laid_out[:3] == LAYOUT
    # Below, at most one row of links.
    assert [[kind for _, kind in row] for row in laid_out[3:]] == [["text"]]
    assert dashboards.FILES["service-overview"]["time"]["from"] == "now-24h"


@each_query
def test_metrics_exist_and_have_the_labels_they_are_asked_for(uid: str, expression: str) -> None:
    published = known()
    recorded = {rule["record"] for rule in repository.rules("record")}
    tree = dashboards.asked(expression, dict.fromkeys(dashboards.variables(uid), "x"))
    found = promql.labels_by_metric(tree)

    assert found
    for metric, labels in found.items():
        if metric not in recorded:
            assert metric in published, metric
            assert labels <= published[metric] | TARGET_LABELS, metric
    if found.keys().isdisjoint(recorded):
        available = set().union(*(published[metric] for metric in found))
        assert promql.grouping_labels(tree) <= available | TARGET_LABELS


@each_dashboard
def test_variables_are_values_of_labels_that_exist(uid: str) -> None:
    for query in dashboards.variables(uid).values():
        parts = re.fullmatch(r"label_values\((.+), (\w+)\)", query)
        assert parts is not None
        (metric,) = promql.labels_by_metric(parts[1])
        assert parts[2] in known()[metric]


@each_panel
def test_rates_of_a_trend_have_the_window_that_fits_its_steps(
    uid: str, panel: dashboards.Panel
) -> None:
    for target in panel.get("targets", []):
        windows = re.findall(r"\brate\([^\[]+\[([^\]]+)\]", target["expr"])
        if target["range"]:
            assert set(windows) <= {"$__rate_interval"}, uid
        else:
            assert "$__rate_interval" not in windows, uid


def links_of(uid: str) -> set[str]:
    """Return every address that a dashboard leads to."""
    text = (dashboards.FOLDER / f"{uid}.json").read_text()
    return {*re.findall(r'"url": "([^"]*)"', text), *re.findall(r"\]\(([^)]+)\)", text)}


@each_dashboard
def test_every_link_leads_somewhere(uid: str) -> None:
    found = links_of(uid)

    assert found
    for link in found:
        if link.startswith("/d/"):
            assert link.removeprefix("/d/") in dashboards.FILES, link
        else:
            runbook = re.fullmatch(r"http://localhost:8002/runbooks(?:/(\w+))?", link)
            assert runbook is not None, link
            if runbook[1]:
                assert runbook[1] in repository.alerts(), link
                assert (repository.RUNBOOKS / f"{runbook[1]}.md").is_file(), link


@each_dashboard
def test_all_others_are_one_click_away(uid: str) -> None:
    others = {link["url"].removeprefix("/d/") for link in dashboards.FILES[uid]["links"]}

    assert others == DASHBOARDS - {uid}


@pytest.mark.parametrize(
    "rule", repository.alert_rules().values(), ids=list(repository.alert_rules())
)
def test_the_dashboard_that_an_alert_leads_to_leads_to_its_runbook(rule: dict) -> None:
    annotations = rule["annotations"]
    uid = annotations["dashboard_url"].rpartition("/")[2]

    if rule["alert"] not in WITHOUT_PANEL:
        assert annotations["runbook_url"] in links_of(uid)


def objective(slo: str) -> dict[str, list[float]]:
    """Return the thresholds that an SLO's panels must have, read from its file."""
    target = Decimal(str(SLOS[slo]["spec"]["objectives"][0]["target"]))
    budget = 1 - target
    month = 30 * 24 * 60
    return {
        "good": [float(target), float(1 - budget / 2)],
        "bad": [float(budget / 2), float(budget)],
        "line": [float(budget)],
        "minutes": [0.0, float(month * budget / 2)],
    }


@pytest.mark.parametrize(
    ("uid", "title", "slo", "kind"),
    [
        ("service-overview", "Availability", "api-availability", "good"),
        ("service-overview", "Error Rate", "api-availability", "line"),
        ("executive-summary", "Availability this month", "api-availability", "good"),
        ("executive-summary", "Downtime we can still afford", "api-availability", "minutes"),
        ("api-server", "Errors", "api-availability", "bad"),
        ("api-server", "Errors by route", "api-availability", "line"),
        ("ml-inference", "Success", "ml-inference", "good"),
        ("ml-inference", "Failures by model", "ml-inference", "line"),
    ],
)
def test_colours_change_where_the_slo_says(uid: str, title: str, slo: str, kind: str) -> None:
    assert dashboards.thresholds(dashboards.panel(uid, title)) == objective(slo)[kind]


def test_every_promise_has_its_own_colours_and_its_share_of_the_budget() -> None:
    kept = dashboards.panel("executive-summary", "What we kept")
    (default, *own) = [kept["fieldConfig"]["defaults"]["thresholds"]] + [
        override["properties"][0]["value"] for override in kept["fieldConfig"]["overrides"]
    ]

    assert default["mode"] == "absolute"
    assert len(own) == len(kept["targets"]) == len(SLOS)
    for slo, steps in zip(sorted(SLOS), own, strict=True):
        assert [step["value"] for step in steps["steps"][1:]] == objective(slo)["good"]
    for title in ("Allowance left", "Allowance left, day by day"):
        asked = [
            target["expr"] for target in dashboards.panel("executive-summary", title)["targets"]
        ]
        wanted = [f'slo:error_budget:remaining_ratio{{slo="{slo}"}}' for slo in sorted(SLOS)]
        assert asked == wanted


@pytest.mark.parametrize(
    ("uid", "title"),
    [("service-overview", "Latency (P99)"), ("api-server", "P99"), ("api-server", "P99 by route")],
)
def test_the_promised_latency_is_the_slos(uid: str, title: str) -> None:
    metric = SLOS["api-latency"]["spec"]["indicator"]["spec"]["ratioMetric"]["good"]
    edge = re.search(r'le="([0-9.]+)"', metric["metricSource"]["spec"]["query"])

    assert edge is not None
    assert dashboards.thresholds(dashboards.panel(uid, title)) == [float(edge[1])]


@pytest.mark.parametrize(
    ("uid", "title", "alert", "limit"),
    [
        ("ml-inference", "P99 by model", "MLInferenceSlowdown", lambda figure: figure),
        ("infrastructure", "Disks", "DiskFilling", lambda figure: 1 - figure),
        ("infrastructure", "Connections in use", "DatabaseConnectionsHigh", lambda figure: figure),
        ("infrastructure", "Series by service", "CardinalityHigh", lambda figure: figure),
        ("infrastructure", "Failed notifications", "NotificationsFailing", lambda figure: figure),
        # A count of whole restarts is above the limit from the next one on.
        ("infrastructure", "Restarts in the last hour", "PodRestartingTooMuch", lambda n: n + 1),
    ],
)
def test_without_an_objective_red_is_an_alerts_limit(
    uid: str, title: str, alert: str, limit: Callable[[float], float]
) -> None:
    expression = repository.alerts()[alert]["expr"]
    # Zero guards against dividing by nothing.
    (figure,) = {*re.findall(r"[<>]\s*([0-9.]+)(?=\s|$|\))", expression)} - {"0"}

    assert dashboards.thresholds(dashboards.panel(uid, title)) == [limit(float(figure))]


@each_panel
def test_series_have_no_colour_that_means_good_or_bad(uid: str, panel: dashboards.Panel) -> None:
    found = set(dashboards.colours(panel))

    assert not any(colour.endswith(word) for colour in found for word in MEANINGFUL), uid
    if panel["type"] == "timeseries":
        assert panel["fieldConfig"]["defaults"]["color"]["mode"] == "shades"


def test_grafana_finds_what_is_mounted_and_opens_with_the_overview() -> None:
    settings = configparser.ConfigParser(inline_comment_prefixes=None)
    settings.read(ROOT / "grafana" / "grafana.ini")
    (provider,) = repository.load("grafana/provisioning/dashboards/dashboards.yaml")["providers"]
    (source,) = repository.load("grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    scraping = repository.load("prometheus/prometheus.yml")["global"]["scrape_interval"]

    home = settings["dashboards"]["default_home_dashboard_path"]
    assert home == f"{provider['options']['path']}/service-overview.json"
    assert settings["auth.anonymous"]["org_role"] == "Viewer"
    assert source["url"] == "http://prometheus:9090"
    assert source["jsonData"]["timeInterval"] == scraping
