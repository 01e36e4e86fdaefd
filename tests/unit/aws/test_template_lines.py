"""Which of the template's metrics count a line that the services really write."""

import dataclasses
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.database import Database
from api.inference import InferenceClient
from api.storage import PostgresStorage
from deploy.aws.builder import logs as metrics
from deploy.aws.standin import patterns
from ml import app as ml_app
from ml import train
from telemetry import logs
from tests.unit.api.doubles import Memory, Ml

Log = Callable[[], list[dict[str, Any]]]
ROW = [0.0] * 64
REQUEST = {"ApiRequests", "ApiRequestDuration"}
FAILED = REQUEST | {"ApiRequestsFailed"}
INFERENCE = {"MlRequests", "MlInferences", "MlInferenceDurationDigits"}


def counted(service: str, line: dict[str, Any]) -> set[str]:
    """Return the metrics of a service's log group that a line is counted in."""
    text = json.dumps(line)
    return {
        one.name
        for one in metrics.metrics()
        if one.service == service and patterns.compile(f"{{ {one.pattern} }}").matches(text)
    }


def of_all(service: str, lines: list[dict[str, Any]]) -> set[str]:
    return set().union(*(counted(service, line) for line in lines))


async def ask(app: FastAPI, method: str, path: str, **body: object) -> httpx.Response:
    """Send one request to a service."""
    connection = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=connection, base_url="http://service") as client,
    ):
        return await client.request(method, path, **body)  # type: ignore[arg-type] - httpx' own


async def predict(ml: Ml, storage: Any = None) -> httpx.Response:  # noqa: ANN401 - a Storage
    app = create_app(storage or Memory(), InferenceClient("http://ml", ml))
    return await ask(app, "POST", "/api/v1/predict", json={"model": "digits", "features": ROW})


@pytest.fixture
def ml() -> Ml:
    return Ml()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    train.main(folder)
    return folder


@pytest.fixture
def ml_service(models: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setenv("MODELS_DIR", str(models))
    return ml_app.create_app()


async def test_a_good_request_is_a_request(ml: Ml, log: Log) -> None:
    assert (await predict(ml)).status_code == 201

    assert of_all("api", log()) == REQUEST


async def test_a_slow_one_is_slow_from_a_millisecond_over_a_second_on(ml: Ml, log: Log) -> None:
    await predict(ml)
    line = log()[-1]

    assert counted("api", line | {"duration_ms": 1000}) == REQUEST
    assert counted("api", line | {"duration_ms": 1001}) == REQUEST | {"ApiRequestsSlow"}


async def test_a_clients_mistake_is_no_failure(log: Log) -> None:
    app = create_app(Memory(), InferenceClient("http://ml", Ml()))
    assert (await ask(app, "POST", "/api/v1/predict", json={})).status_code == 422

    assert of_all("api", log()) == REQUEST


async def test_an_answer_of_mls_that_is_an_error_is_a_failure_but_an_answer(
    ml: Ml, log: Log
) -> None:
    ml.answers = [httpx.Response(500)]
    assert (await predict(ml)).status_code == 502

    assert of_all("api", log()) == FAILED


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout("late"), TimeoutError()]
)
async def test_an_ml_that_does_not_answer_was_asked(ml: Ml, log: Log, error: Exception) -> None:
    ml.answers = [error]
    assert (await predict(ml)).status_code == 503

    assert of_all("api", log()) == FAILED | {"ApiRequestsWithoutMl"}


async def test_a_database_that_gives_no_connection_is_one(
    ml: Ml, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.database._CONNECTION_WAIT", 0.1)
    # Nobody listens there.
    storage = PostgresStorage(Database("postgresql://api@127.0.0.1:1/api", "none"))
    assert (await predict(ml, storage)).status_code == 503

    assert counted("api", log()[-1]) == FAILED | {"ApiRequestsWithoutDatabase"}


async def test_an_exception_in_a_request_is_a_failure_and_no_error_outside(
    ml: Ml, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Memory, "add", None)
    assert (await predict(ml)).status_code == 500

    assert of_all("api", log()) == FAILED


def test_an_error_outside_of_requests_is_one(log: Log) -> None:
    logs.configure()
    logging.getLogger("process").error("The process ends on an error")
    (line,) = log()

    assert counted("api", line) == {"ApiErrorsLogged"}
    assert counted("ml", line) == {"MlErrorsLogged"}


async def test_health_checks_are_no_requests_at_any_level(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    app = create_app(Memory(), InferenceClient("http://ml", Ml()))
    assert (await ask(app, "GET", "/livez")).status_code == 200
    lines = log()

    assert "/livez" in {line["path"] for line in lines}
    assert of_all("api", lines) == set()


async def test_a_retry_that_succeeded_is_one_request(ml: Ml, log: Log) -> None:
    ml.answers = [httpx.ConnectError("refused"), *ml.answers]
    assert (await predict(ml)).status_code == 201
    lines = log()

    assert len(lines) > 1
    assert sum("ApiRequests" in counted("api", line) for line in lines) == 1


async def test_an_inference_is_counted_with_its_model(ml_service: FastAPI, log: Log) -> None:
    path = "/v1/models/digits/infer"
    assert (await ask(ml_service, "POST", path, json={"features": ROW})).status_code == 200

    assert of_all("ml", log()) == INFERENCE


async def test_an_inference_that_fails_is_one_too(ml_service: FastAPI, log: Log) -> None:
    models = ml_service.state.models
    models["digits"] = dataclasses.replace(models["digits"], estimator=None)
    path = "/v1/models/digits/infer"
    assert (await ask(ml_service, "POST", path, json={"features": ROW})).status_code == 500

    assert of_all("ml", log()) == INFERENCE | {"MlInferencesFailed"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/models/nosuch/infer", 404),
        ("POST", "/v1/models/digits/infer", 422),
        ("GET", "/v1/models", 200),
    ],
)
async def test_what_no_model_ran_for_is_no_inference(
    ml_service: FastAPI, log: Log, method: str, path: str, status: int
) -> None:
    answer = await ask(ml_service, method, path, json={"features": [1.0]})
    assert answer.status_code == status

    assert of_all("ml", log()) == {"MlRequests"}
