from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles

from telemetry import routes

Value = Callable[..., float]

PREDICTION = "/api/v1/predictions/{identifier}"


async def test_a_request_counts_under_its_route_template(
    client: httpx.AsyncClient, value: Value
) -> None:
    labels = {"method": "GET", "path": PREDICTION}
    before = value("http_requests_total", **labels, status="200")
    observed = value("http_request_duration_seconds_count", **labels)
    await client.get("/api/v1/predictions/1?limit=2")
    await client.get("/api/v1/predictions/2")
    assert value("http_requests_total", **labels, status="200") == before + 2
    assert value("http_request_duration_seconds_count", **labels) == observed + 2


def with_every_kind_of_route(app: FastAPI, folder: Path) -> None:
    nested, outer = APIRouter(), APIRouter(prefix="/outer")

    @nested.get("/leaf/{x}")
    async def leaf(x: str) -> str:
        return x

    outer.include_router(nested, prefix="/nested")
    app.include_router(outer, prefix="/v1")
    app.include_router(outer, prefix="/v2")

    async def plain(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("plain")

    app.add_route("/plain/{x}", plain)
    (folder / "page.txt").write_text("page")
    app.mount("/static", StaticFiles(directory=folder))


@pytest.mark.parametrize(
    ("method", "path", "template", "status"),
    [
        ("GET", "/v1/outer/nested/leaf/1", "/v1/outer/nested/leaf/{x}", 200),
        ("GET", "/v2/outer/nested/leaf/1", "/v2/outer/nested/leaf/{x}", 200),
        ("PUT", "/v2/outer/nested/leaf/1", "/v2/outer/nested/leaf/{x}", 405),
        ("GET", "/plain/1", "/plain/{x}", 200),
        ("GET", "/static/page.txt", "/static", 200),
        ("GET", "/static/absent.txt", "/static", 404),
        ("GET", "/openapi.json", "/openapi.json", 200),
        ("GET", "/boom/", routes.UNMATCHED, 307),
        ("GET", "/nope", routes.UNMATCHED, 404),
        ("GET", "/", routes.UNMATCHED, 404),
    ],
)
async def test_the_path_label_is_the_whole_template(  # noqa: PLR0913, PLR0917 - fixtures
    app: FastAPI,
    client: httpx.AsyncClient,
    value: Value,
    tmp_path: Path,
    method: str,
    path: str,
    template: str,
    status: int,
) -> None:
    with_every_kind_of_route(app, tmp_path)
    labels = {"method": method, "path": template, "status": str(status)}
    before = value("http_requests_total", **labels)
    assert (await client.request(method, path)).status_code == status
    assert value("http_requests_total", **labels) == before + 1


async def test_an_unknown_method_is_one_label(client: httpx.AsyncClient, value: Value) -> None:
    labels = {"method": "<other>", "path": PREDICTION, "status": "405"}
    before = value("http_requests_total", **labels)
    for method in ("BREW", "PROPFIND"):
        await client.request(method, "/api/v1/predictions/1")
    assert value("http_requests_total", **labels) == before + 2
