from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, FiniteFloat
from starlette.responses import StreamingResponse

import telemetry
from telemetry import logs, tracing

Emit = Callable[..., dict[str, Any]]
Log = Callable[[], list[dict[str, Any]]]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    features: list[FiniteFloat]


def _predictions() -> APIRouter:
    router = APIRouter(prefix="/predictions")

    @router.get("/{identifier}")
    async def one(identifier: str) -> str:
        return identifier

    @router.post("", status_code=201)
    async def predict(body: Body) -> int:
        logs.add_extra(model_version="1.0.0", prediction_confidence=0.95)
        return len(body.features)

    return router


@pytest.fixture
def app() -> FastAPI:
    """A small service, instrumented: routes that answer, fail, stream and log."""
    app = FastAPI()
    telemetry.instrument(app, service="api", version="1.2.3")
    app.include_router(_predictions(), prefix="/api/v1")

    @app.get("/boom")
    async def boom() -> None:
        raise ValueError("postgresql://api:hunter2@postgres/api is down")

    @app.get("/torn")
    async def torn() -> StreamingResponse:
        async def halves() -> AsyncIterator[bytes]:
            yield b"half"
            raise ValueError("torn")

        return StreamingResponse(halves(), media_type="text/plain")

    @app.get("/retry")
    async def retry() -> dict[str, str]:
        logs.get_logger("api.ml").warning("Retry succeeded", attempt=2)
        return tracing.inject({})

    @app.get("/readyz")
    async def readyz() -> str:
        return "ready"

    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


@pytest.fixture
def configured() -> None:
    logs.configure("INFO")


@pytest.fixture
def emit(log: Log) -> Emit:
    """Log one event with these fields, and return its line."""
    logs.configure("INFO")

    def emit_one(message: str = "event", **fields: object) -> dict[str, Any]:
        logs.get_logger("api.handlers").info(message, **fields)
        (line,) = log()
        return line

    return emit_one
