"""What a person reads: every text of Slack and PagerDuty, rendered from notifications/*.json."""

import json
import re
from functools import cache

import pytest
import yaml

from tests.routing import notification

CASES = sorted(file.stem for file in notification.DATA.glob("*.json"))

# Several tests look at one notification, and each rendering is a container.
render = cache(notification.render)


@pytest.mark.parametrize("case", CASES)
def test_every_text_is_exactly_what_was_agreed(case: str) -> None:
    agreed = yaml.safe_load((notification.DATA / f"{case}.yml").read_text())

    assert render(case) == agreed


@pytest.mark.parametrize("place", ["slack.fallback", "pagerduty.description"])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("HighErrorRate", id="what"),
        pytest.param("api", id="where"),
        pytest.param("29.87% of the requests", id="how bad"),
        pytest.param("These users get no prediction", id="what it means to users"),
        pytest.param("since 03:12 UTC", id="since when"),
    ],
)
def test_lock_screen_answers_what_someone_woken_asks(place: str, answer: str) -> None:
    # What iOS shows of a notification without opening it.
    assert answer in render("firing")[place][:178]


@pytest.mark.parametrize("case", CASES)
def test_title_and_summary_begin_as_their_readers_expect(case: str) -> None:
    data = json.loads((notification.DATA / f"{case}.json").read_text())
    name = data["groupLabels"]["alertname"]
    texts = render(case)

    assert re.match(r"^\[(FIRING|RESOLVED)\] (\w+)", texts["slack.title"])
    assert texts["pagerduty.description"].startswith(name)
    # PagerDuty refuses an event without a source.
    assert texts["pagerduty.source"]


@pytest.mark.parametrize("place", ["slack.fallback", "slack.text", "pagerduty.description"])
def test_resolved_notice_says_how_long_it_lasted(place: str) -> None:
    assert "at 00:20 UTC after 28m 15s" in render("resolved")[place]


@pytest.mark.parametrize("place", ["slack.fallback", "slack.text", "pagerduty.description"])
def test_several_alerts_are_listed_each_with_its_own_time(place: str) -> None:
    text = render("several")[place]

    assert "api since 03:14 UTC" in text
    assert "ml since 03:12 UTC" in text


def test_incident_began_when_the_first_of_several_alerts_fired() -> None:
    assert render("several")["pagerduty.details.since"] == "2026-11-24 03:12 UTC"


def test_an_alert_that_is_over_is_not_called_firing_while_another_is() -> None:
    texts = render("partly_resolved")

    assert texts["slack.title"].startswith("[FIRING]")
    assert "api resolved" in texts["slack.text"]
    assert "api" not in texts["pagerduty.details.firing"]


def test_runbook_and_dashboard_are_one_click_away() -> None:
    texts = render("firing")
    runbook = "http://localhost:8002/runbooks/HighErrorRate"
    dashboard = "http://localhost:3000/d/api-server"

    assert (texts["slack.actions.0.url"], texts["slack.actions.1.url"]) == (runbook, dashboard)
    assert (texts["pagerduty.links.0.href"], texts["pagerduty.links.1.href"]) == (
        runbook,
        dashboard,
    )


def test_markup_in_labels_and_annotations_is_text() -> None:
    for place, text in render("markup_in_labels").items():
        if place.startswith("slack."):
            assert re.search(r"[<>]|&(?!amp;|lt;|gt;)", text) is None, place


def test_colour_tells_severity_and_status() -> None:
    assert [render(case)["slack.color"] for case in ("firing", "several", "bare", "resolved")] == [
        "danger",
        "warning",
        "#439FE0",
        "good",
    ]


def test_slack_reads_the_same_in_every_channel() -> None:
    slack = [
        notification.receiver(name)["slack_configs"][0]
        for name in ("default", "slack-warning", "pagerduty-critical")
    ]

    for one in slack:
        assert one | {"channel": ""} == slack[0] | {"channel": ""}
