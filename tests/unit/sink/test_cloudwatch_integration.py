"""PagerDuty's Amazon CloudWatch integration: alarms straight from a topic."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.sink.notifications import ROUTING_KEY
from tests.unit.sink.sns_deliveries import (
    ALARM_ARN,
    DASHBOARD,
    LOCAL,
    RUNBOOK,
    Aws,
    Signer,
    alarm,
    confirmation,
    notification,
    post,
)

URL = f"/integration/{ROUTING_KEY}/enqueue"
OWN_KEY = "fedcba9876543210fedcba9876543210"


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    """A sink beside the stand-in."""
    return {**settings, "SNS_LOCAL_URL": LOCAL}


@pytest.fixture
def own_key(settings: dict[str, str], tmp_path: Path) -> None:
    """A key of the integration's own."""
    (tmp_path / "cloudwatch_key").write_text(f"{OWN_KEY}\n")
    settings["PAGERDUTY_CLOUDWATCH_KEY_FILE"] = str(tmp_path / "cloudwatch_key")


async def incidents(sink: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await sink.get("/api/v1/incidents")).json()["incidents"]
    return found


async def test_an_alarm_opens_an_incident_and_its_end_resolves_it(sink: httpx.AsyncClient) -> None:
    answer = await post(sink, notification(alarm(), 1), URL)
    assert answer.status_code == 202
    success = {"status": "success", "message": "Event processed", "dedup_key": ALARM_ARN}
    assert answer.json() == success
    (one,) = await incidents(sink)
    assert (one["status"], one["severity"], one["dedup_key"]) == (
        "triggered",
        "critical",
        ALARM_ARN,
    )
    assert (one["client"], one["class"], one["group"]) == (
        "Amazon CloudWatch",
        "HighErrorRate",
        "platform",
    )
    assert one["summary"] == 'ALARM: "sre-reference-HighErrorRate" in Asia Pacific (Tokyo)'
    assert one["custom_details"]["reason"].startswith("Threshold Crossed")
    links = [{"href": RUNBOOK, "text": "Runbook"}, {"href": DASHBOARD, "text": "Dashboard"}]
    assert one["links"] == links
    assert (await post(sink, notification(alarm("OK", "ALARM"), 2), URL)).status_code == 202
    (one,) = await incidents(sink)
    assert (one["status"], len(one["events"])) == ("resolved", 2)


async def test_an_alarm_that_aws_signed_is_taken_too(
    sink: httpx.AsyncClient, signer: Signer
) -> None:
    assert (await post(sink, signer.sign(notification(alarm())), URL)).status_code == 202
    tampered = {**signer.sign(notification(alarm("OK"), 2)), "Message": alarm()}
    assert (await post(sink, tampered, URL)).status_code == 403
    assert len(await incidents(sink)) == 1


async def test_an_alarm_of_few_words_pages_all_the_same(sink: httpx.AsyncClient) -> None:
    few = alarm(AlarmDescription="", AlarmArn=None)
    await post(sink, notification(few, Subject=None), URL)
    (one,) = await incidents(sink)
    assert (one["dedup_key"], one["severity"]) == ("sre-reference-HighErrorRate", "critical")
    assert (one["summary"], one["links"]) == ("ALARM: sre-reference-HighErrorRate", [])


async def test_a_message_that_comes_again_is_one_event(sink: httpx.AsyncClient) -> None:
    answers = [await post(sink, notification(alarm()), URL) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    (one,) = await incidents(sink)
    assert len(one["events"]) == 1


async def test_a_topic_may_deliver_to_the_integration_and_to_a_subscriber(
    sink: httpx.AsyncClient,
) -> None:
    for path in (URL, "/sns"):
        assert (await post(sink, notification(alarm()), path)).is_success
    found = (await sink.get("/api/v1/deliveries")).json()["deliveries"]
    assert [one["via"] for one in found] == ["pagerduty", "sns"]


async def test_missing_data_changes_nothing(sink: httpx.AsyncClient) -> None:
    await post(sink, notification(alarm(), 1), URL)
    before = await incidents(sink)
    answer = await post(sink, notification(alarm("INSUFFICIENT_DATA", "ALARM"), 2), URL)
    assert answer.status_code == 202
    assert answer.json()["message"] == "INSUFFICIENT_DATA changes nothing"
    assert await incidents(sink) == before


async def test_a_message_that_is_no_alarm_is_refused_clearly(sink: httpx.AsyncClient) -> None:
    answer = await post(sink, notification("hello"), URL)
    assert answer.status_code == 400
    assert answer.json()["errors"] == ["Message is not that of a CloudWatch alarm"]


async def test_a_subscription_is_confirmed_and_opens_nothing(
    sink: httpx.AsyncClient, aws: Aws
) -> None:
    delivery = confirmation(LOCAL)
    aws.answers[delivery["SubscribeURL"]] = (200, b"")
    assert (await post(sink, delivery, URL)).status_code == 202
    assert aws.visited == [delivery["SubscribeURL"]]
    elsewhere = confirmation("http://evil.example")
    assert (await post(sink, elsewhere, URL)).status_code == 403
    assert len(aws.visited) == 1
    assert await incidents(sink) == []


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (OWN_KEY, "Invalid routing key"),
        ("short", "Length of 'routing_key' is incorrect (should be 32 characters)"),
    ],
)
async def test_another_key_is_refused_as_the_other_api_does(
    sink: httpx.AsyncClient, key: str, error: str
) -> None:
    answer = await post(sink, notification(alarm()), f"/integration/{key}/enqueue")
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": [error],
    }
    assert await incidents(sink) == []


@pytest.mark.usefixtures("own_key")
async def test_the_integration_may_have_a_key_of_its_own(sink: httpx.AsyncClient) -> None:
    assert (await post(sink, notification(alarm()), URL)).status_code == 400
    answer = await post(sink, notification(alarm()), f"/integration/{OWN_KEY}/enqueue")
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "path", ["/integration/{}", "/integration/{}/other", "/integration//{}/enqueue"]
)
async def test_there_is_nothing_beside_it(sink: httpx.AsyncClient, path: str) -> None:
    answer = await post(sink, notification(alarm()), path.format(ROUTING_KEY))
    assert answer.status_code == 404
    assert ROUTING_KEY not in answer.text
