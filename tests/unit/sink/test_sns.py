"""Deliveries of Amazon SNS: what is taken, kept and confirmed, and what is refused."""

import json
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

from tests.unit.sink.conftest import Process
from tests.unit.sink.sns_deliveries import (
    ALARM_ARN,
    CERTIFICATE_URL,
    DASHBOARD,
    LOCAL,
    RUNBOOK,
    TOKEN,
    TOPIC,
    Aws,
    Signer,
    alarm,
    confirmation,
    headers,
    notification,
    post,
)


@pytest.fixture
def local(settings: dict[str, str]) -> None:
    """A sink beside the local stand-in for AWS."""
    settings["SNS_LOCAL_URL"] = LOCAL


async def stored(sink: httpx.AsyncClient) -> list[dict[str, Any]]:
    deliveries: list[dict[str, Any]] = (await sink.get("/api/v1/deliveries")).json()["deliveries"]
    return deliveries


@pytest.mark.parametrize("version", ["1", "2"])
async def test_an_alarm_that_aws_signed_is_kept_and_made_readable(
    sink: httpx.AsyncClient, signer: Signer, version: str
) -> None:
    answer = await post(sink, signer.sign(notification(alarm()), version))
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    (one,) = await stored(sink)
    assert one.pop("received_at").endswith("Z")
    envelope = notification(alarm())
    del envelope["UnsubscribeURL"]
    assert one == {
        "seq": 1,
        "via": "sns",
        "channel": "sre-reference-critical",
        "dedup_key": envelope["MessageId"],
        "action": "message",
        "payload": {
            **envelope,
            "signature": f"version {version}",
            "alarm": {
                "name": "sre-reference-HighErrorRate",
                "arn": ALARM_ARN,
                "old_state": "OK",
                "new_state": "ALARM",
                "reason": "Threshold Crossed: 1 datapoint [0.2987] was greater than 0.01.",
                "region": "Asia Pacific (Tokyo)",
                "at": "2026-01-15T10:30:00.123Z",
                "alertname": "HighErrorRate",
                "severity": "critical",
                "team": "platform",
                "job": "api",
                "summary": "More than 1% of API requests fail.",
                "description": "5xx answers are more than 1% of all.",
                "runbook_url": RUNBOOK,
                "dashboard_url": DASHBOARD,
                "dedup_key": None,
            },
        },
    }


async def test_any_other_message_is_kept_as_its_text(
    sink: httpx.AsyncClient, signer: Signer
) -> None:
    delivery = notification("hello")
    del delivery["Subject"]
    assert (await post(sink, signer.sign(delivery))).status_code == 200
    (one,) = await stored(sink)
    assert (one["payload"]["Message"], one["payload"]["alarm"]) == ("hello", None)


async def test_what_aws_did_not_sign_is_refused_where_there_is_no_stand_in(
    sink: httpx.AsyncClient, aws: Aws
) -> None:
    for delivery in (notification(), confirmation(), confirmation(LOCAL)):
        answer = await post(sink, delivery)
        assert answer.status_code == 403
        assert answer.json()["detail"] == "The delivery is not signed."
    assert await stored(sink) == []
    assert aws.visited == []


@pytest.mark.usefixtures("local")
async def test_the_stand_ins_unsigned_deliveries_are_taken_and_marked(
    sink: httpx.AsyncClient,
) -> None:
    assert (await post(sink, notification())).status_code == 200
    (one,) = await stored(sink)
    assert one["payload"]["signature"] == "unsigned (local)"


@pytest.mark.usefixtures("local")
async def test_beside_the_stand_in_a_signature_still_has_to_be_right(
    sink: httpx.AsyncClient, signer: Signer
) -> None:
    tampered = {**signer.sign(notification()), "Message": "tampered"}
    assert (await post(sink, tampered)).status_code == 403
    # Without its certificate's address it is no unsigned one.
    del tampered["SigningCertURL"]
    assert (await post(sink, tampered)).status_code == 403
    assert (await post(sink, signer.sign(notification()))).status_code == 200


async def test_a_subscription_is_confirmed_at_aws_and_kept_without_its_secret(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws
) -> None:
    delivery = signer.sign(confirmation())
    aws.answers[delivery["SubscribeURL"]] = (200, b"<ConfirmSubscriptionResponse/>")
    assert (await post(sink, delivery)).status_code == 200
    assert aws.visited == [CERTIFICATE_URL, delivery["SubscribeURL"]]
    (one,) = await stored(sink)
    assert (one["action"], one["channel"]) == ("subscribe", "sre-reference-critical")
    assert TOKEN not in json.dumps(one)


