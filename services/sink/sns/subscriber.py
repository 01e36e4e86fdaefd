"""What a subscriber does with a delivery: believe it or not, and confirm a subscription."""

from collections.abc import Mapping

import httpx

from sink.sns import addresses, envelope
from sink.sns.envelope import Envelope
from sink.sns.signature import Signatures
from sink.sns.visitor import Visitor
from telemetry.problems import Problem

# How the page and the API mark what nobody signed.
UNSIGNED = "unsigned (local)"

_OK = 200


class Subscriber:
    """Takes deliveries that AWS signed, and unsigned ones of the local stand-in where there is one.

    `local` is the stand-in's address. `topics` are the ARNs that are expected, any where empty: AWS
    signs for everybody, so its signature alone doesn't say whose topic it is. `transport` is for
    tests.
    """

    def __init__(
        self,
        local: httpx.URL | None,
        topics: frozenset[str] = frozenset(),
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._local = local
        self._topics = topics
        self._visitor = Visitor(transport)
        self._signatures = Signatures(self._visitor)

    async def close(self) -> None:
        """Close the connections."""
        await self._visitor.close()

    async def receive(self, body: bytes, headers: Mapping[str, str]) -> tuple[Envelope, str]:
        """Return a delivery, and who vouches for it: `version 1`, `version 2`, or `UNSIGNED`.

        Raises Problem: 400 or 413 for one that makes no sense, 403 for one that isn't believed,
        503 where that can't be told now.
        """
        found = envelope.read(body, headers)
        if self._topics and found.topic.arn not in self._topics:
            raise Problem(403, "This topic is not expected here.")
        if found.is_signed:
            return found, f"version {await self._signatures.check(found)}"
        if self._local is None:
            raise Problem(403, "The delivery is not signed.")
        return found, UNSIGNED

    async def confirm(self, found: Envelope, signature: str) -> None:
        """Visit the address that confirms a subscription.

        Raises Problem: 403 for an address that is neither AWS' nor the stand-in's, 400 where it
        doesn't take the confirmation, 503 where it can't be reached.
        """
        local = self._local if signature == UNSIGNED else None
        url = addresses.confirmation(found.fields["SubscribeURL"], found.topic, local)
        status, _ = await self._visitor.get(url, "The confirmation")
        if status != _OK:
            raise Problem(400, f"The confirmation was not taken (status {status}).")
