"""Subscribers: the handshake, headers, retries as SNS and Lambda make them, dead letters."""

import json
from urllib.parse import urlsplit

import boto3
import pytest
import requests

from tests.polling import wait_for
from tests.unit.aws.standin.world import REGION, START, TOPIC, World

SNS_PATH = "/sns"
FUNCTION_PATH = "/v2/enqueue"


@pytest.fixture
def here(here: World) -> World:
    """No alarm says anything: all that is delivered is published by the tests."""
    here.document["Resources"]["Errors"]["Properties"]["ActionsEnabled"] = False
    return here


def publish(here: World, text: str = "hello") -> None:
    client = boto3.client("sns", endpoint_url=here.moto, region_name=REGION)
    client.publish(TopicArn=TOPIC, Subject="A subject", Message=text)
    here.deliver()


def confirm(here: World) -> None:
    (asked,) = here.sink.at(SNS_PATH, "SubscriptionConfirmation")
    requests.get(asked["SubscribeURL"], timeout=10).raise_for_status()


def test_an_address_gets_nothing_before_it_has_confirmed(here: World) -> None:
    here.begin()
    here.tick(20)
    publish(here, "before")
    confirm(here)
    publish(here, "after")

    assert [one["Message"] for one in here.sink.at(SNS_PATH)] == ["after"]


def test_the_confirmation_is_what_sns_posts(here: World) -> None:
    here.begin()
    here.tick()

    (post,) = [one for one in here.sink.posts if one.path == SNS_PATH]

    assert post.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert post.headers["x-amz-sns-topic-arn"] == TOPIC
    assert post.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert set(post.body) == {
        *("Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp")
    }
    # A subscriber visits no other place than the stand-in.
    assert post.body["SubscribeURL"].startswith(f"{here.url}/subscriptions?")


def test_the_answer_to_a_confirmation_names_the_subscription(here: World) -> None:
    here.begin()
    here.tick()
    (asked,) = here.sink.at(SNS_PATH, "SubscriptionConfirmation")

    answer = requests.get(asked["SubscribeURL"], timeout=10)

    assert f"<SubscriptionArn>{TOPIC}:" in answer.text


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_wrong_token_confirms_nothing(here: World, token: str) -> None:
    here.begin()
    here.tick()
    query = {"Action": "ConfirmSubscription", "TopicArn": TOPIC, "Token": token}

    answer = requests.get(f"{here.url}/subscriptions", params=query, timeout=10)

    assert answer.status_code == 404
    publish(here)
    assert here.sink.at(SNS_PATH) == []


def test_who_does_not_confirm_is_asked_again_each_minute(here: World) -> None:
    here.begin()
    for _ in range(26):
        here.tick(5)

    asked = here.sink.at(SNS_PATH, "SubscriptionConfirmation")

    assert len(asked) == 3
    assert len({one["MessageId"] for one in asked}) == 1


def test_who_confirmed_is_not_asked_again_after_a_restart(here: World) -> None:
    here.begin()
    here.tick()
    confirm(here)
    here.begin()
    here.tick(120)
    publish(here)

    assert len(here.sink.at(SNS_PATH, "SubscriptionConfirmation")) == 1
    assert len(here.sink.at(SNS_PATH)) == 1


def test_a_notification_has_sns_headers_and_fields_and_no_signature(here: World) -> None:
    here.begin()
    here.tick()
    confirm(here)
    publish(here, "ünïcode")

    post = [one for one in here.sink.posts if one.path == SNS_PATH][-1]

    assert post.headers["x-amz-sns-message-type"] == "Notification"
    assert post.headers["x-amz-sns-message-id"] == post.body["MessageId"]
    assert post.headers["x-amz-sns-subscription-arn"].startswith(f"{TOPIC}:")
    assert post.headers["User-Agent"] == "Amazon Simple Notification Service Agent"
    assert post.body["Message"] == "ünïcode"
    assert post.body["Subject"] == "A subject"
    assert "Signature" not in post.body
    assert urlsplit(post.body["UnsubscribeURL"]).path == "/subscriptions"


def test_unsubscribing_is_the_templates_business(here: World) -> None:
    here.begin()
    here.tick()
    confirm(here)
    publish(here)

    answer = requests.get(here.sink.at(SNS_PATH)[-1]["UnsubscribeURL"], timeout=10)

    assert answer.status_code == 501


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_address_that_fails_is_tried_three_times_more_20_s_apart(
    here: World, status: int
) -> None:
    here.begin()
    here.tick()
    confirm(here)
    here.sink.answers[SNS_PATH] = [status] * 9
    publish(here)
    tries = []
    for _ in range(18):
        here.tick(5)
        tries.append(len(here.sink.at(SNS_PATH)))

    assert [5 * (tries.index(number) + 1) for number in (2, 3, 4)] == [20, 40, 60]
    assert tries[-1] == 4


