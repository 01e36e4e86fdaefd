"""From a service's spans over OTLP to X-Ray and to the page."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from deploy.aws.standin import collector, traces
from deploy.aws.standin.collector.policies import Latency, Probabilistic, StatusCode
from tests.polling import wait_for
from tests.unit.aws.collector.recorded import Recorder, fail, predict

OTLP = {"Content-Type": "application/x-protobuf"}


async def test_a_failed_request_is_in_x_ray_and_on_a_page_and_a_fine_one_is_not(
    store: traces.Store, recorder: Recorder, client: Callable[[str], Any]
) -> None:
    policies = (StatusCode(("ERROR",)), Latency(1000), Probabilistic(0))
    delivery = collector.Delivery(client("xray"), pauses=(0.01,))
    local = collector.Collector(collector.Configuration(0.01, 100, policies), store.add, delivery)
    app = FastAPI()
    app.include_router(collector.router(local))
    app.include_router(traces.router(store, client("logs"), local))
    failed, fine = predict(recorder, ml=fail), predict(recorder)

    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://standin") as browser,
    ):
        assert (await browser.post("/v1/traces", content=recorder.body(), headers=OTLP)).is_success
        ids = [f"1-{one[:8]}-{one[8:]}" for one in (failed, fine)]
        (kept,) = wait_for(
            lambda: client("xray").batch_get_traces(TraceIds=ids)["Traces"],
            "X-Ray has the failed one",
            seconds=20,
        )
        pages = [await browser.get(f"/traces/{one}") for one in (failed, fine)]

    assert kept["Id"] == ids[0]
    documents = [json.loads(one["Document"]) for one in kept["Segments"]]
    assert {one["name"] for one in documents} == {"api", "ml"}
    assert [one["fault"] for one in documents if "fault" in one] == [True]
    assert [page.status_code for page in pages] == [200, 404]
    assert "no <b>features</b>".replace("<", "&lt;").replace(">", "&gt;") in pages[0].text
    assert "no policy asked for it" in pages[1].text
