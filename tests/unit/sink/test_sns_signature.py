"""Whether AWS signed a delivery."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sink.sns import addresses, envelope, visitor
from sink.sns.signature import Signatures, own_names, string_to_sign
from sink.sns.visitor import Visitor
from telemetry.problems import Problem
from tests.unit.sink.sns_deliveries import (
    AWS,
    CERTIFICATE_URL,
    Aws,
    Signer,
    confirmation,
    headers,
    notification,
    post,
)

DAY = timedelta(days=1)


def read(delivery: dict[str, object]) -> envelope.Envelope:
    return envelope.read(json.dumps(delivery).encode(), headers(delivery))


def test_what_is_signed_is_the_documentations_example() -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html"""
    topic = "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P"
    message = {
        "Type": "Notification",
        "MessageId": "4d4dc071-ddbf-465d-bba8-08f81c89da64",
        "TopicArn": topic,
        "Subject": "My subject",
        "Message": "My Test Message",
        "Timestamp": "2019-01-31T04:37:04.321Z",
    }
    lines = [
        *("Message", "My Test Message"),
        *("MessageId", "4d4dc071-ddbf-465d-bba8-08f81c89da64"),
        *("Subject", "My subject"),
        *("Timestamp", "2019-01-31T04:37:04.321Z"),
        *("TopicArn", topic),
        *("Type", "Notification"),
    ]
    assert string_to_sign(read(message)).decode() == "\n".join(lines) + "\n"
    del message["Subject"]
    assert string_to_sign(read(message)).decode() == "\n".join(lines[:4] + lines[6:]) + "\n"
    url = f"https://sns.us-east-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}"
    asked = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "3d891288-136d-417f-bc05-901c108273ee",
        "Token": "233...",
        "TopicArn": topic,
        "Message": "My Test Message",
        "SubscribeURL": url,
        "Timestamp": "2019-01-31T19:25:13.719Z",
        # Not signed in a confirmation.
        "Subject": "x",
    }
    lines = [
        *("Message", "My Test Message"),
        *("MessageId", "3d891288-136d-417f-bc05-901c108273ee"),
        *("SubscribeURL", url),
        *("Timestamp", "2019-01-31T19:25:13.719Z"),
        *("Token", "233..."),
        *("TopicArn", topic),
        *("Type", "SubscriptionConfirmation"),
    ]
    assert string_to_sign(read(asked)).decode() == "\n".join(lines) + "\n"


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("message", ["hello", "line\nbreak", "ünï ☃ 🚨", '{"a": "\\u0041"}'])
async def test_what_aws_signed_is_believed(
    sink: httpx.AsyncClient, signer: Signer, version: str, message: str
) -> None:
    assert (await post(sink, signer.sign(notification(message), version))).status_code == 200


async def test_without_a_subject_the_rest_is_signed(
    sink: httpx.AsyncClient, signer: Signer
) -> None:
    delivery = notification()
    del delivery["Subject"]
    assert (await post(sink, signer.sign(delivery))).status_code == 200


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Message", "tampered"),
        ("MessageId", "22b80b92-fdea-4c2c-8f9d-999999999999"),
        ("Subject", "OK"),
        ("Subject", None),
        ("Timestamp", "2026-01-15T10:30:02.000Z"),
        ("TopicArn", "arn:aws:sns:ap-northeast-1:123456789012:sre-reference-info"),
        ("Signature", "AAAA"),
        ("Signature", "no base64!"),
        ("Signature", None),
    ],
)
async def test_a_field_that_was_tampered_with_is_noticed(
    sink: httpx.AsyncClient, signer: Signer, version: str, field: str, value: str | None
) -> None:
    answer = await post(sink, {**signer.sign(notification(), version), field: value})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The signature is not that of this message."


async def test_a_confirmations_address_cannot_be_changed(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws
) -> None:
    delivery = signer.sign(confirmation())
    changed = {**delivery, "SubscribeURL": f"{AWS}/?Action=Unsubscribe"}
    assert (await post(sink, changed)).status_code == 403
    assert aws.visited == [CERTIFICATE_URL]


@pytest.mark.parametrize(("signed", "said"), [("1", "2"), ("2", "1"), ("2", "3"), ("2", None)])
async def test_a_signature_has_the_version_that_it_says(
    sink: httpx.AsyncClient, signer: Signer, signed: str, said: str | None
) -> None:
    delivery = {**signer.sign(notification(), signed), "SignatureVersion": said}
    assert (await post(sink, delivery)).status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        # Of another region than the topic's.
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        f"{AWS}.cn/SimpleNotificationService-0123456789abcdef.pem",
        f"{AWS}.evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.ap-northeast-1.amazonaws.com.evil.example/SimpleNotificationService-01.pem",
        "https://evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://evil.example/?sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-01.pem",
        "https://sns.ap-northeast-1.amazonaws.com@evil.example/SimpleNotificationService-01.pem",
        "https://user@sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-01.pem",
        "https://sns.ap-northeast-1.amazonaws.com:8443/SimpleNotificationService-01.pem",
        "https://bucket.s3.ap-northeast-1.amazonaws.com/SimpleNotificationService-01.pem",
        "https://sns.ap-northeast-1.amazonaws.com\\@evil.example/SimpleNotificationService-01.pem",
        f"{AWS}/?Action=ListTopics&x=/SimpleNotificationService-0123456789abcdef.pem",
        f"{AWS}/SimpleNotificationService-0123456789abcdef.pem?x=1",
        f"{AWS}/../SimpleNotificationService-0123456789abcdef.txt",
        f"{AWS}/other.pem",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "https://[::1",
        "no address",
        "",
    ],
)
async def test_a_certificate_is_fetched_from_aws_alone(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws, url: str
) -> None:
    answer = await post(sink, {**signer.sign(notification()), "SigningCertURL": url})
    assert answer.status_code == 403
    assert aws.visited == []


