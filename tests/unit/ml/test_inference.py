import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

Log = Callable[[], list[dict[str, Any]]]
Value = Callable[..., float]

SERVICES = Path(__file__).parents[3] / "services"
ROWS: dict[str, list[float]] = {
    "digits": load_digits().data[0].tolist(),
    "breast-cancer": load_breast_cancer().data[0].tolist(),
}
TOTAL = "ml_inference_total"
SECONDS = "ml_inference_duration_seconds"
CONFIDENCE = "ml_prediction_confidence_ratio"


def is_problem(answer: httpx.Response, status: int) -> bool:
    kind = answer.headers["content-type"]
    return (answer.status_code, kind) == (status, "application/problem+json")


def infer_path(model: str) -> str:
    return f"/v1/models/{model}/infer"


async def infer(ml: httpx.AsyncClient, model: str = "digits") -> httpx.Response:
    return await ml.post(infer_path(model), json={"features": ROWS[model]})


@pytest.fixture
def counts(value: Value) -> Callable[[], dict[tuple[str, str], float]]:
    """Return how many inferences each model ran, by status."""
    return lambda: {
        (model, status): value(TOTAL, model=model, status=status)
        for model in ROWS
        for status in ("success", "error")
    }


Counts = Callable[[], dict[tuple[str, str], float]]


@pytest.mark.parametrize(("model", "prediction"), [("digits", "0"), ("breast-cancer", "malignant")])
async def test_a_model_answers_and_the_inference_is_counted(
    ml: httpx.AsyncClient, counts: Counts, model: str, prediction: str
) -> None:
    before = counts()
    answer = await infer(ml, model)

    assert answer.status_code == 200
    said = answer.json()
    assert (said["model"], said["model_version"]) == (model, "1.0.0")
    assert said["prediction"] == prediction
    assert 0.9 < said["confidence"] <= 1
    assert counts() == before | {(model, "success"): before[model, "success"] + 1}


def test_a_service_that_just_started_shows_both_models_at_zero(models: Path) -> None:
    # A process of its own: in this one others have counted before.
    program = "import ml.app, prometheus_client as p; ml.app.create_app()"
    result = subprocess.run(  # noqa: S603 - this test's own program
        [sys.executable, "-c", f"{program}; print(p.generate_latest().decode())"],
        env=os.environ | {"PYTHONPATH": str(SERVICES), "MODELS_DIR": str(models)},
        capture_output=True,
        check=True,
        text=True,
    )

    for model in ROWS:
        for status in ("success", "error"):
            assert f'{TOTAL}{{model="{model}",status="{status}"}} 0.0' in result.stdout
        assert f'{SECONDS}_bucket{{le="1.0",model="{model}"}} 0.0' in result.stdout
        assert f'{CONFIDENCE}_count{{model="{model}"}} 0.0' in result.stdout
        assert f'ml_model_info{{model="{model}",version="1.0.0"}} 1.0' in result.stdout


@pytest.mark.parametrize(
    ("path", "features", "status"),
    [
        (infer_path("digits"), [0.0] * 63, 422),
        (infer_path("digits"), [0.0] * 65, 422),
        (infer_path("breast-cancer"), ROWS["digits"], 422),
        (infer_path("digits"), [16.001, *[0.0] * 63], 422),
        (infer_path("digits"), [-0.001, *[0.0] * 63], 422),
        (infer_path("digits"), [1e308] * 64, 422),
        (infer_path("breast-cancer"), [-1e308] * 30, 422),
        (infer_path("digits"), [], 422),
        (infer_path("digits"), ["0"] * 64, 422),
        (infer_path("digits"), None, 422),
        (infer_path("weather"), ROWS["digits"], 404),
        (infer_path("%00"), ROWS["digits"], 404),
        (infer_path("'; --"), ROWS["digits"], 404),
    ],
)
async def test_a_client_s_mistake_is_no_failed_inference(
    ml: httpx.AsyncClient, counts: Counts, path: str, features: object, status: int
) -> None:
    before = counts()
    answer = await ml.post(path, json={"features": features})

    assert is_problem(answer, status), answer.text
    assert counts() == before


async def test_a_wrong_row_s_answer_says_what_the_model_takes(ml: httpx.AsyncClient) -> None:
    short = await ml.post(infer_path("digits"), json={"features": [0.0]})
    far = await ml.post(infer_path("digits"), json={"features": [17.0] * 64})

    assert short.json()["detail"] == "digits takes 64 features, not 1."
    assert far.json()["detail"] == "digits takes features from 0 to 16."


