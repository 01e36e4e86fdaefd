import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import telemetry
from telemetry import logs, tracing

Log = Callable[[], list[dict[str, Any]]]

TRACE = "5759e988bd862e3fe1be46a994272793"
XRAY_TRACE = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"
XRAY = f"Root={XRAY_TRACE};Parent={PARENT};Sampled=1"
OTHER = "0af7651916cd43dd8448eb211c80319c"
W3C = f"00-{OTHER}-b7ad6b7169203331-01"


@pytest.fixture
def propagators(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PROPAGATORS", request.param)


def using(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("propagators", names, indirect=True)


@pytest.fixture
def service(propagators: None) -> FastAPI:  # noqa: ARG001 - read when it is instrumented
    app = FastAPI()
    telemetry.instrument(app, service="api", version="1")

    @app.get("/call")
    async def call() -> dict[str, str]:
        logs.get_logger("api").info("calling")
        return tracing.inject({})

    return app


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    yield
    monkeypatch.delenv("OTEL_PROPAGATORS", raising=False)
    tracing.configure("api", "1")


async def called(service: FastAPI, **headers: str) -> dict[str, str]:
    transport = httpx.ASGITransport(service)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        answer: dict[str, str] = (await client.get("/call", headers=named)).json()
        return answer


def trace_in(text: str) -> str:
    """Return a trace id, of either header, as 32 digits."""
    found = re.search(r"1-([0-9a-f]{8})-([0-9a-f]{24})|00-([0-9a-f]{32})-", text)
    assert found is not None, text
    return found[3] or found[1] + found[2]


@using("xray", "xray,tracecontext", "tracecontext, xray")
async def test_with_x_ray_its_header_is_read_and_written(service: FastAPI) -> None:
    sent = await called(service, x_amzn_trace_id=XRAY)

    assert re.fullmatch(
        rf"Root={XRAY_TRACE};Parent=[0-9a-f]{{16}};Sampled=1", sent["X-Amzn-Trace-Id"]
    )
    assert PARENT not in sent["X-Amzn-Trace-Id"]


@using("xray,tracecontext")
async def test_with_both_both_are_written_and_say_the_same(service: FastAPI) -> None:
    sent = await called(service)

    assert trace_in(sent["traceparent"]) == trace_in(sent["X-Amzn-Trace-Id"])
    assert sent["traceparent"].split("-")[2] in sent["X-Amzn-Trace-Id"]


@using("xray,tracecontext")
async def test_of_two_headers_the_last_propagators_holds(service: FastAPI) -> None:
    sent = await called(service, x_amzn_trace_id=XRAY, traceparent=W3C)

    assert trace_in(sent["traceparent"]) == OTHER


@using("xray,tracecontext")
async def test_either_header_alone_is_enough(service: FastAPI) -> None:
    assert trace_in((await called(service, traceparent=W3C))["X-Amzn-Trace-Id"]) == OTHER
    assert trace_in((await called(service, x_amzn_trace_id=XRAY))["traceparent"]) == TRACE


@using("tracecontext", "")
async def test_without_x_ray_its_header_is_neither_read_nor_written(
    service: FastAPI, log: Log
) -> None:
    sent = await called(service, x_amzn_trace_id=XRAY)

    assert sent.keys() == {"traceparent", "X-Request-ID"}
    assert trace_in(sent["traceparent"]) != TRACE
    assert all(re.fullmatch("[0-9a-f]{32}", line["trace_id"]) for line in log())


@using("xray", "xray,tracecontext")
async def test_with_x_ray_the_log_has_its_form_of_the_trace_id(service: FastAPI, log: Log) -> None:
    await called(service, x_amzn_trace_id=XRAY)

    assert [line["trace_id"] for line in log()] == [XRAY_TRACE, XRAY_TRACE]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "=;=;=",
        f"Root={XRAY_TRACE}",
        f"Root=1-5759e988-xx;Parent={PARENT};Sampled=1",
        f"Root={XRAY_TRACE.replace('5', 'g')};Parent={PARENT};Sampled=1",
        f"Root={XRAY_TRACE};Parent={PARENT};Sampled=?",
        f"Root=1-00000000-{'0' * 24};Parent={PARENT};Sampled=1",
        XRAY + ";x=" + "y" * 600,
    ],
)
@using("xray,tracecontext")
async def test_a_header_that_is_not_understood_starts_a_new_trace(
    service: FastAPI, log: Log, header: str
) -> None:
    sent = await called(service, x_amzn_trace_id=header)

    assert trace_in(sent["X-Amzn-Trace-Id"]) != TRACE
    assert {line["level"] for line in log()} == {"INFO"}


@using("xray")
async def test_a_caller_that_does_not_sample_is_obeyed(service: FastAPI) -> None:
    sent = await called(service, x_amzn_trace_id=XRAY.replace("Sampled=1", "Sampled=0"))

    assert trace_in(sent["X-Amzn-Trace-Id"]) == TRACE
    assert sent["X-Amzn-Trace-Id"].endswith("Sampled=0")


@pytest.mark.parametrize("value", ["b3", "xray,b3", "xray;tracecontext", ",", "X-RAY", "none"])
def test_a_propagator_that_there_is_not_ends_the_service_with_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    monkeypatch.setenv("OTEL_PROPAGATORS", value)

    with pytest.raises(SystemExit) as ended:
        tracing.configure("api", "1")

    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"OTEL_PROPAGATORS is {value!r}: set it to tracecontext, xray or xray,tracecontext.\n"
    )
