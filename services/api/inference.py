"""The call to the ML service: explicit timeouts, and one retry where it can do no harm."""

import httpx
from pydantic import ValidationError

from api.schemas import Inference, PredictionRequest
from telemetry import logs, tracing
from telemetry.problems import Problem

_log = logs.get_logger("api.inference")

# Seconds. An inference takes milliseconds; a user waits for no more than both together, and a
# connection that fails at once leaves time for the retry.
TIMEOUT = httpx.Timeout(2.5, connect=0.5)
_ATTEMPTS = 2
_PROBE = httpx.Timeout(1.0, connect=0.5)
# What ml refuses as the client's own mistake.
_REFUSED = frozenset({404, 413, 422})
_SERVER_ERROR = 500
_RETRY_AFTER = {"Retry-After": "5"}


class InferenceClient:
    """Asks the ML service. `transport` is for tests."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(
            base_url=url, timeout=TIMEOUT, limits=limits, transport=transport, trust_env=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def infer(self, request: PredictionRequest) -> Inference:
        """Return a model's answer.

        Raises:
            Problem: 422 when ml refuses the features, 502 when the model failed twice, 503 when ml
                can't be reached or takes too long.

        """
        for attempt in range(1, _ATTEMPTS + 1):
            last = attempt == _ATTEMPTS
            try:
                response = await self._post(request)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.RemoteProtocolError) as error:
                # Nothing was inferred, so asking again costs ml nothing.
                if last:
                    raise _unreachable(error) from error
                continue
            except httpx.HTTPError as error:
                # It may still be working: a retry would double the load of a slow service.
                raise _unreachable(error) from error
            if response.status_code < _SERVER_ERROR:
                if attempt > 1:
                    _log.warning("ml answered on the second attempt", model=request.model)
                return _answer(response)
        _log.error("the model failed twice", model=request.model, ml_status=response.status_code)
        raise Problem(502, "The model could not process the request. Try again later.")

    async def _post(self, request: PredictionRequest) -> httpx.Response:
        return await self._client.post(
            f"/v1/models/{request.model}/infer",
            json={"features": request.features},
            headers=tracing.inject({}),
        )

    async def ready(self) -> bool:
        """Tell whether ml answers now."""
        try:
            response = await self._client.get("/readyz", timeout=_PROBE)
        except httpx.HTTPError:
            return False
        return response.is_success


def _unreachable(error: httpx.HTTPError) -> Problem:
    _log.error("ml does not answer", error=type(error).__name__)
    return Problem(503, "The ML service does not answer.", headers=_RETRY_AFTER)


def _answer(response: httpx.Response) -> Inference:
    if response.status_code in _REFUSED:
        raise Problem(422, "The model refuses these features: their number or range is wrong.")
    try:
        return Inference.model_validate_json(response.raise_for_status().content)
    except (httpx.HTTPStatusError, ValidationError) as error:
        _log.error("ml's answer is not understood", ml_status=response.status_code)
        raise Problem(502, "The ML service gave an answer that is not understood.") from error
