"""An inference's span: which model, how sure it was, and what failed in it."""

import httpx
import pytest
from opentelemetry.trace import StatusCode
from sklearn.datasets import load_digits

from tests.unit.spans import Spans, collected

ROW = load_digits().data[0].tolist()
PATH = "/v1/models/digits/infer"


@pytest.fixture
def spans(ml: httpx.AsyncClient) -> Spans:
    assert ml, "it configures the tracer"
    return collected("ml")


async def test_an_inference_is_a_span_with_its_model(ml: httpx.AsyncClient, spans: Spans) -> None:
    answer = (await ml.post(PATH, json={"features": ROW})).json()
    inference, request = spans()

    assert inference.name == "inference"
    assert inference.parent.span_id == request.context.span_id
    assert dict(inference.attributes) == {
        "ml.model.name": "digits",
        "ml.model.version": "1.0.0",
        "ml.prediction.confidence": answer["confidence"],
    }
    assert request.name == "POST /v1/models/{model}/infer"


async def test_an_injected_fault_is_an_exception_of_the_inference_and_the_request(
    faults_token: dict[str, str], ml: httpx.AsyncClient, spans: Spans
) -> None:
    fault = {"point": "inference", "effect": "error", "lease_seconds": 15}
    await ml.put("/faults/test", json=fault, headers=faults_token)
    await ml.post(PATH, json={"features": ROW})
    await ml.delete("/faults", headers=faults_token)

    for span in spans():
        assert span.status.status_code is StatusCode.ERROR
        assert span.attributes["error.type"] == "faults.registry.InjectedFault"
    inference, request = spans()
    assert inference.attributes["ml.model.name"] == "digits"
    assert "ml.prediction.confidence" not in inference.attributes
    assert request.attributes["http.response.status_code"] == 500


async def test_a_client_s_mistake_is_no_inference(ml: httpx.AsyncClient, spans: Spans) -> None:
    await ml.post(PATH, json={"features": [0.0]})
    (request,) = spans()

    assert request.status.status_code is StatusCode.UNSET
