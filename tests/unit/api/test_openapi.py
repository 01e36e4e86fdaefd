import json
from typing import Any

import httpx
import pytest

PROBLEM = "application/problem+json"


@pytest.fixture
async def document(api: httpx.AsyncClient) -> dict[str, Any]:
    answer = await api.get("/openapi.json")
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


async def test_every_answer_is_documented(document: dict[str, Any]) -> None:
    statuses = {
        name: " ".join(sorted(one["responses"])) for name, one in operations(document).items()
    }

    assert statuses == {
        "POST /api/v1/predict": "200 201 400 409 413 422 500 502 503",
        "GET /api/v1/predictions/{prediction_id}": "200 404 422 500 503",
        "GET /api/v1/predictions": "200 400 422 500 503",
    }


async def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert answer["content"].keys() == {PROBLEM}, f"{name} {status}"
                required = answer["content"][PROBLEM]["schema"]["required"]
                assert set(required) >= {"type", "title", "status", "detail", "instance"}


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    text = json.dumps(document)
    used = {part.split('"')[0] for part in text.split('"$ref": "')[1:]}

    assert used
    assert used <= known


async def test_the_user_s_header_says_what_it_takes(document: dict[str, Any]) -> None:
    parameters = operations(document)["POST /api/v1/predict"]["parameters"]
    (header,) = [one for one in parameters if one["name"] == "X-User-ID"]

    assert "[A-Za-z0-9._-]{1,128}" in json.dumps(header["schema"])
    assert "422" in header["description"]
