"""POST /v1/traces: from OpenTelemetry's own exporter, and from those who send something else."""

import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from threading import Thread

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from google.rpc.status_pb2 import Status
from httpx import Response
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from opentelemetry.sdk.trace.export import SpanExportResult

from deploy.aws.standin import collector
from deploy.aws.standin.collector import otlp
from deploy.aws.standin.collector.policies import Probabilistic
from deploy.aws.standin.collector.segments import Document
from tests.polling import wait_for
from tests.unit.aws.collector.nowhere import Nowhere
from tests.unit.aws.collector.recorded import Recorder, predict

Value = Callable[..., float]
MEDIA = {"Content-Type": "application/x-protobuf"}


@pytest.fixture
def kept() -> list[Sequence[Document]]:
    return []


def application(
    store: Callable[[Sequence[Document]], None], *, decision_wait: float = 0.01
) -> FastAPI:
    configuration = collector.Configuration(decision_wait, 100, (Probabilistic(100),))
    app = FastAPI()
    app.include_router(collector.router(collector.Collector(configuration, store, Nowhere())))
    return app


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://standin") as client,
    ):
        yield client


@pytest.fixture
async def client(kept: list[Sequence[Document]]) -> AsyncIterator[httpx.AsyncClient]:
    async with started(application(kept.append)) as client:
        yield client


async def post(
    client: httpx.AsyncClient, body: bytes | AsyncIterator[bytes], encoding: str = "identity"
) -> Response:
    headers = {**MEDIA, "Content-Encoding": encoding}
    return await client.post("/v1/traces", content=body, headers=headers)


def problem(answer: Response) -> str:
    assert answer.headers["Content-Type"] == "application/x-protobuf"
    return Status.FromString(answer.content).message


def request(*spans: Span) -> bytes:
    resource = ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])
    return ExportTraceServiceRequest(resource_spans=[resource]).SerializeToString()


async def test_spans_are_accepted_and_kept(
    client: httpx.AsyncClient, kept: list[Sequence[Document]], value: Value
) -> None:
    before = value("standin_spans_total", result="accepted")
    recorder = Recorder()
    predict(recorder)

    answer = await post(client, recorder.body())

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/x-protobuf"
    # Full success leaves partial success unset.
    assert answer.content == b""
    assert value("standin_spans_total", result="accepted") == before + 4
    (documents,) = wait_for(lambda: kept, "the trace is kept", seconds=20)
    assert len(documents) == 4


async def test_gzip_is_unpacked(client: httpx.AsyncClient, kept: list[Sequence[Document]]) -> None:
    recorder = Recorder()
    predict(recorder)

    answer = await post(client, gzip.compress(recorder.body()), "gzip")

    assert answer.status_code == 200
    wait_for(lambda: kept, "the trace is kept", seconds=20)


async def test_an_empty_request_is_a_success(client: httpx.AsyncClient) -> None:
    assert (await post(client, b"")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"trace_id": b""},
        {"trace_id": b"\0" * 16},
        {"trace_id": b"x" * 8},
        {"span_id": b"\0" * 8},
        {"span_id": b"x" * 7},
        {"parent_span_id": b"x"},
        {"start_time_unix_nano": 0},
        {"end_time_unix_nano": 9},
    ],
)
async def test_spans_that_cannot_be_used_are_rejected_and_the_others_taken(
    client: httpx.AsyncClient, kept: list[Sequence[Document]], wrong: dict[str, object]
) -> None:
    fine = {"trace_id": b"t" * 16, "span_id": b"s" * 8}
    fine |= {"start_time_unix_nano": 10, "end_time_unix_nano": 20}

    answer = await post(client, request(Span(**fine), Span(**{**fine, **wrong})))

    assert answer.status_code == 200
    told = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert told.rejected_spans == 1
    assert "16 bytes" in told.error_message
    ((document,),) = wait_for(lambda: kept, "the other one is kept", seconds=20)
    assert document.id == (b"s" * 8).hex()


