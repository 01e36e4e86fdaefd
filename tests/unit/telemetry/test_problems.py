import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from telemetry.problems import Problem

MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Check the members that every problem has, and return the document."""
    document = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert document.keys() >= MEMBERS
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


async def test_an_unknown_path_is_a_404_problem(client: httpx.AsyncClient) -> None:
    document = is_problem(await client.get("/nope"), 404)
    assert document["type"] == "about:blank"
    assert document["title"] == "Not Found"
    assert document["instance"] == "/nope"


async def test_a_wrong_method_is_a_405_problem_that_names_the_right_one(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.delete("/api/v1/predictions/1")
    is_problem(answer, 405)
    assert answer.headers["allow"] == "GET"


async def test_an_exception_is_a_500_problem_that_tells_nothing_of_it(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/boom")
    is_problem(answer, 500)
    assert "hunter2" not in answer.text
    assert "ValueError" not in answer.text


async def test_a_problem_keeps_its_type_title_detail_and_headers(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    @app.get("/busy")
    async def busy() -> None:
        raise Problem(
            503,
            "ml does not answer.",
            title="ML unavailable",
            type_="https://example.com/problems/ml",
            headers={"Retry-After": "2"},
        )

    answer = await client.get("/busy")
    document = is_problem(answer, 503)
    assert answer.headers["retry-after"] == "2"
    assert document["type"] == "https://example.com/problems/ml"
    assert document["title"] == "ML unavailable"
    assert document["detail"] == "ml does not answer."


async def test_fastapis_own_exception_is_a_problem_too(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, detail={"why": "short"})

    is_problem(await client.get("/teapot"), 418)


async def test_an_answer_without_a_body_stays_without(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    @app.get("/same")
    async def same() -> None:
        raise HTTPException(304)

    answer = await client.get("/same")
    assert (answer.status_code, answer.content) == (304, b"")


BAD_BODIES = {
    "not JSON": b"{",
    "empty": b"",
    "NaN": b'{"features": [NaN]}',
    "infinity": b'{"features": [1e999]}',
    "wrong type": b'{"features": "secret-input"}',
    "wrong type inside": b'{"features": ["secret-input"]}',
    "extra field": b'{"features": [], "password": "secret-input"}',
    "no object": b'"secret-input"',
    "SQL": b'{"features": ["\'; DROP TABLE predictions; -- secret-input"]}',
    "deep": b"[" * 60_000,
    "deep objects": b'{"features":' * 5_000,
    "invalid UTF-8": b'{"features": "\xff\xfe"}',
    "lone surrogate as a key": b'{"features": [], "\\ud800": 1}',
    "lone surrogate as a value": b'{"features": "\\ud800"}',
    "very long number": b'{"features": [' + b"9" * 5_000 + b"]}",
    "NUL": b"\x00",
    "very long key": b'{"' + b"k" * 60_000 + b'": 1}',
    "many faults": b'{"features": [' + b'"x",' * 10_000 + b'"x"]}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_bad_body_is_a_client_error_that_repeats_nothing_of_it(
    client: httpx.AsyncClient, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/api/v1/predictions", content=body, headers=headers)
    document = is_problem(answer, answer.status_code)
    assert answer.status_code in {400, 422}
    assert "secret-input" not in answer.text
    assert len(answer.content) < 8_192
    assert json.dumps(document, allow_nan=False)


async def test_a_validation_problem_says_where_and_why(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/predictions", json={"features": [1, "x"]})
    document = is_problem(answer, 422)
    (fault,) = document["errors"]
    assert fault["location"] == "body.features.1"
    assert fault["type"] == "float_parsing"
    assert fault.keys() == {"location", "message", "type"}


async def test_the_instance_is_a_short_uri_whatever_the_path(client: httpx.AsyncClient) -> None:
    answer = await client.get("/" + "%0aé " * 500)
    instance = is_problem(answer, 404)["instance"]
    assert instance.isascii()
    assert "\n" not in instance
    assert len(instance) < 1_600
