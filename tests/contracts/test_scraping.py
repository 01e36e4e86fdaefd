"""Prometheus scrapes what Compose runs, and knows containers by their control groups."""

import re

import pytest

from tests.contracts import repository

ID = "39b892d4f672337d1b91a85e7ed54ce0c755346d67723e30811694c2e81efbfc"
# Job → the address that it scrapes.
TARGETS = {
    "prometheus": "prometheus:9090",
    "alertmanager": "alertmanager:9093",
    "api": "api:8000",
    "ml": "ml-1:8001",
    "sink": "sink:8002",
    "postgres": "postgres-exporter:9187",
    "node": "node-exporter:9100",
    "cadvisor": "cadvisor:8080",
}


# More of a service shares its group: containers are told apart by their ids.
WITH_GROUPS = [name for name in repository.services() if name != "ml-extra"]


def container(group: str) -> dict[str, str] | None:
    """Return the labels that Prometheus gives a container's series; None for one that it drops."""
    _, *rules = repository.scrape_configs()["cadvisor"]["metric_relabel_configs"]
    labels = {"id": group}
    for rule in rules:
        (source,) = rule["source_labels"]
        # Prometheus anchors at both ends; what is used here means the same to Python and to RE2.
        found = re.fullmatch(rule["regex"], labels.get(source, ""))
        if rule.get("action") == "keep" and not found:
            return None
        if "target_label" in rule and found:
            labels[rule["target_label"]] = found.expand(rule["replacement"].replace("$", "\\"))
    return labels


def test_intervals_and_alertmanager_are_the_specifications() -> None:
    config = repository.load("prometheus/prometheus.yml")
    (alertmanager,) = config["alerting"]["alertmanagers"]

    assert config["global"]["scrape_interval"] == "15s"
    assert config["global"]["evaluation_interval"] == "15s"
    assert alertmanager == {"static_configs": [{"targets": ["alertmanager:9093"]}]}
    assert config["rule_files"] == ["/etc/prometheus/rules/*.yml"]


def test_every_job_scrapes_a_service_of_the_stack() -> None:
    targets = {
        name: [target for static in job["static_configs"] for target in static["targets"]]
        for name, job in repository.scrape_configs().items()
    }

    assert targets == {job: [address] for job, address in TARGETS.items()}
    hosts = {address.partition(":")[0] for address in TARGETS.values()}
    assert hosts <= repository.services().keys() | aliases()
    # Its own name there, whoever else is called so.
    (ml,) = repository.scrape_configs()["ml"]["static_configs"]
    assert ml["labels"] == {"instance": "ml:8001"}


def aliases() -> set[str]:
    networks = [one.get("networks", {}) for one in repository.services().values()]
    return {alias for one in networks for alias in one.get("default", {}).get("aliases", [])}


@pytest.mark.parametrize(
    ("seen", "meant"),
    [("/host/root", "/"), ("/host/root/boot", "/boot"), ("/drill-disk", "/drill-disk")],
)
def test_disks_are_known_by_their_places_on_the_machine(seen: str, meant: str) -> None:
    (rule,) = repository.scrape_configs()["node"]["metric_relabel_configs"]
    found = re.fullmatch(rule["regex"], seen)

    assert (rule["source_labels"], rule["target_label"]) == (["mountpoint"], "mountpoint")
    assert (found.expand(rule["replacement"].replace("$", "\\")) if found else seen) == meant


def test_our_own_services_may_have_few_series_only() -> None:
    for job in ("api", "ml", "sink"):
        assert repository.scrape_configs()[job]["sample_limit"] <= 2000


@pytest.mark.parametrize("project", ["sre-reference", "sre-reference-test"])
@pytest.mark.parametrize("service", WITH_GROUPS)
def test_container_is_known_by_project_and_service(project: str, service: str) -> None:
    parents = "/".join(
        "-".join((project + "-" + service).split("-")[: count + 1]) + ".slice"
        for count in range((project + "-" + service).count("-") + 1)
    )
    groups = {
        "cgroupfs": f"/{project}-{service}.slice/{ID}",
        "systemd": f"/{parents}/docker-{ID}.scope",
        "engine in a group of its own": f"/system.slice/engine/{project}-{service}.slice/{ID}",
    }

    for group in groups.values():
        labels = container(group)
        assert labels is not None, group
        assert (labels["project"], labels["service"]) == (project, service), group


@pytest.mark.parametrize(
    "group",
    [
        pytest.param("/", id="the machine"),
        pytest.param("/system.slice/docker.service", id="the engine"),
        pytest.param(f"/docker/{ID}", id="another project's container"),
        pytest.param(f"/sre-reference-mysql.slice/{ID}", id="a service that isn't ours"),
        pytest.param("/sre-reference-api.slice", id="the group that holds the container"),
        pytest.param(
            "/sre.slice/sre-reference.slice/sre-reference-postgres.slice/"
            "sre-reference-postgres-exporter.slice",
            id="a group that holds another's",
        ),
        pytest.param(f"/sre-reference-api.slice/{ID}/init", id="a group inside the container"),
    ],
)
def test_what_is_no_container_of_ours_is_dropped(group: str) -> None:
    """Kept, its usage would count beside the containers that it holds or belongs to."""
    assert container(group) is None


@pytest.mark.parametrize("service", WITH_GROUPS)
def test_compose_names_control_groups_as_the_scraping_expects(service: str) -> None:
    labels = container(f"/{repository.services()[service]['cgroup_parent']}/{ID}")

    assert labels is not None
    assert labels["service"] == service