async def test_an_exception_in_the_model_is_a_500_and_a_failed_inference(
    faults_token: dict[str, str], ml: httpx.AsyncClient, counts: Counts
) -> None:
    fault = {"point": "inference", "effect": "error", "rate": 0.5, "lease_seconds": 15}
    await ml.put("/faults/test", json=fault, headers=faults_token)
    before = counts()
    answers = [await infer(ml) for _ in range(4)]
    await ml.delete("/faults", headers=faults_token)

    assert [answer.status_code for answer in answers] == [200, 500, 200, 500]
    assert is_problem(answers[1], 500)
    changed = {("digits", "success"): 2, ("digits", "error"): 2}
    assert counts() == before | {key: before[key] + change for key, change in changed.items()}


async def test_a_delay_shows_in_its_model_s_duration_and_no_other_s(
    faults_token: dict[str, str], ml: httpx.AsyncClient, value: Value
) -> None:
    fault = {"point": "inference", "effect": "delay", "delay_seconds": 0.06, "lease_seconds": 15}
    await ml.put("/faults/test", json=fault | {"match": {"model": "digits"}}, headers=faults_token)
    took = {}
    for model in ROWS:
        before = value(f"{SECONDS}_sum", model=model)
        assert (await infer(ml, model)).status_code == 200
        took[model] = value(f"{SECONDS}_sum", model=model) - before
    await ml.delete("/faults", headers=faults_token)

    assert took["digits"] >= 0.06 > took["breast-cancer"]


async def test_how_sure_a_model_is_is_counted_and_a_failed_inference_is_not(
    faults_token: dict[str, str], ml: httpx.AsyncClient, value: Value
) -> None:
    fault = {"point": "inference", "effect": "error", "rate": 0.5, "lease_seconds": 15}
    await ml.put("/faults/test", json=fault, headers=faults_token)
    before = {part: value(f"{CONFIDENCE}_{part}", model="digits") for part in ("count", "sum")}
    answers = [await infer(ml) for _ in range(2)]
    await ml.delete("/faults", headers=faults_token)

    assert [answer.status_code for answer in answers] == [200, 500]
    assert value(f"{CONFIDENCE}_count", model="digits") == before["count"] + 1
    said = value(f"{CONFIDENCE}_sum", model="digits") - before["sum"]
    assert said == pytest.approx(answers[0].json()["confidence"])


async def test_a_request_is_one_line_with_what_the_model_said(
    ml: httpx.AsyncClient, log: Log
) -> None:
    log()
    await infer(ml)

    (line,) = log()
    assert (line["level"], line["logger"]) == ("INFO", "ml.requests")
    assert line["extra"]["model"] == "digits"
    assert line["extra"]["model_version"] == "1.0.0"
    assert line["extra"]["prediction_confidence"] > 0.9


async def test_the_line_of_a_failed_inference_names_the_model(
    faults_token: dict[str, str], ml: httpx.AsyncClient, log: Log
) -> None:
    fault = {"point": "inference", "effect": "error", "lease_seconds": 15}
    await ml.put("/faults/test", json=fault, headers=faults_token)
    log()
    await infer(ml)
    await ml.delete("/faults", headers=faults_token)

    line = log()[0]
    assert (line["level"], line["status_code"], line["path"]) == (
        "ERROR",
        500,
        infer_path("digits"),
    )
    assert line["extra"]["model"] == "digits"


async def test_the_models_are_listed(ml: httpx.AsyncClient) -> None:
    cancer, digits = (await ml.get("/v1/models")).json()

    assert (cancer["name"], digits["name"]) == ("breast-cancer", "digits")
    assert cancer["classes"] == ["malignant", "benign"]
    assert (digits["features"], digits["lowest"], digits["highest"]) == (64, 0, 16)


async def test_the_service_is_ready_as_soon_as_it_answers(ml: httpx.AsyncClient) -> None:
    assert (await ml.get("/readyz")).status_code == 200


async def test_every_error_is_documented_as_a_problem(ml: httpx.AsyncClient) -> None:
    document = (await ml.get("/openapi.json")).json()
    answers = document["paths"]["/v1/models/{model}/infer"]["post"]["responses"]

    assert " ".join(answers) == "200 400 404 413 422 500"
    for status, answer in answers.items():
        if status != "200":
            assert answer["content"].keys() == {"application/problem+json"}
