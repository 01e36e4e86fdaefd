"""The call to the ML service: explicit timeouts, and one retry where it can do no harm."""

import asyncio

import httpx
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_REQUEST_RESEND_COUNT,
    HTTP_RESPONSE_STATUS_CODE,
)
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.semconv.attributes.url_attributes import URL_FULL
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import ValidationError

from api.schemas import Inference, PredictionRequest
from telemetry import logs, tracing
from telemetry.problems import Problem

_log = logs.get_logger("api.inference")

# Seconds. An inference takes milliseconds; no user waits longer than _IN_ALL for both attempts.
_TIMEOUT = httpx.Timeout(2.5, connect=0.5)
_IN_ALL = 3.0
_PROBE = 1.0
# Below uvicorn's 5 s, so that a request never takes a connection that ml is closing.
_IDLE = 3.0
_LIMITS = httpx.Limits(max_connections=50, max_keepalive_connections=20, keepalive_expiry=_IDLE)
_ATTEMPTS = 2
# ml was not reached, or dropped the connection. A timeout while it works is not among them: it
# may still be at it, and a retry would double the load of a slow service.
_NOT_REACHED = (httpx.ConnectTimeout, httpx.NetworkError, httpx.RemoteProtocolError)
# What ml refuses as the client's own mistake.
_REFUSED = frozenset({404, 413, 422})
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_DEFAULT_PORT = 80
_RETRY_AFTER = {"Retry-After": "5"}


class InferenceClient:
    """Asks the ML service at `url`. `transport` is for tests."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, timeout=_TIMEOUT, limits=_LIMITS, transport=transport, trust_env=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def infer(self, request: PredictionRequest) -> Inference:
        """Return a model's answer.

        Raises:
            Problem: 422 when ml refuses the features, 502 when it failed twice or its answer makes
                no sense, 503 when it can't be reached or takes too long.

        """
        try:
            async with asyncio.timeout(_IN_ALL):
                response = await self._ask(request)
        except (TimeoutError, httpx.HTTPError) as error:
            logs.add_extra(ml_error=type(error).__name__)
            raise Problem(503, "The ML service does not answer.", headers=_RETRY_AFTER) from error
        return _answer(response)

    async def _ask(self, request: PredictionRequest) -> httpx.Response:
        for attempt in range(1, _ATTEMPTS + 1):
            last = attempt == _ATTEMPTS
            try:
                response = await self._post(request, attempt)
            except _NOT_REACHED:
                if last:
                    raise
                continue
            if response.status_code < _SERVER_ERROR and attempt > 1:
                _log.warning("Retry succeeded", model=request.model, attempt=attempt)
            if response.status_code < _SERVER_ERROR or last:
                break
        return response

    async def _post(self, request: PredictionRequest, attempt: int) -> httpx.Response:
        """Ask once, in a span of its own that ml's is the child of.

        https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
        """
        url = self._client.base_url.join(f"/v1/models/{request.model}/infer")
        asked: dict[str, str | int] = {
            HTTP_REQUEST_METHOD: "POST",
            SERVER_ADDRESS: url.host,
            SERVER_PORT: url.port or _DEFAULT_PORT,
            URL_FULL: str(url),
        }
        if attempt > 1:
            asked[HTTP_REQUEST_RESEND_COUNT] = attempt - 1
        with tracing.span("POST /v1/models/{model}/infer", SpanKind.CLIENT, asked) as span:
            response = await self._client.post(
                url, json={"features": request.features}, headers=tracing.inject({})
            )
            span.set_attribute(HTTP_RESPONSE_STATUS_CODE, response.status_code)
            if response.status_code >= _CLIENT_ERROR:
                span.set_attribute(ERROR_TYPE, str(response.status_code))
                span.set_status(StatusCode.ERROR)
        return response

    async def ready(self) -> bool:
        """Tell whether ml answers now."""
        try:
            async with asyncio.timeout(_PROBE):
                response = await self._client.get("/readyz")
        except (TimeoutError, httpx.HTTPError):
            return False
        return response.is_success


def _answer(response: httpx.Response) -> Inference:
    if response.status_code in _REFUSED:
        raise Problem(422, "The model refuses these features: their number or range is wrong.")
    if response.is_success:
        try:
            return Inference.model_validate_json(response.content)
        except ValidationError as error:
            logs.add_extra(ml_error="answer not understood")
            raise Problem(502, "The ML service gave an answer that is not understood.") from error
    logs.add_extra(ml_error=f"status {response.status_code}")
    raise Problem(502, "The model could not process the request. Try again later.")
