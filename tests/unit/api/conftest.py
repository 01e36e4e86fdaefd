"""The API with a storage in memory and an ML service that answers as it is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.inference import InferenceClient
from tests.unit.api.doubles import Memory, Ml


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def ml() -> Ml:
    return Ml()


@pytest.fixture
def faults_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Switch the fault interface on; the header opens it. List it before `api`."""
    (tmp_path / "faults_token").write_text("let-me-in\n")
    monkeypatch.setenv("FAULTS_TOKEN_FILE", str(tmp_path / "faults_token"))
    return {"Authorization": "Bearer let-me-in"}


@pytest.fixture
async def api(
    memory: Memory, ml: Ml, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("SERVICE_VERSION", "1.0.0")
    app = create_app(memory, InferenceClient("http://ml", ml))
    connection = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=connection, base_url="http://api") as client,
    ):
        yield client
