"""Whether Amazon SNS signed a delivery.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html.
The certificate is believed as AWS' SDK for Java 2 believes it (`sns-message-manager`): its address
is SNS' own in the topic's region, TLS proves that host, the certificate names SNS and is valid now.
That address has no chain beside the certificate; the one that is verified is the connection's.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sink.sns import addresses
from sink.sns.envelope import NOTIFICATION, Envelope, Topic
from sink.sns.visitor import Visitor
from telemetry.problems import Problem

_OK = 200

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 - what AWS signs with, until a topic is set to version 2
    "2": hashes.SHA256(),
}

# In byte-sort order. `Subject` counts where it is there.
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_CONFIRMATION = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)


def string_to_sign(envelope: Envelope) -> bytes:
    """Return what SNS signs of a delivery: names and values, each on a line of its own."""
    names = _SIGNED if envelope.type == NOTIFICATION else _SIGNED_CONFIRMATION
    present = [(name, envelope.fields.get(name)) for name in names]
    return "".join(f"{name}\n{value}\n" for name, value in present if value is not None).encode()


class Signatures:
    """Checks signatures, with the certificates that it saw before. `now` is for tests."""

    def __init__(
        self, visitor: Visitor, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._visitor = visitor
        self._now = now
        self._certificates: dict[str, x509.Certificate] = {}

    async def check(self, envelope: Envelope) -> str:
        """Return the version of a delivery's valid signature, `1` or `2`.

        Raises Problem: 403 where it is not SNS' own, 503 where the certificate can't be had now.
        """
        version = str(envelope.fields.get("SignatureVersion"))
        algorithm = _HASHES.get(version)
        if algorithm is None:
            raise Problem(403, "SignatureVersion must be 1 or 2.")
        certificate = await self._certificate(envelope)
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Problem(403, "The signing certificate holds no RSA key.")
        try:
            signature = base64.b64decode(str(envelope.fields.get("Signature")), validate=True)
            key.verify(signature, string_to_sign(envelope), padding.PKCS1v15(), algorithm)
        except (binascii.Error, InvalidSignature) as error:
            raise Problem(403, "The signature is not that of this message.") from error
        return version

    async def _certificate(self, envelope: Envelope) -> x509.Certificate:
        url = addresses.certificate(str(envelope.fields.get("SigningCertURL")), envelope.topic)
        known = self._certificates.get(str(url))
        if known is None:
            status, body = await self._visitor.get(url, "The signing certificate")
            if status != _OK:
                raise Problem(403, f"There is no signing certificate there (status {status}).")
            known = _load(body)
        # Also one that was fine when it was fetched. A region has one at a time, for some months.
        _check(known, envelope.topic, self._now())
        self._certificates[str(url)] = known
        return known


def _load(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise Problem(403, "What is at SigningCertURL is no certificate.") from error


def _check(certificate: x509.Certificate, topic: Topic, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Problem(403, "The signing certificate is not valid now.")
    if not own_names(topic) & _names(certificate):
        raise Problem(403, "The signing certificate is not SNS' own.")


def own_names(topic: Topic) -> set[str]:
    """Return the names that SNS' certificates have, by region (`SnsHostProvider` of that SDK)."""
    host = addresses.aws_host(topic)
    region = "us-gov-west-1" if topic.partition == "aws-us-gov" else topic.region
    suffix = host.removeprefix(f"sns.{topic.region}")
    return {"sns.amazonaws.com", host, f"sns-signing{host[3:]}", f"sns-{region}{suffix}"}


def _names(certificate: x509.Certificate) -> set[str]:
    """Return the host names of a certificate: its alternative names, without any its common one."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return set(found.value.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return {str(one.value) for one in common}
