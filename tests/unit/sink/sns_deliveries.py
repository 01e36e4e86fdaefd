"""Deliveries as Amazon SNS makes them, signed with a key of our own in the place of AWS'."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

REGION = "ap-northeast-1"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:sre-reference-critical"
AWS = f"https://sns.{REGION}.amazonaws.com"
CERTIFICATE_URL = f"{AWS}/SimpleNotificationService-0123456789abcdef.pem"
LOCAL = "http://aws:8003"

TOKEN = "2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92"  # noqa: S105 - opens nothing

RUNBOOK = "http://localhost:8002/runbooks/HighErrorRate"
DASHBOARD = "http://localhost:3000/d/api-server"
ALARM_ARN = f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:sre-reference-HighErrorRate"
DESCRIPTION = {
    "alertname": "HighErrorRate",
    "severity": "critical",
    "team": "platform",
    "job": "api",
    "summary": "More than 1% of API requests fail.",
    "description": "5xx answers are more than 1% of all.",
    "runbook_url": RUNBOOK,
    "dashboard_url": DASHBOARD,
    "dedup_key": None,
}

SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
SIGNED["UnsubscribeConfirmation"] = SIGNED["SubscriptionConfirmation"]
HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - AWS' version 1


def alarm(new: str = "ALARM", old: str = "OK", **changes: object) -> str:
    """Return what an alarm publishes when its state changes; `changes` are of its fields."""
    fields = {
        "AlarmName": "sre-reference-HighErrorRate",
        "AlarmDescription": json.dumps(DESCRIPTION),
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2026-01-15T09:00:00.000+0000",
        "NewStateValue": new,
        "NewStateReason": "Threshold Crossed: 1 datapoint [0.2987] was greater than 0.01.",
        "StateChangeTime": "2026-01-15T10:30:00.123+0000",
        "Region": "Asia Pacific (Tokyo)",
        "AlarmArn": ALARM_ARN,
        "OldStateValue": old,
        "OKActions": [TOPIC],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "Trigger": {"MetricName": "http_5xx", "Namespace": "SREReference", "Period": 60},
        **changes,
    }
    return json.dumps(fields)


def notification(message: str = "hello", number: int = 1, **changes: object) -> dict[str, Any]:
    """Return an unsigned notification with a MessageId for each `number`."""
    return {
        "Type": "Notification",
        "MessageId": f"22b80b92-fdea-4c2c-8f9d-{number:012d}",
        "TopicArn": TOPIC,
        "Subject": 'ALARM: "sre-reference-HighErrorRate" in Asia Pacific (Tokyo)',
        "Message": message,
        "Timestamp": "2026-01-15T10:30:01.000Z",
        "UnsubscribeURL": f"{AWS}/?Action=Unsubscribe&SubscriptionArn={TOPIC}:c9135db0",
        **changes,
    }


def confirmation(base: str = AWS, number: int = 1, **changes: object) -> dict[str, Any]:
    """Return an unsigned SubscriptionConfirmation that is to be confirmed at `base`."""
    query = f"Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}"
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": f"165545c9-2a5c-472c-8df2-{number:012d}",
        "Token": TOKEN,
        "TopicArn": TOPIC,
        "Message": f"You have chosen to subscribe to the topic {TOPIC}.\nTo confirm, visit …",
        "SubscribeURL": f"{base}/?{query}",
        "Timestamp": "2026-01-15T10:29:00.000Z",
        **changes,
    }


def headers(delivery: dict[str, Any], **changes: str) -> dict[str, str]:
    """Return the headers that SNS sends with a delivery."""
    return {
        "x-amz-sns-message-type": delivery["Type"],
        "x-amz-sns-message-id": delivery["MessageId"],
        "x-amz-sns-topic-arn": delivery["TopicArn"],
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        **changes,
    }


async def post(
    sink: httpx.AsyncClient, delivery: dict[str, Any], path: str = "/sns"
) -> httpx.Response:
    """Deliver as SNS does."""
    return await sink.post(path, content=json.dumps(delivery).encode(), headers=headers(delivery))


class Signer:
    """Stands where AWS signs: a key, and a certificate that an authority of our own issued."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._authority = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def sign(self, delivery: dict[str, Any], version: str = "2") -> dict[str, Any]:
        """Return the delivery with its signature, in the order of the documentation's steps."""
        names = [name for name in SIGNED[delivery["Type"]] if name in delivery]
        text = "".join(f"{name}\n{delivery[name]}\n" for name in names)
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), HASHES[version])
        return {
            **delivery,
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": CERTIFICATE_URL,
        }

    def certificate(
        self,
        *names: str,
        common: str = "sns.amazonaws.com",
        ends_in: timedelta = timedelta(days=180),
    ) -> bytes:
        """Return a certificate (PEM) for these alternative names, `ends_in` from now."""
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])
        issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Throw-away CA")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + ends_in - timedelta(days=365))
            .not_valid_after(now + ends_in)
        )
        if names:
            alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(alternative, critical=False)
        made = builder.sign(self._authority, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM)


class Aws:
    """Stands where SNS' own addresses are; `answers` are status and body by address, or an error.

    `visited` are the addresses that were asked for.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes] | Exception] = {}
        self.visited: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        url = str(request.url)
        self.visited.append(url)
        answer = self.answers.get(url, (404, b""))
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer[0], content=answer[1])
