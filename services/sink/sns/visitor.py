"""Visits an address that a delivery named, and brings back little."""

import asyncio

import httpx

from telemetry import logs
from telemetry.problems import Problem

# Seconds for all of it. SNS gives up on its subscriber after 15.
_IN_ALL = 5.0

# Bytes; a certificate has 2,000, an answer of SNS 500.
_LARGEST = 65_536

_TOO_MANY, _SERVER_ERROR = 429, 500


class Visitor:
    """An HTTP client that follows nowhere, waits not long and reads not much.

    `transport` is for tests.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            timeout=_IN_ALL, follow_redirects=False, trust_env=False, transport=transport
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, url: httpx.URL, what: str) -> tuple[int, bytes]:
        """Return the answer's status and body; `what` names it in errors and in the log.

        Raises Problem (503, upon which SNS tries again) where nobody answers, in time, or the
        answer is 5xx or 429.
        """
        try:
            async with asyncio.timeout(_IN_ALL), self._client.stream("GET", url) as answer:
                body = await _read(answer)
        except (TimeoutError, httpx.HTTPError) as error:
            logs.add_extra(visit_error=type(error).__name__)
            raise Problem(503, f"{what} could not be visited at {url.host}.") from error
        if answer.status_code >= _SERVER_ERROR or answer.status_code == _TOO_MANY:
            raise Problem(503, f"{what} failed at {url.host} (status {answer.status_code}).")
        return answer.status_code, body


async def _read(answer: httpx.Response) -> bytes:
    body = b""
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST:
            raise httpx.DecodingError("the answer is too large", request=answer.request)
    return body
