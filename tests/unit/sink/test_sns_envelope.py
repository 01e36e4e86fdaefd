"""What is a delivery of SNS at all, and what SNS is told of anything else."""

import json
import re
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sink.sns import envelope
from telemetry.problems import Problem
from tests.unit.sink.sns_deliveries import (
    LOCAL,
    TOPIC,
    Aws,
    confirmation,
    headers,
    notification,
    post,
)

TYPES = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")

# JSON as anybody may send it.
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    """A sink beside the stand-in: what is refused is not so for want of a signature."""
    return {**settings, "SNS_LOCAL_URL": LOCAL}


async def refused(sink: httpx.AsyncClient, body: bytes, **changes: str) -> httpx.Response:
    """Deliver something, and return the refusal, after which nothing is kept."""
    answer = await sink.post("/sns", content=body, headers=headers(notification(), **changes))
    assert (await sink.get("/api/v1/deliveries")).json() == {"deliveries": []}
    assert answer.headers["content-type"] == "application/problem+json"
    return answer


@pytest.mark.parametrize("kind", ["", "notification", "Other", "SubscriptionConfirmation"])
async def test_the_header_says_what_it_is(sink: httpx.AsyncClient, kind: str) -> None:
    body = json.dumps(notification()).encode()
    answer = await refused(sink, body, **{"x-amz-sns-message-type": kind})
    assert answer.status_code == 400
    assert "x-amz-sns-message-type" in answer.json()["detail"]


async def test_without_the_header_it_is_no_delivery(sink: httpx.AsyncClient) -> None:
    answer = await sink.post("/sns", json=notification())
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"Type": NaN}',
        b'{"Message": "\\udfff"}',
        b'{"a":' * 100 + b"1" + b"}" * 100,
    ],
)
async def test_what_is_no_json_object_is_refused(sink: httpx.AsyncClient, body: bytes) -> None:
    answer = await refused(sink, body)
    assert (answer.status_code, answer.json()["detail"]) == (400, "The body is no JSON object.")


@pytest.mark.parametrize("value", [None, "", 5, ["x"]])
@pytest.mark.parametrize("field", ["MessageId", "TopicArn", "Message", "Timestamp"])
async def test_a_field_that_is_missing_or_no_text_is_named(
    sink: httpx.AsyncClient, field: str, value: object
) -> None:
    answer = await refused(sink, json.dumps(notification(**{field: value})).encode())
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"Missing, or no text of use: {field}."


@pytest.mark.parametrize("field", ["Token", "SubscribeURL"])
async def test_a_confirmation_needs_more(sink: httpx.AsyncClient, field: str) -> None:
    answer = await post(sink, confirmation(LOCAL, **{field: None}))
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        f"Missing, or no text of use: {field}.",
    )


@pytest.mark.parametrize(
    "arn",
    [
        "sre-reference-critical",
        "arn:aws:sqs:ap-northeast-1:123456789012:queue",
        "arn:aws:sns:ap-northeast-1:12345:topic",
        "arn:aws:sns::123456789012:topic",
        "arn:aws:sns:ap-northeast-1.evil:123456789012:topic",
        "arn:aws:sns:ap-northeast-1:123456789012:topic:subscription",
        "arn:aws:sns:ap-northeast-1:123456789012:#alerts",
        f"{TOPIC}\n",
    ],
)
async def test_a_topic_is_named_by_its_arn(sink: httpx.AsyncClient, arn: str) -> None:
    answer = await refused(sink, json.dumps(notification(TopicArn=arn)).encode())
    assert (answer.status_code, answer.json()["detail"]) == (400, "TopicArn is no ARN of a topic.")


async def test_a_message_of_256_kib_is_taken_and_a_larger_one_refused(
    sink: httpx.AsyncClient,
) -> None:
    for message in ("x" * 262_145, "é" * 131_073):
        body = json.dumps(notification(message), ensure_ascii=False).encode()
        answer = await refused(sink, body)
        assert answer.status_code == 413
        assert answer.json()["detail"] == "Message is larger than 262144 bytes."
    answer = await refused(sink, b'{"Message": "' + b"x" * 512_000 + b'"}')
    assert (answer.status_code, answer.json()["detail"]) == (
        413,
        "The body is larger than 512000 bytes.",
    )
    assert (await post(sink, notification("x" * 262_144))).status_code == 200


