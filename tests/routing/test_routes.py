"""Who is told: each severity's receivers, and grouping and times as in the specification's 5.3."""

import pytest
import yaml

from tests.routing.notification import CONFIG
from tests.tools import amtool

FILE = "--config.file=/etc/alertmanager/alertmanager.yml"


@pytest.fixture(scope="module")
def config() -> dict[str, object]:
    return yaml.safe_load(CONFIG.read_text())


def test_alertmanager_accepts_the_configuration() -> None:
    assert "SUCCESS" in amtool("check-config", "/etc/alertmanager/alertmanager.yml")


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        pytest.param(["severity=critical"], "pagerduty-critical", id="critical"),
        pytest.param(["severity=warning"], "slack-warning", id="warning"),
        pytest.param(["severity=info"], "default", id="info"),
        pytest.param(["alertname=Nameless"], "default", id="no severity"),
        pytest.param(["severity=catastrophic"], "default", id="unknown severity"),
        pytest.param(["severity=Critical"], "default", id="severity in capitals"),
        pytest.param(["severity=critical-ish"], "default", id="severity only begins alike"),
        pytest.param(["severity=critical", "team=ml"], "pagerduty-critical", id="any team"),
    ],
)
def test_alert_reaches_exactly_one_receiver(labels: list[str], receiver: str) -> None:
    assert amtool("config", "routes", "test", FILE, *labels).split() == [receiver]


def test_grouping_and_times_are_the_specifications(config: dict) -> None:
    route = config["route"]

    assert route["group_by"] == ["alertname", "severity"]
    assert {name: route[name] for name in ("group_wait", "group_interval", "repeat_interval")} == {
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
    }
    assert config["global"]["resolve_timeout"] == "5m"


def test_no_route_changes_grouping_or_goes_on_to_the_next(config: dict) -> None:
    for child in config["route"]["routes"]:
        assert child.keys() == {"matchers", "receiver"}


def test_each_receiver_posts_to_its_own_channels_and_nowhere_else(config: dict) -> None:
    channels = {
        receiver["name"]: {
            kind: [one.get("channel") for one in integrations]
            for kind, integrations in receiver.items()
            if kind != "name"
        }
        for receiver in config["receivers"]
    }

    assert channels == {
        "default": {"slack_configs": ["#alerts"]},
        "pagerduty-critical": {
            "slack_configs": ["#alerts-critical"],
            "pagerduty_configs": [None],
        },
        "slack-warning": {"slack_configs": ["#alerts-warning"]},
    }


def test_every_integration_tells_when_an_alert_is_over(config: dict) -> None:
    for receiver in config["receivers"]:
        for kind in receiver.keys() - {"name"}:
            for integration in receiver[kind]:
                assert integration["send_resolved"] is True, receiver["name"]


def test_secrets_are_files(config: dict) -> None:
    (pagerduty,) = next(
        r["pagerduty_configs"] for r in config["receivers"] if "pagerduty_configs" in r
    )

    assert config["global"]["slack_api_url_file"] == "/run/secrets/slack_api_url"
    assert pagerduty["routing_key_file"] == "/run/secrets/pagerduty_routing_key"
    # service_key would speak Events API v1.
    assert pagerduty.keys().isdisjoint({"routing_key", "service_key", "service_key_file", "url"})


def test_nothing_is_inhibited(config: dict) -> None:
    assert "inhibit_rules" not in config
