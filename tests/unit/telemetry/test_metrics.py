import asyncio
import random
import string
from collections import defaultdict
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus_text
from starlette.types import Message, Receive

from telemetry import metrics

Value = Callable[..., float]

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2"}
SAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOT_SAMPLED = "00-0bf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


@pytest.mark.parametrize(
    ("metric", "name", "kind", "labels"),
    [
        (metrics.HTTP_REQUESTS, "http_requests", "counter", ("method", "path", "status")),
        (
            metrics.HTTP_REQUEST_DURATION,
            "http_request_duration_seconds",
            "histogram",
            ("method", "path"),
        ),
        (metrics.ML_INFERENCES, "ml_inference", "counter", ("model", "status")),
        (metrics.ML_INFERENCE_DURATION, "ml_inference_duration_seconds", "histogram", ("model",)),
        (metrics.ACTIVE_CONNECTIONS, "active_connections", "gauge", ()),
        (
            metrics.DATABASE_CONNECTION_ATTEMPTS,
            "database_connection_attempts",
            "counter",
            ("result",),
        ),
        (metrics.SERVICE_BUILD, "service_build_info", "gauge", ("version",)),
        (metrics.ML_MODEL, "ml_model_info", "gauge", ("model", "version")),
        (metrics.ML_CONFIDENCE, "ml_prediction_confidence_ratio", "histogram", ("model",)),
    ],
)
def test_each_metric_has_the_specified_name_type_and_labels(
    metric: Counter | Gauge | Histogram, name: str, kind: str, labels: tuple[str, ...]
) -> None:
    if labels:
        metric.labels(**dict.fromkeys(labels, "catalogue"))
    (family,) = metric.collect()
    assert (family.name, family.type) == (name, kind)
    assert family.documentation.endswith(".")
    assert {*labels, "le"} >= family.samples[0].labels.keys() >= set(labels)


def test_every_threshold_on_a_latency_is_a_bucket_edge() -> None:
    # The SLO's 200 ms, HighLatency's 500 ms, MLInferenceSlowdown's 1 s.
    assert {0.2, 0.5, 1.0} <= set(metrics.DURATION_BUCKETS)