async def test_a_certificate_is_fetched_once(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws
) -> None:
    for number in range(3):
        await post(sink, signer.sign(notification(number=number)))
    assert aws.visited == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "names",
    [
        ("sns.amazonaws.com",),
        ("other.example", "sns.amazonaws.com"),
        ("sns-signing.ap-northeast-1.amazonaws.com", "sns.ap-northeast-1.amazonaws.com"),
    ],
)
async def test_a_certificate_names_sns_among_its_names(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws, names: tuple[str, ...]
) -> None:
    aws.answers[CERTIFICATE_URL] = (200, signer.certificate(*names, common="x"))
    assert (await post(sink, signer.sign(notification()))).status_code == 200


@pytest.mark.parametrize(
    ("topic", "host", "name"),
    [
        (
            "arn:aws-cn:sns:cn-north-1:123456789012:alerts",
            "sns.cn-north-1.amazonaws.com.cn",
            "sns-cn-north-1.amazonaws.com.cn",
        ),
        (
            "arn:aws-us-gov:sns:us-gov-east-1:123456789012:alerts",
            "sns.us-gov-east-1.amazonaws.com",
            "sns-us-gov-west-1.amazonaws.com",
        ),
    ],
)
def test_other_partitions_have_names_of_their_own(topic: str, host: str, name: str) -> None:
    found = read(notification(TopicArn=topic)).topic
    assert addresses.aws_host(found) == host
    assert name in own_names(found)


async def test_a_certificate_of_somebody_else_is_not_believed(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws
) -> None:
    for made in (
        signer.certificate(common="evil.example"),
        # The alternative names count where there are any.
        signer.certificate("evil.example"),
        signer.certificate("sns.us-east-1.amazonaws.com", common="x"),
    ):
        aws.answers[CERTIFICATE_URL] = (200, made)
        answer = await post(sink, signer.sign(notification()))
        assert answer.status_code == 403
        assert answer.json()["detail"] == "The signing certificate is not SNS' own."


@pytest.mark.parametrize("ends_in", [-DAY, 366 * DAY])
async def test_a_certificate_is_valid_now(
    sink: httpx.AsyncClient, signer: Signer, aws: Aws, ends_in: timedelta
) -> None:
    aws.answers[CERTIFICATE_URL] = (200, signer.certificate(ends_in=ends_in))
    answer = await post(sink, signer.sign(notification()))
    assert answer.status_code == 403
    assert answer.json()["detail"] == "The signing certificate is not valid now."


async def test_a_certificate_that_ran_out_since_it_was_fetched_is_not_believed(
    aws: Aws, signer: Signer
) -> None:
    now = datetime.now(UTC)
    signatures = Signatures(Visitor(httpx.MockTransport(aws)), lambda: now)
    delivery = read(signer.sign(notification()))
    assert await signatures.check(delivery) == "2"
    now += 181 * DAY
    with pytest.raises(Problem, match="not valid now"):
        await signatures.check(delivery)
    assert aws.visited == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((404, b""), 403),
        ((302, b""), 403),
        ((200, b"no certificate"), 403),
        ((200, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), 403),
        ((200, b"x" * 100_000), 503),
        ((500, b""), 503),
        ((429, b""), 503),
        (httpx.ConnectError("nobody there"), 503),
        (httpx.ReadTimeout("too late"), 503),
    ],
)
async def test_where_there_is_no_certificate_nothing_is_believed(
    sink: httpx.AsyncClient,
    signer: Signer,
    aws: Aws,
    answer: tuple[int, bytes] | Exception,
    status: int,
) -> None:
    aws.answers[CERTIFICATE_URL] = answer
    assert (await post(sink, signer.sign(notification()))).status_code == status
    # It is not remembered: the next one is believed when the certificate is there.
    aws.answers[CERTIFICATE_URL] = (200, signer.certificate())
    assert (await post(sink, signer.sign(notification()))).status_code == 200


async def test_a_certificate_that_never_comes_is_not_waited_for(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(visitor, "_IN_ALL", 0.05)
    signatures = Signatures(Visitor(httpx.MockTransport(never)))
    with pytest.raises(Problem) as refusal:
        await signatures.check(read(signer.sign(notification())))
    assert refusal.value.status_code == 503


async def test_another_kind_of_key_is_none_of_sns(
    sink: httpx.AsyncClient, aws: Aws, signer: Signer
) -> None:
    other = Signer()
    other.key = ec.generate_private_key(ec.SECP256R1())  # type: ignore[assignment]
    aws.answers[CERTIFICATE_URL] = (200, other.certificate())
    answer = await post(sink, signer.sign(notification()))
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "The signing certificate holds no RSA key.",
    )
