"""Every service of docker-compose.yml is confined, watched and kept small."""

import re

import pytest

from deploy.stack.console import ROOT
from tests.contracts import repository

SERVICES = repository.services()
# Runs for as long as a command lasts: nothing to restart, nothing to ask whether it is healthy.
ONE_SHOT = {"loadtest"}
PINNED = re.compile(r"[^:@\s]+(:[0-9]+/[^:@\s]+)?:v?[0-9]+\.[0-9]+[\w.-]*")

each = pytest.mark.parametrize("name", SERVICES)
each_that_stays = pytest.mark.parametrize("name", sorted(SERVICES.keys() - ONE_SHOT))


@each
def test_ports_are_bound_to_this_machine_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:[0-9]+:[0-9]+", port), port


def test_dashboards_are_where_alerts_say() -> None:
    assert SERVICES["grafana"]["ports"] == ["127.0.0.1:3000:3000"]


def test_grafana_gets_the_dashboards_of_this_checkout_and_keeps_nothing() -> None:
    grafana = SERVICES["grafana"]

    assert "./grafana/dashboards:/var/lib/grafana/dashboards:ro" in grafana["volumes"]
    assert "./grafana/provisioning:/etc/grafana/provisioning:ro" in grafana["volumes"]
    assert all(volume.endswith(":ro") for volume in grafana["volumes"])


@each
def test_it_is_confined(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.keys().isdisjoint({"privileged", "cap_add", "devices", "network_mode", "pid"})


@each
def test_it_is_not_root(name: str) -> None:
    user, _, group = SERVICES[name]["user"].partition(":")

    assert int(user) > 0
    assert int(group) > 0


@each
def test_no_container_can_command_the_engine(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        assert "docker.sock" not in str(volume)


@each
def test_what_is_mounted_from_the_machine_is_read_only(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        if volume.startswith((".", "/")):
            assert volume.endswith(":ro"), volume


@each
def test_memory_and_processes_have_a_limit(name: str) -> None:
    assert re.fullmatch(r"[0-9]+m", SERVICES[name]["mem_limit"])
    assert SERVICES[name]["pids_limit"] > 0


@each
def test_logs_are_rotated(name: str) -> None:
    assert SERVICES[name]["logging"]["options"].keys() >= {"max-size", "max-file"}


@each
def test_image_is_pinned(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"]), SERVICES[name]["image"]


@pytest.mark.parametrize("image", ["x:latest", "x", "x:stable", "mirror:5000/x", "x:v1"])
def test_a_floating_tag_is_told_from_a_pinned_one(image: str) -> None:
    assert not PINNED.fullmatch(image)


@each_that_stays
def test_it_comes_back_when_it_dies(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"


@each_that_stays
def test_its_health_is_checked(name: str) -> None:
    check = SERVICES[name]["healthcheck"]

    assert check["test"][0] == "CMD"
    assert check.keys() >= {"interval", "timeout", "retries", "start_period"}


@each
def test_no_secret_is_an_environment_variable(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"PASS|TOKEN|SECRET|KEY|SLACK", variable):
            assert variable.endswith("_FILE"), variable
            assert value.startswith("/run/secrets/"), variable


@each
def test_secrets_that_it_reads_are_given_to_it(name: str) -> None:
    service = SERVICES[name]
    words = [*service.get("environment", {}).values(), *service.get("command", [])]
    read = {found for word in words for found in re.findall(r"/run/secrets/([a-z_]+)", str(word))}

    assert read <= set(service.get("secrets", []))


@pytest.mark.parametrize(
    ("mount", "seen"),
    [
        ("/host/root", True),
        ("/host/root/boot/efi", True),
        ("/host/root/home", True),
        ("/host/root/var/lib/docker", True),
        ("/host/root/var/lib/dockerish/data", True),
        ("/drill-disk", True),
        ("/host/root/var/lib/docker/overlay2/39b892d4/merged", False),
        ("/host/root/var/lib/docker/volumes/sre-reference_drill-disk/_data", False),
        ("/host/root/dev/shm", False),
        ("/host/root/run/user/1000", False),
        ("/etc/hosts", False),
        ("/proc/keys", False),
    ],
)
def test_disks_are_watched_and_what_containers_mount_is_not(mount: str, seen: bool) -> None:  # noqa: FBT001 - a parameter
    flag = "--collector.filesystem.mount-points-exclude="
    (word,) = (word for word in SERVICES["node-exporter"]["command"] if word.startswith(flag))
    # Compose reads `$$` as one dollar; to Python and to RE2 the rest means the same.
    excluded = word.removeprefix(flag).replace("$$", "$")

    assert (re.search(excluded, mount) is None) == seen


def test_the_disk_that_drills_fill_is_small_and_called_what_the_alert_calls_it() -> None:
    options = repository.load("docker-compose.yml")["volumes"]["drill-disk"]["driver_opts"]
    expression = repository.alerts()["DiskFilling"]["expr"]

    assert options["type"] == "tmpfs"
    assert "size=16m" in options["o"].split(",")
    assert f'device="{options["device"]}"' in expression
    assert "drill-disk:/drill-disk" in SERVICES["node-exporter"]["volumes"]


def test_the_exporter_sees_a_database_whose_connections_are_exhausted() -> None:
    roles = (ROOT / "services/postgres/roles.sh").read_text()

    assert "reserved_connections=3" in SERVICES["postgres"]["command"]
    assert re.search(r"^GRANT [\w, ]*pg_use_reserved_connections TO exporter;", roles, re.MULTILINE)


def test_all_of_it_fits_the_machine() -> None:
    # Megabytes of limits; what is used is measured elsewhere.
    core = [service for service in SERVICES.values() if "profiles" not in service]

    assert sum(int(service["mem_limit"][:-1]) for service in core) <= 2560
    assert sum(int(service["mem_limit"][:-1]) for service in SERVICES.values()) <= 3968


def test_without_the_profile_nothing_is_sent_anywhere() -> None:
    for name in ("api", "ml", "sink", "grafana"):
        environment = SERVICES[name]["environment"]
        assert {variable for variable, value in environment.items() if value == ""} >= (
            {"TRACE_VIEW_URL"}
            if name == "grafana"
            else {"CLOUDWATCH_LOG_GROUP", "OTEL_EXPORTER_OTLP_ENDPOINT", "AWS_ENDPOINT_URL"}
        )


def test_with_the_profile_each_service_has_a_log_group_of_its_own() -> None:
    services = repository.services(AWS_LOCAL="on")

    groups = [
        services[name]["environment"]["CLOUDWATCH_LOG_GROUP"] for name in ("api", "ml", "sink")
    ]
    assert groups == ["/sre-reference/api", "/sre-reference/ml", "/sre-reference/sink"]