async def test_what_is_no_protobuf_is_bad_data(client: httpx.AsyncClient) -> None:
    answer = await post(client, b"\xff\xff\xff")

    assert answer.status_code == 400
    assert "ExportTraceServiceRequest" in problem(answer)


@pytest.mark.parametrize(
    "body", [b"no gzip", gzip.compress(b"x" * 1_000)[:-4], zlib.compress(b"x")]
)
async def test_what_is_no_whole_gzip_is_bad_data(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await post(client, body, "gzip")

    assert answer.status_code == 400
    assert "gzip" in problem(answer)


async def test_another_encoding_is_bad_data(client: httpx.AsyncClient) -> None:
    answer = await post(client, b"", "br")

    assert answer.status_code == 400
    assert "'br'" in problem(answer)


async def test_json_is_not_taken(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/traces", json={"resourceSpans": []})

    assert answer.status_code == 415
    assert "application/x-protobuf" in problem(answer)


async def test_a_body_that_is_too_large_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(otlp.LARGEST // 2**20 + 1):
            yield b"x" * 2**20

    answer = await post(client, chunks())

    assert answer.status_code == 413
    assert f"{otlp.LARGEST:,}" in problem(answer)


async def test_a_small_body_that_unpacks_to_too_much_is_not_unpacked(
    client: httpx.AsyncClient,
) -> None:
    bomb = gzip.compress(b"\0" * (otlp.LARGEST + 1))
    assert len(bomb) < 20_000

    assert (await post(client, bomb, "gzip")).status_code == 413


async def test_a_span_larger_than_x_ray_takes_is_counted_and_the_others_kept(
    client: httpx.AsyncClient, kept: list[Sequence[Document]], value: Value
) -> None:
    before = value("standin_segments_total", result="too_large")
    recorder = Recorder()
    parent = recorder.span("api", "GET")
    recorder.span("api", "much", parent=parent, attributes={"x": "x" * 64 * 1024})

    await post(client, recorder.body())

    (documents,) = wait_for(lambda: kept, "the trace is kept", seconds=20)
    assert len(documents) == 1
    assert value("standin_segments_total", result="too_large") == before + 1


async def test_what_waits_for_its_decision_is_kept_when_the_application_ends(
    kept: list[Sequence[Document]],
) -> None:
    recorder = Recorder()
    predict(recorder)

    async with started(application(kept.append, decision_wait=3600)) as client:
        await post(client, recorder.body())
        assert not kept

    assert len(kept) == 1


async def test_a_trace_that_cannot_be_stored_stops_none_after_it(
    kept: list[Sequence[Document]],
) -> None:
    def store(documents: Sequence[Document]) -> None:
        kept.append(documents)
        if len(kept) == 1:
            raise OSError("the disk is full")

    async with started(application(store)) as client:
        for count in (1, 2):
            recorder = Recorder()
            predict(recorder)
            await post(client, recorder.body())
            wait_for(lambda wanted=count: len(kept) == wanted, "it was tried", seconds=20)


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_opentelemetrys_own_exporter_is_understood(
    kept: list[Sequence[Document]], compression: Compression
) -> None:
    server = uvicorn.Server(
        uvicorn.Config(application(kept.append), port=0, log_config=None, lifespan="on")
    )
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started, "the receiver listens", seconds=20)
        port = server.servers[0].sockets[0].getsockname()[1]
        recorder = Recorder()
        predict(recorder)
        address = f"http://127.0.0.1:{port}/v1/traces"
        exporter = OTLPSpanExporter(endpoint=address, compression=compression)

        assert exporter.export(recorder.finished()) is SpanExportResult.SUCCESS

        (documents,) = wait_for(lambda: kept, "the trace is kept", seconds=20)
        assert len(documents) == 4
    finally:
        server.should_exit = True
        thread.join()