@pytest.mark.parametrize("value", ["true", "True"])
async def test_a_raw_delivery_is_told_what_to_change(sink: httpx.AsyncClient, value: str) -> None:
    answer = await refused(sink, b"hello", **{"x-amz-sns-rawdelivery": value})
    assert answer.status_code == 400
    assert "RawMessageDelivery" in answer.json()["detail"]


@pytest.mark.parametrize(
    "url",
    [
        "http://aws:8004/?Action=ConfirmSubscription",
        "https://aws:8003/?Action=ConfirmSubscription",
        "http://aws.evil.example:8003/",
        "http://aws:8003@evil.example/",
        "http://evil.example/?http://aws:8003/",
        "http://evil.example\\@aws:8003/",
        "http://169.254.169.254/latest/meta-data/",
        "http://sink:8002/faults",
        "file:///etc/passwd",
        "//aws:8003/",
        "/?Action=ConfirmSubscription",
        "http://[::1",
        # Nobody signed this one: it is not the real SNS that asks.
        "https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription",
    ],
)
async def test_an_unsigned_subscription_is_confirmed_at_the_stand_in_alone(
    sink: httpx.AsyncClient, aws: Aws, url: str
) -> None:
    answer = await post(sink, confirmation(SubscribeURL=url))
    assert answer.status_code == 403
    assert answer.json()["detail"] == "SubscribeURL is not at http://aws:8003."
    assert aws.visited == []


def read(delivery: object, kind: str) -> envelope.Envelope | None:
    """Return a delivery; None for a refusal, which must be final."""
    try:
        return envelope.read(json.dumps(delivery).encode(), {"x-amz-sns-message-type": kind})
    except Problem as problem:
        if problem.status_code not in {400, 413}:
            raise
        return None


@given(body=json_values, kind=st.sampled_from(TYPES) | st.text(max_size=20))
def test_whatever_comes_is_refused_for_good(body: object, kind: str) -> None:
    assert read(body, kind) is None


@given(body=st.binary(max_size=200), kind=st.sampled_from(TYPES))
def test_bytes_are_no_delivery(body: bytes, kind: str) -> None:
    with pytest.raises(Problem) as refusal:
        envelope.read(body, {"x-amz-sns-message-type": kind})
    assert refusal.value.status_code == 400


@given(
    kind=st.sampled_from(TYPES),
    changes=st.dictionaries(
        st.sampled_from(["MessageId", "TopicArn", "Message", "Subject", "Token", "Type", "x"]),
        json_values,
    ),
)
def test_of_a_delivery_each_documented_field_is_a_text(
    kind: str, changes: dict[str, object]
) -> None:
    delivery: dict[str, Any] = {**confirmation(), "Subject": "x", "Type": kind, **changes}
    found = read(delivery, kind)
    if found is None:
        assert changes
        return
    assert found.fields == delivery
    assert found.topic.arn == delivery["TopicArn"]
    for name in ("MessageId", "Message", "Timestamp", "TopicArn", "Type"):
        assert isinstance(found.fields[name], str)
    assert isinstance(found.fields["Subject"], str | None)


@given(extra=st.dictionaries(st.text(max_size=8).filter(str.islower), json_values, max_size=3))
def test_what_is_kept_is_all_but_the_secrets(extra: dict[str, object]) -> None:
    signed = {"Signature": "x", "SignatureVersion": "1", "SigningCertURL": "x"}
    delivery = {**extra, **confirmation(), **signed, "UnsubscribeURL": "x"}
    found = read(delivery, delivery["Type"])
    if found is None:
        # They are no JSON.
        assert {"NaN", "Infinity"} & set(re.findall(r"NaN|Infinity", json.dumps(delivery)))
        return
    secrets = {"Token", "SubscribeURL", "UnsubscribeURL", *signed}
    assert found.kept() == {name: delivery[name] for name in delivery if name not in secrets}