@pytest.mark.usefixtures("local")
async def test_a_subscription_is_confirmed_at_the_stand_in(
    sink: httpx.AsyncClient, aws: Aws
) -> None:
    delivery = confirmation(LOCAL)
    aws.answers[delivery["SubscribeURL"]] = (200, b"")
    assert (await post(sink, delivery)).status_code == 200
    assert aws.visited == [delivery["SubscribeURL"]]


@pytest.mark.parametrize(
    ("status", "answered"), [(500, 503), (503, 503), (429, 503), (400, 400), (301, 400)]
)
async def test_a_confirmation_that_fails_is_tried_again_only_where_that_can_help(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws, status: int, answered: int
) -> None:
    delivery = signer.sign(confirmation())
    aws.answers[delivery["SubscribeURL"]] = (status, b"")
    assert (await post(sink, delivery)).status_code == answered
    assert await stored(sink) == []
    # What SNS sends again is confirmed once it can be.
    aws.answers[delivery["SubscribeURL"]] = (200, b"")
    assert (await post(sink, delivery)).status_code == 200
    assert [one["action"] for one in await stored(sink)] == ["subscribe"]


async def test_an_address_that_cannot_be_reached_is_tried_again(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws
) -> None:
    delivery = signer.sign(confirmation())
    aws.answers[delivery["SubscribeURL"]] = httpx.ConnectTimeout("too late")
    answer = await post(sink, delivery)
    assert answer.status_code == 503
    assert TOKEN not in answer.text


async def test_an_old_confirmation_does_not_subscribe_again(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws
) -> None:
    delivery = signer.sign(confirmation())
    aws.answers[delivery["SubscribeURL"]] = (200, b"")
    for _ in range(2):
        assert (await post(sink, delivery)).status_code == 200
    assert aws.visited.count(delivery["SubscribeURL"]) == 1


async def test_an_end_of_a_subscription_is_kept_and_not_taken_back(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws
) -> None:
    delivery = signer.sign(confirmation(Type="UnsubscribeConfirmation"))
    assert (await post(sink, delivery)).status_code == 200
    assert aws.visited == [CERTIFICATE_URL]
    (one,) = await stored(sink)
    assert (one["action"], one["payload"]["Type"]) == ("unsubscribe", "UnsubscribeConfirmation")
    assert TOKEN not in json.dumps(one)


@pytest.mark.usefixtures("local")
async def test_a_message_that_comes_again_is_kept_once(sink: httpx.AsyncClient) -> None:
    for number in (1, 2, 1, 1):
        assert (await post(sink, notification(number=number))).status_code == 200
    assert [one["dedup_key"][-1] for one in await stored(sink)] == ["1", "2"]


def test_a_message_that_comes_again_after_a_restart_is_kept_once(process: Process) -> None:
    process.environment["SNS_LOCAL_URL"] = LOCAL
    delivery = notification(alarm())
    for _ in range(2):
        process.start()
        answer = requests.post(
            f"{process.url}/sns", json.dumps(delivery), headers=headers(delivery), timeout=5
        )
        assert answer.status_code == 200
        found = requests.get(f"{process.url}/api/v1/deliveries", timeout=5).json()["deliveries"]
        assert [one["dedup_key"] for one in found] == [delivery["MessageId"]]
        process.end(signal.SIGKILL)


@pytest.fixture
def topics(settings: dict[str, str]) -> None:
    """A sink that expects two topics."""
    settings["SNS_TOPIC_ARNS"] = f" {TOPIC}, arn:aws:sns:us-east-1:123456789012:other"


@pytest.mark.usefixtures("topics")
async def test_only_the_topics_that_are_expected_may_deliver(
    sink: httpx.AsyncClient, signer: Signer
) -> None:
    stranger = notification(TopicArn=TOPIC.replace("123456789012", "999999999999"))
    assert (await post(sink, signer.sign(stranger))).status_code == 403
    assert (await post(sink, signer.sign(notification()))).status_code == 200


async def test_deliveries_are_counted_by_their_outcome(
    sink: httpx.AsyncClient, signer: Signer, value: Callable[..., float]
) -> None:
    def counts() -> list[float]:
        return [
            value("sink_deliveries_total", via="sns", outcome=outcome)
            for outcome in ("accepted", "refused")
        ]

    accepted, refused = counts()
    await post(sink, signer.sign(notification()))
    assert counts() == [accepted + 1, refused]
    await post(sink, notification())
    assert counts() == [accepted + 1, refused + 1]


@pytest.mark.usefixtures("local")
async def test_copies_are_no_slack_messages_and_open_no_incident(sink: httpx.AsyncClient) -> None:
    await post(sink, notification(alarm()))
    assert (await sink.get("/api/v1/messages")).json() == {"messages": []}
    assert (await sink.get("/api/v1/incidents")).json() == {"incidents": []}
