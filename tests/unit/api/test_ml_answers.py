"""What becomes of the API's answer, whatever ml answers."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api import inference
from tests.unit.api.doubles import ANSWER, Memory, Ml

Log = Callable[[], list[dict[str, Any]]]

BODY = {"model": "digits", "features": [1.0]}
GOOD = httpx.Response(200, json=ANSWER)


async def predict(api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/api/v1/predict", json=BODY)


def failed(status: int) -> httpx.Response:
    return httpx.Response(status, json={"detail": "from ml"})


@pytest.mark.parametrize(
    "first",
    [
        failed(500),
        failed(503),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("no SYN-ACK"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
    ],
    ids=repr,
)
async def test_a_retry_that_succeeds_is_a_warning(
    api: httpx.AsyncClient, ml: Ml, log: Log, first: httpx.Response | Exception
) -> None:
    ml.answers = [first, GOOD]
    log()
    answer = await predict(api)

    assert answer.status_code == 201
    assert len(ml.requests) == 2
    retry, request = log()
    assert (retry["level"], retry["message"]) == ("WARN", "Retry succeeded")
    assert retry["request_id"] == request["request_id"]
    assert request["level"] == "INFO"


@pytest.mark.parametrize(
    ("answer", "status"),
    [(failed(500), 502), (failed(503), 502), (httpx.ConnectError("refused"), 503)],
    ids=repr,
)
async def test_there_is_one_retry_and_no_more(
    api: httpx.AsyncClient, ml: Ml, answer: httpx.Response | Exception, status: int
) -> None:
    ml.answers = [answer]

    assert (await predict(api)).status_code == status
    assert len(ml.requests) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(failed(500), "status 500"), (httpx.ConnectError("refused"), "ConnectError")],
    ids=repr,
)
async def test_a_failure_is_one_line_with_its_reason(
    api: httpx.AsyncClient, ml: Ml, log: Log, answer: httpx.Response | Exception, reason: str
) -> None:
    ml.answers = [answer]
    log()
    await predict(api)

    (line,) = log()
    assert (line["level"], line["extra"]) == ("ERROR", {"ml_error": reason})


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout("slow"), httpx.WriteTimeout("slow"), httpx.PoolTimeout("busy")]
)
async def test_a_slow_ml_is_not_asked_twice(
    api: httpx.AsyncClient, ml: Ml, error: httpx.TimeoutException
) -> None:
    ml.answers = [error, GOOD]
    response = await predict(api)

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert len(ml.requests) == 1


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (failed(404), 422),
        (failed(413), 422),
        (failed(422), 422),
        (failed(400), 502),
        (failed(302), 502),
        (httpx.Response(200, content=b"<html>"), 502),
        (httpx.Response(200, json=ANSWER | {"confidence": 1.5}), 502),
        (httpx.Response(200, json=[ANSWER]), 502),
    ],
)
async def test_an_answer_below_500_is_final(
    api: httpx.AsyncClient, ml: Ml, memory: Memory, answer: httpx.Response, status: int
) -> None:
    ml.answers = [answer]
    response = await predict(api)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert "from ml" not in response.text
    assert len(ml.requests) == 1
    assert memory.kept == []


async def test_both_attempts_together_have_a_deadline(
    api: httpx.AsyncClient, ml: Ml, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "_IN_ALL", 0.05)
    ml.answers = [failed(500), asyncio.Event().wait]
    async with asyncio.timeout(5):
        response = await predict(api)

    assert response.status_code == 503
    assert len(ml.requests) == 2
