import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import faults
import telemetry

SERVICES = Path(__file__).parents[3] / "services"
TOKEN = {"Authorization": "Bearer let-me-in"}
ERROR = {"point": "http.request", "effect": "error", "rate": 0.3, "lease_seconds": 15}
SERIES = {"point": "metrics", "effect": "series", "count": 3, "lease_seconds": 15}

Log = Callable[[], list[dict[str, Any]]]


def service(token_file: str | None) -> FastAPI:
    app = FastAPI()
    telemetry.instrument(app, service="api", version="1.0.0")
    faults.install(app, token_file)

    @app.get("/ask/{model}")
    async def work(model: str) -> str:
        await faults.strike("http.request", method="GET", path="/ask/{model}", model=model)
        return "done"

    return app


def connect(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to a service whose fault interface is on, as a holder of the token."""
    (tmp_path / "faults_token").write_text("let-me-in\n")
    async with connect(service(str(tmp_path / "faults_token"))) as client:
        client.headers = TOKEN
        yield client
        await client.delete("/faults")


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def is_problem(answer: httpx.Response, status: int) -> bool:
    kind = answer.headers["content-type"]
    return (answer.status_code, kind) == (status, "application/problem+json")


@pytest.mark.parametrize("token_file", [None, ""])
async def test_without_a_token_file_there_is_no_interface(token_file: str | None) -> None:
    async with connect(service(token_file)) as client:
        assert is_problem(await client.put("/faults/a", json=ERROR, headers=TOKEN), 404)
        assert is_problem(await client.get("/faults", headers=TOKEN), 404)
        assert is_problem(await client.delete("/faults", headers=TOKEN), 404)
        assert (await client.get("/ask/digits")).status_code == 200


def test_a_token_file_that_is_missing_stops_the_service(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit):
        service(str(tmp_path / "absent"))
    assert capsys.readouterr().err.startswith("FAULTS_TOKEN_FILE: cannot read")


@pytest.mark.parametrize(
    "authorization",
    [None, "", "let-me-in", "Bearer", "Bearer ", "Bearer let-me-i", "bearer let-me-in", b"\xff"],
)
async def test_without_the_token_nothing_is_told_or_done(
    client: httpx.AsyncClient, authorization: str | bytes | None
) -> None:
    del client.headers["authorization"]
    headers = {} if authorization is None else {"Authorization": authorization}
    for method, path, body in [
        ("PUT", "/faults/a", json.dumps(ERROR)),
        ("PUT", "/faults/NOT-A-NAME", "{"),
        ("GET", "/faults", None),
        ("DELETE", "/faults/a", None),
        ("DELETE", "/faults", None),
    ]:
        answer = await client.request(method, path, headers=headers, content=body)
        assert is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await client.get("/faults", headers=TOKEN)).json() == {"faults": []}


async def test_a_fault_put_is_shown_with_its_end(client: httpx.AsyncClient) -> None:
    before = datetime.now(UTC)
    answer = await client.put("/faults/api-errors", json=ERROR)
    assert answer.status_code == 200
    shown = answer.json()
    expires = datetime.fromisoformat(shown.pop("expires_at"))
    assert timedelta(seconds=14) < expires - before < timedelta(seconds=20)
    assert shown == {
        "name": "api-errors",
        "point": "http.request",
        "effect": "error",
        "rate": 0.3,
        "delay_seconds": 0.0,
        "match": {},
        "lease_seconds": 15.0,
    }
    (listed,) = (await client.get("/faults")).json()["faults"]
    assert listed["name"] == "api-errors"


async def test_a_fault_makes_real_500s_until_it_is_deleted(client: httpx.AsyncClient) -> None:
    await client.put("/faults/a", json=ERROR | {"rate": 0.5, "match": {"model": "digits"}})

    async def statuses(model: str) -> list[int]:
        return [(await client.get(f"/ask/{model}")).status_code for _ in range(4)]

    assert await statuses("digits") == [200, 500, 200, 500]
    assert await statuses("breast-cancer") == [200] * 4
    assert (await client.delete("/faults/a")).status_code == 204
    assert await statuses("digits") == [200] * 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effect": "series"}, 'the effect "series" and the point "metrics" go together'),
        ({"point": "process"}, 'the effect "exit" and the point "process" go together'),
        ({"count": 5}, '"count" belongs to the effect "series", which needs it'),
    ],
)
async def test_what_does_not_go_together_is_said(
    client: httpx.AsyncClient, change: dict[str, object], message: str
) -> None:
    answer = await client.put("/faults/a", json=ERROR | change)
    assert answer.status_code == 422
    assert message in answer.json()["errors"][0]["message"]


async def test_a_fault_is_told_to_prometheus_until_it_is_deleted(client: httpx.AsyncClient) -> None:
    async def exposed() -> list[str]:
        lines = (await client.get("/metrics")).text.splitlines()
        return [line for line in lines if "faults_live" in line]

    assert await exposed() == []

    await client.put("/faults/mine", json=ERROR)
    assert (await exposed())[-1] == 'faults_live{fault="mine"} 1.0'

    await client.delete("/faults/mine")
    assert await exposed() == []


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text"])
async def test_series_are_exposed_until_their_fault_is_deleted(
    client: httpx.AsyncClient, accept: str
) -> None:
    async def exposed() -> list[str]:
        lines = (await client.get("/metrics", headers={"Accept": accept})).text.splitlines()
        return [line for line in lines if "injected_series" in line]

    assert await exposed() == []
    answer = await client.put("/faults/many", json=SERIES)
    assert answer.json()["count"] == 3
    about, kind, *series = await exposed()
    assert about.startswith("# HELP injected_series ")
    assert kind == "# TYPE injected_series gauge"
    assert series == [f'injected_series{{id="{number}"}} 1.0' for number in range(3)]
    await client.delete("/faults/many")
    assert await exposed() == []


async def test_deleting_is_idempotent(client: httpx.AsyncClient) -> None:
    await client.put("/faults/a", json=ERROR)
    for path in ("/faults/a", "/faults/a", "/faults/never", "/faults", "/faults"):
        answer = await client.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get("/faults")).json() == {"faults": []}


@pytest.mark.parametrize(
    "change",
    [
        {"lease_seconds": 0},
        {"lease_seconds": -1},
        {"lease_seconds": 60.1},
        {"lease_seconds": None},
        {"lease_seconds": "15"},
        {"rate": 0},
        {"rate": 1.1},
        {"rate": True},
        {"delay_seconds": -1},
        {"delay_seconds": 61},
        {"effect": "explode"},
        {"point": "HTTP"},
        {"point": "a" * 65},
        {"effect": "exit"},
        {"point": "process"},
        {"effect": "series", "count": 1},
        {"point": "metrics"},
        {"count": 1},
        SERIES | {"count": None},
        SERIES | {"count": 0},
        SERIES | {"count": 5001},
        SERIES | {"count": 1.5},
        SERIES | {"point": "process"},
        SERIES | {"effect": "exit"},
        {"match": {"model": 1}},
        {"match": {"": "x"}},
        {"match": {f"k{n}": "v" for n in range(9)}},
        {"match": {"k": "v" * 129}},
        {"unknown": 1},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, change: dict[str, object]
) -> None:
    answer = await client.put("/faults/a", json=ERROR | change)
    assert is_problem(answer, 422)
    assert answer.json()["errors"][0]["location"].startswith("body")
    assert (await client.get("/faults")).json() == {"faults": []}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        json.dumps(ERROR).replace("0.3", "NaN").encode(),
        json.dumps(ERROR).replace("15", "Infinity").encode(),
    ],
)
async def test_a_body_that_is_no_fault_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    assert is_problem(await client.put("/faults/a", content=body), 422)


@pytest.mark.parametrize("name", ["A", "a_b", "a" * 65, "a.b", "%0a", "é"])
async def test_a_name_that_is_none_is_refused(client: httpx.AsyncClient, name: str) -> None:
    assert is_problem(await client.put(f"/faults/{name}", json=ERROR), 422)


async def test_the_seventeenth_fault_is_refused(client: httpx.AsyncClient) -> None:
    for number in range(16):
        assert (await client.put(f"/faults/f-{number}", json=ERROR)).status_code == 200
    assert is_problem(await client.put("/faults/f-16", json=ERROR), 409)


async def test_the_log_warns_when_a_fault_starts_and_ends_but_not_of_a_renewal(
    client: httpx.AsyncClient, log: Log
) -> None:
    await client.put("/faults/a", json=ERROR)
    await client.put("/faults/a", json=ERROR)
    await client.delete("/faults/a")
    lines = log()
    assert [(line["level"], line["message"]) for line in lines] == [
        ("WARN", "Fault started"),
        ("WARN", "Fault ended"),
    ]
    assert all(line["extra"]["fault"] == "a" for line in lines)
    assert "let-me-in" not in json.dumps(lines)


async def test_the_interface_stays_out_of_the_openapi_document(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert list(paths) == ["/ask/{model}"]


PROGRAM = """
import asyncio, sys
from fastapi import FastAPI
from telemetry import logs
from faults.model import Fault
from faults.registry import Faults

async def main():
    logs.configure("INFO")
    given = {"point": "process", "effect": "exit", "lease_seconds": 30.0, "delay_seconds": 0.01}
    Faults().put("crash", Fault(**given))
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_an_exit_fault_ends_a_real_process_with_its_log_written() -> None:
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(SERVICES)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (result.returncode, result.stderr) == (70, "")
    messages = [json.loads(line)["message"] for line in result.stdout.splitlines()]
    assert messages == ["Fault started", "Fault ends the process"]
