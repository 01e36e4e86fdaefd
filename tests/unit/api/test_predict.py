from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.unit.api.doubles import ANSWER, Memory, Ml

Log = Callable[[], list[dict[str, Any]]]

PREDICT = "/api/v1/predict"
BODY = {"model": "digits", "features": [0, 1.5, 16]}
USER = {"X-User-ID": "user-123"}


def is_problem(answer: httpx.Response, status: int) -> bool:
    kind = answer.headers["content-type"]
    return (answer.status_code, kind) == (status, "application/problem+json")


async def test_a_prediction_is_stored_and_returned(api: httpx.AsyncClient, memory: Memory) -> None:
    answer = await api.post(PREDICT, json=BODY, headers=USER)

    assert answer.status_code == 201
    assert answer.json() == memory.kept[0].model_dump(mode="json") | {"stored": True}
    assert answer.json().items() >= {**ANSWER, "user_id": "user-123"}.items()
    assert UUID(answer.json()["id"])


async def test_a_request_without_a_user_is_stored_without_one(
    api: httpx.AsyncClient, memory: Memory
) -> None:
    answer = await api.post(PREDICT, json=BODY)

    assert answer.json()["user_id"] is None
    assert [one.user_id for one in memory.kept] == [None]


async def test_ml_gets_the_features_and_the_request_s_identity(
    api: httpx.AsyncClient, ml: Ml
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01", "X-Request-ID": "request-1"}
    await api.post(PREDICT, json=BODY, headers=USER | headers)

    (request,) = ml.requests
    assert request.url == "http://ml/v1/models/digits/infer"
    assert request.content == b'{"features":[0.0,1.5,16.0]}'
    assert request.headers["traceparent"].split("-")[1] == trace
    assert request.headers["x-request-id"] == "request-1"


async def test_a_request_is_one_line_with_what_the_model_said(
    api: httpx.AsyncClient, log: Log
) -> None:
    log()
    await api.post(PREDICT, json=BODY, headers=USER)

    (line,) = log()
    assert (line["level"], line["logger"], line["status_code"]) == ("INFO", "api.requests", 201)
    assert (line["path"], line["user_id"]) == (PREDICT, "user-123")
    assert line["extra"] == {
        "model": "digits",
        "model_version": "1.0.0",
        "prediction_confidence": 0.9123,
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"model": "digits", "features": [NaN]}', 422),
        ('{"model": "digits", "features": [Infinity]}', 422),
        ('{"model": "digits", "features": [1e999]}', 422),
        ('{"model": "digits", "features": [1' + "0" * 400 + "]}", 422),
        ('{"model": "digits", "features": [1' + "0" * 5000 + "]}", 400),
        ('{"model": "digits", "features": []}', 422),
        ('{"model": "digits", "features": [true]}', 422),
        ('{"model": "digits", "features": ["1"]}', 422),
        ('{"model": "digits", "features": ' + str([1] * 1025) + "}", 422),
        ('{"model": "digits\\u0000", "features": [1]}', 422),
        ('{"model": "\\ud800", "features": [1]}', 422),
        ('{"model": "digits", "features": [1], "\\ud800": 1}', 422),
        ('{"model": "digits\'; DROP TABLE predictions; --", "features": [1]}', 422),
        ("[" * 10_000 + "]" * 10_000, 400),
        ('{"model": "digits", "features": ' + "[" * 10_000 + "]" * 10_000 + "}", 400),
        (b'{"model": "\xff\xfe", "features": [1]}', 400),
        ("", 422),
        ("null", 422),
        ("{", 422),
    ],
)
async def test_a_bad_body_is_a_problem_and_goes_nowhere(
    api: httpx.AsyncClient, ml: Ml, memory: Memory, body: str | bytes, status: int
) -> None:
    answer = await api.post(PREDICT, content=body, headers={"Content-Type": "application/json"})

    assert is_problem(answer, status), (answer.status_code, answer.text[:200])
    assert "DROP" not in answer.text
    assert ml.requests == memory.kept == []


@pytest.mark.parametrize("user", ["", "two words", "x" * 129, "a\tb", "ü", "'; --", "a\u0000"])
async def test_a_user_id_that_would_not_be_logged_is_not_stored_either(
    api: httpx.AsyncClient, ml: Ml, memory: Memory, user: str
) -> None:
    headers = [(b"x-user-id", user.encode("utf-8"))]
    answer = await api.post(PREDICT, json=BODY, headers=headers)

    assert is_problem(answer, 422)
    assert ml.requests == memory.kept == []


async def test_without_a_database_the_answer_is_503(
    api: httpx.AsyncClient, memory: Memory, log: Log
) -> None:
    memory.up = False
    log()
    answer = await api.post(PREDICT, json=BODY)

    assert is_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert [line["level"] for line in log()] == ["ERROR"]


async def test_a_fault_is_a_real_500_before_anything_is_done(
    faults_token: dict[str, str], api: httpx.AsyncClient, ml: Ml, log: Log
) -> None:
    fault = {"point": "http.request", "effect": "error", "rate": 0.5, "lease_seconds": 15}
    await api.put("/faults/test", json=fault, headers=faults_token)
    log()
    answers = [await api.post(PREDICT, json=BODY) for _ in range(4)]
    await api.delete("/faults", headers=faults_token)

    assert [answer.status_code for answer in answers] == [201, 500, 201, 500]
    assert is_problem(answers[1], 500)
    assert "InjectedFault" not in answers[1].text
    assert len(ml.requests) == 2
    failed = [line for line in log() if line["level"] == "ERROR"]
    assert [line["extra"]["exception"]["type"] for line in failed] == ["InjectedFault"] * 2


async def test_a_fault_can_be_for_one_path_alone(
    faults_token: dict[str, str], api: httpx.AsyncClient
) -> None:
    match = {"path": "/api/v1/predictions/{prediction_id}"}
    fault = {"point": "http.request", "effect": "error", "match": match, "lease_seconds": 15}
    await api.put("/faults/test", json=fault, headers=faults_token)
    stored = await api.post(PREDICT, json=BODY)
    answer = await api.get(f"/api/v1/predictions/{stored.json()['id']}")
    await api.delete("/faults", headers=faults_token)

    assert (stored.status_code, answer.status_code) == (201, 500)


async def test_without_a_token_file_there_is_no_fault_interface(api: httpx.AsyncClient) -> None:
    assert is_problem(await api.get("/faults"), 404)