def test_retries_run_as_fast_as_the_factor_says(here: World) -> None:
    here.factor = 20
    here.begin()
    here.tick()
    confirm(here)
    here.sink.answers[SNS_PATH] = [500]
    publish(here)
    here.tick(1)

    assert len(here.sink.at(SNS_PATH)) == 2


def test_what_fails_once_is_delivered_by_the_retry_alone(here: World) -> None:
    here.begin()
    here.tick()
    confirm(here)
    here.sink.answers[SNS_PATH] = [500]
    publish(here)
    for _ in range(5):
        here.tick(20)

    assert len({one["MessageId"] for one in here.sink.at(SNS_PATH)}) == 1
    assert len(here.sink.at(SNS_PATH)) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 302])
def test_any_other_answer_is_final(here: World, status: int) -> None:
    here.begin()
    here.tick()
    confirm(here)
    here.sink.answers[SNS_PATH] = [status]
    publish(here)
    for _ in range(5):
        here.tick(20)

    assert len(here.sink.at(SNS_PATH)) == 1
    assert here.standin.engine.waiting == 0


def test_a_retry_survives_a_restart(here: World) -> None:
    here.begin()
    here.tick()
    confirm(here)
    here.sink.answers[SNS_PATH] = [500]
    publish(here)
    here.begin()
    here.tick(1)
    assert len(here.sink.at(SNS_PATH)) == 1
    here.tick(20)

    assert len(here.sink.at(SNS_PATH)) == 2


def test_a_function_that_fails_is_called_again_after_a_minute_and_after_two_more(
    here: World,
) -> None:
    here.begin()
    here.tick()
    here.sink.answers[FUNCTION_PATH] = [500] * 9
    publish(here)
    calls = []
    for _ in range(20):
        here.tick(20)
        calls.append(len(here.sink.at(FUNCTION_PATH)))

    assert [20 * (calls.index(number) + 1) for number in (2, 3)] == [60, 180]
    assert calls[-1] == 3


def test_an_event_that_a_function_can_not_take_goes_to_its_dead_letter_queue(here: World) -> None:
    here.begin()
    here.tick()
    here.sink.answers[FUNCTION_PATH] = [500] * 3
    publish(here, "the last words")
    for _ in range(20):
        here.tick(10)
    here.tick(60)
    client = boto3.client("sqs", endpoint_url=here.moto, region_name=REGION)
    url = client.get_queue_url(QueueName="shop-dead")["QueueUrl"]

    (dead,) = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]

    record = json.loads(dead["Body"])["Records"][0]
    assert record["Sns"]["Message"] == "the last words"
    assert "500" in dead["MessageAttributes"]["ErrorMessage"]["StringValue"]
    cloudwatch = boto3.client("cloudwatch", endpoint_url=here.moto, region_name=REGION)
    found = cloudwatch.get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "shop-dead"}],
        StartTime=START,
        EndTime=here.clock.now + 60,
        Period=600,
        Statistics=["Maximum"],
    )
    assert max(one["Maximum"] for one in found["Datapoints"]) == 1


def test_a_subscriber_that_hangs_holds_up_nobody_else(here: World) -> None:
    here.begin()
    here.tick()
    confirm(here)
    here.sink.holds = SNS_PATH
    client = boto3.client("sns", endpoint_url=here.moto, region_name=REGION)
    client.publish(TopicArn=TOPIC, Message="hello")
    here.standin.engine.tick()
    wait_for(lambda: here.sink.at(FUNCTION_PATH), "the function is called", seconds=10)

    assert here.sink.at(SNS_PATH) == []
    here.sink.held.set()
    here.deliver()
    assert len(here.sink.at(SNS_PATH)) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Type": "SubscriptionConfirmation"}, 400),
        ({"TopicArn": f"{TOPIC}-other"}, 400),
        ({"Message": None}, 400),
        ({"Message": "x" * 700_000}, 413),
        ({}, 200),
    ],
)
def test_what_is_no_notification_of_the_topic_is_refused(
    here: World, change: dict[str, object], status: int
) -> None:
    here.begin()
    envelope = {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": TOPIC,
        "Message": "hello",
        "Timestamp": "2026-11-25T04:31:00.000Z",
    }

    answer = requests.post(f"{here.url}/sns/shop-critical", json=envelope | change, timeout=10)

    assert answer.status_code == status


def test_a_body_that_is_no_json_is_refused(here: World) -> None:
    here.begin()

    answer = requests.post(f"{here.url}/sns/shop-critical", data=b"\xff", timeout=10)

    assert answer.status_code == 400