async def test_metrics_are_served_in_the_text_format_by_default(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/predictions/1")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {family.name for family in prometheus_text(answer.text)}
    assert {"http_requests", "process_start_time_seconds", "python_info"} <= names
    assert "trace_id" not in answer.text


async def test_the_version_that_runs_is_told(client: httpx.AsyncClient) -> None:
    lines = (await client.get("/metrics")).text.splitlines()
    assert 'service_build_info{version="1.2.3"} 1.0' in lines


def test_the_version_of_each_model_is_told(value: Value) -> None:
    metrics.name_models({"first": "1.0.0", "second": "2.1.0"})
    assert value("ml_model_info", model="first", version="1.0.0") == 1
    assert value("ml_model_info", model="second", version="2.1.0") == 1


def test_an_answer_counts_by_how_sure_the_model_is(value: Value) -> None:
    for confidence in (0.55, 1.0):
        metrics.record_confidence("sure", confidence)
    assert value("ml_prediction_confidence_ratio_bucket", model="sure", le="0.5") == 0
    assert value("ml_prediction_confidence_ratio_bucket", model="sure", le="0.6") == 1
    assert value("ml_prediction_confidence_ratio_bucket", model="sure", le="1.0") == 2
    assert value("ml_prediction_confidence_ratio_sum", model="sure") == 1.55


async def test_no_created_series_doubles_the_storage(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/predictions/1")
    for headers in ({}, OPENMETRICS):
        assert "_created" not in (await client.get("/metrics", headers=headers)).text


@pytest.mark.parametrize("version", ["", "x", "1.0.0", "99999", "1.0.0\t"])
async def test_any_version_in_accept_gets_a_valid_answer(
    client: httpx.AsyncClient, version: str
) -> None:
    accept = {"Accept": f"application/openmetrics-text; version={version}"}
    answer = await client.get("/metrics", headers=accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0;")
    assert list(openmetrics(answer.text))


async def exemplars(client: httpx.AsyncClient) -> dict[tuple[str, str | None], set[str]]:
    """Return the trace ids that OpenMetrics shows, by sample name and path or model.

    A histogram has one for each bucket that a traced request fell into.
    """
    text = (await client.get("/metrics", headers=OPENMETRICS)).text
    found: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for family in openmetrics(text):
        for sample in family.samples:
            if sample.exemplar:
                place = sample.labels.get("path") or sample.labels.get("model")
                found[sample.name, place].add(sample.exemplar.labels["trace_id"])
    return found


async def test_counter_and_histogram_carry_the_trace_id_of_a_sampled_request(
    client: httpx.AsyncClient,
) -> None:
    await client.get("/api/v1/predictions/1", headers={"traceparent": SAMPLED})
    found = await exemplars(client)
    for name in ("http_requests_total", "http_request_duration_seconds_bucket"):
        traced = found[name, "/api/v1/predictions/{identifier}"]
        assert "0af7651916cd43dd8448eb211c80319c" in traced


async def test_a_request_that_is_not_sampled_leaves_no_exemplar(client: httpx.AsyncClient) -> None:
    await client.get("/boom", headers={"traceparent": NOT_SAMPLED})
    ids = set().union(*(await exemplars(client)).values())
    assert "0bf7651916cd43dd8448eb211c80319c" not in ids


async def test_an_inference_carries_the_trace_id_too(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    @app.post("/infer")
    async def infer() -> None:
        with metrics.measure_inference("traced"):
            pass

    await client.post("/infer", headers={"traceparent": SAMPLED})
    found = await exemplars(client)
    assert ("ml_inference_total", "traced") in found
    assert ("ml_inference_duration_seconds_bucket", "traced") in found


def test_an_inference_counts_as_a_success_with_its_duration(value: Value) -> None:
    with metrics.measure_inference("good"):
        pass
    assert value("ml_inference_total", model="good", status="success") == 1
    assert value("ml_inference_total", model="good", status="error") == 0
    assert value("ml_inference_duration_seconds_count", model="good") == 1


def test_an_exception_in_the_model_counts_as_an_error_and_goes_on(value: Value) -> None:
    with pytest.raises(ZeroDivisionError), metrics.measure_inference("bad"):
        _ = 1 / 0
    assert value("ml_inference_total", model="bad", status="error") == 1
    assert value("ml_inference_total", model="bad", status="success") == 0
    assert value("ml_inference_duration_seconds_count", model="bad") == 1


def test_a_cancelled_inference_is_neither_success_nor_error(value: Value) -> None:
    with pytest.raises(asyncio.CancelledError), metrics.measure_inference("gone"):
        raise asyncio.CancelledError
    assert value("ml_inference_duration_seconds_count", model="gone") == 0


def exists(name: str, **labels: str) -> bool:
    return REGISTRY.get_sample_value(name, labels) is not None


def test_inferences_start_at_zero() -> None:
    metrics.preset_inferences(["preset"])
    assert exists("ml_inference_total", model="preset", status="success")
    assert exists("ml_inference_total", model="preset", status="error")
    assert exists("ml_inference_duration_seconds_bucket", model="preset", le="1.0")
    assert exists("ml_prediction_confidence_ratio_count", model="preset")


def test_database_connection_attempts_start_at_zero(value: Value) -> None:
    metrics.preset_connection_attempts()
    assert exists("database_connection_attempts_total", result="success")
    assert exists("database_connection_attempts_total", result="failure")
    before = value("database_connection_attempts_total", result="failure")
    metrics.record_connection_attempt("failure")
    assert value("database_connection_attempts_total", result="failure") == before + 1


async def test_the_series_of_every_route_start_at_zero_when_the_service_starts(
    app: FastAPI,
) -> None:
    @app.post("/preset/{thing}", status_code=202)
    async def preset(thing: str) -> str:
        return thing

    await app({"type": "lifespan"}, _startup(), _ignore)
    for status in ("202", "500"):
        labels = {"method": "POST", "path": "/preset/{thing}", "status": status}
        assert exists("http_requests_total", **labels)
    assert exists("http_request_duration_seconds_count", method="POST", path="/preset/{thing}")
    assert not exists("http_requests_total", method="GET", path="/metrics", status="200")
    assert not exists("http_requests_total", method="GET", path="/readyz", status="200")


def _startup() -> Receive:
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Message:
        return next(messages)

    return receive


async def _ignore(_message: Message) -> None:
    pass


async def test_a_thousand_random_paths_and_methods_add_no_series(client: httpx.AsyncClient) -> None:
    async def series() -> int:
        return len((await client.get("/metrics")).text.splitlines())

    draw = random.Random(1)  # noqa: S311 - paths that repeat in every run
    for method in ("GET", "BREW"):
        await client.request(method, "/nope")
    await client.get("/api/v1/predictions/0")
    before = await series()
    for number in range(500):
        word = "".join(draw.choices(string.printable, k=12)).encode().hex()
        assert (await client.get(f"/{word}")).status_code == 404
        await client.request(f"BREW{number}", f"/{word}/{number}")
        assert (await client.get(f"/api/v1/predictions/{word}")).status_code == 200
    assert await series() == before
