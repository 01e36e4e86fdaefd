"""The ML service with models trained for the test run."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from ml import train
from ml.app import create_app


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    train.main(folder)
    return folder


@pytest.fixture
def faults_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Switch the fault interface on; the header opens it. List it before `ml`."""
    (tmp_path / "faults_token").write_text("let-me-in\n")
    monkeypatch.setenv("FAULTS_TOKEN_FILE", str(tmp_path / "faults_token"))
    return {"Authorization": "Bearer let-me-in"}


@pytest.fixture
async def ml(models: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("MODELS_DIR", str(models))
    connection = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=connection, base_url="http://ml") as client:
        yield client
