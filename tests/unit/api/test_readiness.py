import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api import inference
from api.app import create_app
from tests.unit.api.doubles import Memory, Ml

Log = Callable[[], list[dict[str, Any]]]


async def test_with_both_up_the_api_is_ready(api: httpx.AsyncClient, ml: Ml) -> None:
    answer = await api.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"postgres": "up", "ml": "up"}}
    assert [str(request.url) for request in ml.requests] == ["http://ml/readyz"]


@pytest.mark.parametrize(
    ("ml_answer", "down"),
    [
        (httpx.Response(200), ["postgres"]),
        (httpx.Response(503), ["postgres", "ml"]),
        (httpx.ConnectError("refused"), ["ml"]),
        (httpx.ReadTimeout("slow"), ["postgres", "ml"]),
    ],
)
async def test_what_is_down_is_named(
    api: httpx.AsyncClient, memory: Memory, ml: Ml, ml_answer: object, down: list[str]
) -> None:
    memory.up, ml.answers = "postgres" not in down, [ml_answer]
    answer = await api.get("/readyz")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert [name for name, word in problem["checks"].items() if word == "down"] == down
    assert problem["detail"] == f"Not answering: {', '.join(down)}."
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_an_ml_that_hangs_is_down(
    api: httpx.AsyncClient, ml: Ml, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "_PROBE", 0.05)
    ml.answers = [asyncio.Event().wait]
    async with asyncio.timeout(5):
        answer = await api.get("/readyz")

    assert answer.json()["checks"] == {"postgres": "up", "ml": "down"}


async def test_a_probe_leaves_no_line(api: httpx.AsyncClient, memory: Memory, log: Log) -> None:
    memory.up = False
    log()
    await api.get("/readyz")

    assert log() == []


def test_a_missing_setting_ends_the_process_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SystemExit):
        create_app()

    assert capsys.readouterr().err.startswith("DATABASE_URL is not set")
