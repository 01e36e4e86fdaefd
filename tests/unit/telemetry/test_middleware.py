import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from telemetry import logs, routes

Log = Callable[[], list[dict[str, Any]]]
Value = Callable[..., float]


@pytest.mark.parametrize("path", ["/metrics", "/livez", "/readyz", "/faults", "/faults/x"])
async def test_scrapes_health_checks_and_faults_are_no_traffic(
    client: httpx.AsyncClient, value: Value, log: Log, path: str
) -> None:
    def traffic() -> float:
        return sum(
            value("http_requests_total", method="GET", path=label, status=status)
            for label in (path, routes.UNMATCHED)
            for status in ("200", "404")
        )

    before = traffic()
    answer = await client.get(path)
    assert answer.status_code == (404 if path.startswith("/faults") else 200)
    assert traffic() == before
    assert log() == []


async def test_a_path_that_only_begins_like_the_fault_interface_is_traffic(
    client: httpx.AsyncClient, log: Log
) -> None:
    await client.get("/faultsx")
    assert len(log()) == 1


async def test_active_connections_rise_during_a_request_and_fall_after_it(
    app: FastAPI, client: httpx.AsyncClient, value: Value
) -> None:
    seen = []

    @app.get("/seen")
    async def see() -> None:
        seen.append(value("active_connections"))
        raise ValueError("seen")

    before = value("active_connections")
    await client.get("/seen")
    assert seen == [before + 1]
    assert value("active_connections") == before
    await client.get("/livez")
    assert value("active_connections") == before


async def test_a_request_id_comes_back_and_is_logged(client: httpx.AsyncClient, log: Log) -> None:
    answer = await client.get("/nope", headers={"X-Request-ID": "Req_1.a-2"})
    assert answer.headers["x-request-id"] == "Req_1.a-2"
    assert log()[0]["request_id"] == "Req_1.a-2"


@pytest.mark.parametrize("bad", ["", "a b", "a" * 129, "é".encode(), 'x"}', "a\tb", "<script>"])
async def test_a_malformed_request_or_user_id_is_not_taken_over(
    client: httpx.AsyncClient, log: Log, bad: str | bytes
) -> None:
    answer = await client.get("/nope", headers={"X-Request-ID": bad, "X-User-ID": bad})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    (line,) = log()
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["user_id"] is None


async def test_each_request_gets_an_id_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/nope")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


async def test_nothing_of_a_request_outlives_it(client: httpx.AsyncClient, log: Log) -> None:
    await client.get("/nope", headers={"X-User-ID": "user-1"})
    await client.get("/nope")
    logs.get_logger("api").info("between requests")
    lines = log()
    assert [line["user_id"] for line in lines] == ["user-1", None, None]
    assert [line["path"] for line in lines] == ["/nope", "/nope", None]


async def test_parallel_requests_keep_their_own_context(
    app: FastAPI, client: httpx.AsyncClient, log: Log
) -> None:
    both = asyncio.Barrier(2)

    @app.get("/together/{number}")
    async def together(number: int) -> None:
        await both.wait()
        logs.add_extra(number=number)
        await both.wait()

    headers = [{"X-Request-ID": f"req-{number}"} for number in range(2)]
    await asyncio.gather(*(client.get(f"/together/{n}", headers=headers[n]) for n in range(2)))
    seen = {(line["request_id"], line["path"], line["extra"]["number"]) for line in log()}
    assert seen == {("req-0", "/together/0", 0), ("req-1", "/together/1", 1)}
