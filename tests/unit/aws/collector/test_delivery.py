"""Segment documents on their way to X-Ray."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer

from deploy.aws.standin.collector.delivery import Delivery
from deploy.aws.standin.collector.segments import Document
from tests.polling import wait_for
from tests.unit.aws.collector.conftest import client_of

if TYPE_CHECKING:
    from types_boto3_xray import XRayClient

Value = Callable[..., float]
Deliver = Callable[..., Delivery]


def trace(spans: int = 2) -> list[Document]:
    trace_id = f"1-{int(time.time()):08x}-{uuid4().hex[:24]}"
    ids = [uuid4().hex[:16] for _ in range(spans)]
    common = {"trace_id": trace_id, "name": "api", "start_time": time.time()}
    texts = [json.dumps({**common, "id": one, "end_time": time.time()}) for one in ids]
    return [Document(trace_id, one, text) for one, text in zip(ids, texts, strict=True)]


def stored(xray: "XRayClient", documents: list[Document]) -> list[str]:
    answer = xray.batch_get_traces(TraceIds=[documents[0].trace_id])
    return [one["Document"] for found in answer["Traces"] for one in found["Segments"]]


@pytest.fixture
def deliver() -> Iterator[Deliver]:
    started: list[Delivery] = []

    def start(client: Any, **options: Any) -> Delivery:  # noqa: ANN401 - passed on
        delivery = Delivery(client, **{"pauses": (0.01, 0.01), **options})
        delivery.start()
        started.append(delivery)
        return delivery

    yield start
    for delivery in started:
        delivery.stop()


def test_the_documents_of_a_trace_arrive_whole(
    xray: "XRayClient", deliver: Deliver, value: Value
) -> None:
    before = value("standin_segments_total", result="sent")
    documents = trace(120)

    deliver(xray).offer(documents)

    wait_for(lambda: len(stored(xray, documents)) == 120, "all have arrived", seconds=20)
    assert {*stored(xray, documents)} == {one.text for one in documents}
    wait_for(
        lambda: value("standin_segments_total", result="sent") == before + 120,
        "they are counted",
        seconds=20,
    )


def test_a_document_that_x_ray_refuses_is_counted(
    xray: "XRayClient", deliver: Deliver, value: Value
) -> None:
    before = value("standin_segments_total", result="refused")
    good, bad = trace(2)

    deliver(xray).offer([good, bad._replace(text="{")])

    wait_for(
        lambda: value("standin_segments_total", result="refused") == before + 1,
        "the refused one is counted",
        seconds=20,
    )
    assert stored(xray, [good]) == [good.text]


def test_while_x_ray_is_gone_nobody_waits_and_it_goes_on_by_itself(
    deliver: Deliver, value: Value
) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    before = value("standin_segments_total", result="no_answer")
    xray = client_of("xray", f"http://127.0.0.1:{port}")
    delivery = deliver(xray)

    began = time.monotonic()
    delivery.offer(trace())
    assert time.monotonic() - began < 0.1
    wait_for(
        lambda: value("standin_segments_total", result="no_answer") == before + 2,
        "what was lost is counted",
        seconds=20,
    )

    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    try:
        documents = trace()
        delivery.offer(documents)
        wait_for(lambda: stored(xray, documents), "the next one has arrived", seconds=20)
    finally:
        server.stop()


def test_a_full_queue_takes_nothing_more_and_counts(xray: "XRayClient", value: Value) -> None:
    before = value("standin_segments_total", result="queue_full")
    delivery = Delivery(xray, queue=1)

    delivery.offer(trace(2))
    delivery.offer(trace(3))

    assert value("standin_segments_total", result="queue_full") == before + 3


def test_moto_gets_no_more_traces_than_it_can_hold(
    xray: "XRayClient", deliver: Deliver, value: Value
) -> None:
    first, second, third = trace(), trace(), trace()
    xray.put_trace_segments(TraceSegmentDocuments=[one.text for one in first])
    before = value("standin_segments_total", result="enough")
    delivery = deliver(xray, most_traces=2)

    delivery.offer(second)
    delivery.offer(third)

    wait_for(
        lambda: value("standin_segments_total", result="enough") == before + 2,
        "the third is one too many",
        seconds=20,
    )
    assert stored(xray, second)
    assert not stored(xray, third)


def test_what_waits_is_sent_before_the_end(xray: "XRayClient") -> None:
    delivery = Delivery(xray)
    documents = trace()
    delivery.offer(documents)

    delivery.start()
    delivery.stop()

    assert len(stored(xray, documents)) == 2
