"""alertmanager.yml as it stands: grouping, times (specification, 5.3), receivers and secrets."""

import pytest
import yaml

from tests.routing.notification import CONFIG

TIMES = ("group_wait", "group_interval", "repeat_interval")


@pytest.fixture(scope="module")
def config() -> dict[str, object]:
    return yaml.safe_load(CONFIG.read_text())


def test_grouping_and_times_are_the_specifications(config: dict) -> None:
    route = config["route"]

    assert route["group_by"] == ["alertname", "severity"]
    assert {name: route[name] for name in TIMES} == {
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
    }
    assert config["global"]["resolve_timeout"] == "5m"


def test_no_route_changes_grouping_or_goes_on_to_the_next(config: dict) -> None:
    for child in config["route"]["routes"]:
        assert child.keys().isdisjoint({"group_by", "continue", "routes"})


def test_only_the_sign_of_life_has_times_of_its_own(config: dict) -> None:
    times = {
        child["receiver"]: {key: value for key, value in child.items() if key in TIMES}
        for child in config["route"]["routes"]
    }

    assert times == {
        # Every minute, whether or not the last one's answer was a little late.
        "heartbeat": {"group_wait": "0s", "group_interval": "1m", "repeat_interval": "50s"},
        "pagerduty-critical": {},
        "slack-warning": {},
    }


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
        "heartbeat": {"webhook_configs": [None]},
    }


def test_the_sign_of_life_goes_to_the_sink(config: dict) -> None:
    (heartbeat,) = [r for r in config["receivers"] if r["name"] == "heartbeat"]
    (webhook,) = heartbeat["webhook_configs"]

    assert webhook["url"] == "http://sink:8002/heartbeat"
    # Within its turn.
    assert webhook["timeout"] == "10s"


def test_people_are_told_when_an_alert_is_over_and_the_sign_of_life_just_stays_away(
    config: dict,
) -> None:
    for receiver in config["receivers"]:
        for kind in receiver.keys() - {"name"}:
            for integration in receiver[kind]:
                told = integration["send_resolved"]
                assert told is (receiver["name"] != "heartbeat"), receiver["name"]


def test_pagerduty_is_the_sink_and_is_told_the_severity(config: dict) -> None:
    (pagerduty,) = next(
        r["pagerduty_configs"] for r in config["receivers"] if "pagerduty_configs" in r
    )

    assert config["global"]["pagerduty_url"] == "http://sink:8002/v2/enqueue"
    # One of the four words of Events API v2.
    assert pagerduty["severity"] == "critical"


def test_secrets_are_files(config: dict) -> None:
    (pagerduty,) = next(
        r["pagerduty_configs"] for r in config["receivers"] if "pagerduty_configs" in r
    )

    assert config["global"]["slack_api_url_file"] == "/run/secrets/slack_api_url"
    assert pagerduty["routing_key_file"] == "/run/secrets/pagerduty_routing_key"
    # service_key would speak Events API v1.
    assert pagerduty.keys().isdisjoint({"routing_key", "service_key", "service_key_file", "url"})
