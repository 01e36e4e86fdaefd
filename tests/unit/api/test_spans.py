"""A request's trace: each attempt at ml, the wait for a connection and the statement are spans."""

import httpx
import psycopg
import pytest
from opentelemetry.trace import SpanKind, StatusCode

from api.database import Database, DatabaseUnavailableError
from api.schemas import Inference
from api.storage import PostgresStorage
from tests.unit.api.doubles import ANSWER, Ml
from tests.unit.spans import Spans, collected

PREDICT = {"model": "digits", "features": [0.0] * 64}
OK = httpx.Response(200, json=ANSWER)


@pytest.fixture
def spans(api: httpx.AsyncClient) -> Spans:
    assert api, "it configures the tracer"
    return collected("api")


async def test_the_call_to_ml_is_a_span_that_ml_is_the_child_of(
    api: httpx.AsyncClient, ml: Ml, spans: Spans
) -> None:
    await api.post("/api/v1/predict", json=PREDICT)
    call, request = spans()

    assert (call.name, call.kind) == ("POST /v1/models/{model}/infer", SpanKind.CLIENT)
    assert call.parent.span_id == request.context.span_id
    assert call.status.status_code is StatusCode.UNSET
    assert dict(call.attributes) == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "server.address": "ml",
        "server.port": 80,
        "url.full": "http://ml/v1/models/digits/infer",
    }
    (sent,) = ml.requests
    assert sent.headers["traceparent"].split("-")[2] == f"{call.context.span_id:016x}"


async def test_each_attempt_is_a_span_of_its_own(
    api: httpx.AsyncClient, ml: Ml, spans: Spans
) -> None:
    ml.answers = [httpx.Response(500), OK]
    await api.post("/api/v1/predict", json=PREDICT)
    first, second, request = spans()

    assert first.attributes["http.response.status_code"] == 500
    assert first.attributes["error.type"] == "500"
    assert first.status.status_code is StatusCode.ERROR
    assert "http.request.resend_count" not in first.attributes
    assert second.attributes["http.request.resend_count"] == 1
    assert second.status.status_code is StatusCode.UNSET
    assert request.status.status_code is StatusCode.UNSET
    parents = [sent.headers["traceparent"].split("-")[2] for sent in ml.requests]
    assert parents == [f"{one.context.span_id:016x}" for one in (first, second)]


async def test_a_call_without_an_answer_is_a_failed_span(
    api: httpx.AsyncClient, ml: Ml, spans: Spans
) -> None:
    ml.answers = [httpx.ConnectError("refused")]
    await api.post("/api/v1/predict", json=PREDICT)
    *calls, request = spans()

    assert [call.attributes["error.type"] for call in calls] == ["httpx.ConnectError"] * 2
    assert all(call.status.status_code is StatusCode.ERROR for call in calls)
    assert request.attributes["http.response.status_code"] == 503
    assert request.status.status_code is StatusCode.ERROR


async def test_an_injected_fault_is_an_exception_of_the_request_s_span(
    faults_token: dict[str, str], api: httpx.AsyncClient, spans: Spans
) -> None:
    fault = {"point": "http.request", "effect": "error", "lease_seconds": 15}
    await api.put("/faults/test", json=fault, headers=faults_token)
    await api.post("/api/v1/predict", json=PREDICT)
    await api.delete("/faults", headers=faults_token)
    (request,) = spans()

    (event,) = request.events
    assert event.attributes["exception.type"] == "faults.registry.InjectedFault"
    assert event.attributes["exception.message"] == "fault test"
    assert request.status.status_code is StatusCode.ERROR


class Cursor:
    async def fetchall(self) -> list[dict[str, object]]:
        return []


class Connection:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def execute(self, *_: object) -> Cursor:
        if self.error is not None:
            raise self.error
        return Cursor()


class Pool:
    """A pool that lends this, or raises it."""

    def __init__(self, lent: Connection | Exception) -> None:
        self.lent = lent

    async def getconn(self, _: float) -> Connection:
        if isinstance(self.lent, Exception):
            raise self.lent
        return self.lent

    async def putconn(self, _: Connection) -> None:
        pass


def lending(lent: Connection | Exception) -> PostgresStorage:
    database = Database("postgresql://api@postgres:6432/predictions", "hunter2")
    database._pool = Pool(lent)  # type: ignore[assignment] # noqa: SLF001 - what it stands on
    return PostgresStorage(database)


async def test_the_wait_for_a_connection_and_the_statement_are_spans() -> None:
    storage = lending(Connection())
    spans = collected("api")
    await storage.page(None, None, 10)
    wait, statement = spans()

    assert (wait.name, wait.kind) == ("wait for a connection", SpanKind.INTERNAL)
    assert wait.attributes == {"db.client.connection.pool.name": "api"}
    assert (statement.name, statement.kind) == ("SELECT predictions", SpanKind.CLIENT)
    assert dict(statement.attributes) == {
        "db.system.name": "postgresql",
        "db.namespace": "predictions",
        "db.operation.name": "SELECT",
        "db.collection.name": "predictions",
        "db.query.summary": "SELECT predictions",
        "server.address": "postgres",
        "server.port": 6432,
    }


async def test_an_insert_is_named_after_what_it_does() -> None:
    spans = collected("api")
    with pytest.raises(ValueError, match="unpack"):
        await lending(Connection()).add(Inference.model_validate(ANSWER), None)

    assert [span.name for span in spans()] == ["wait for a connection", "INSERT predictions"]


async def test_without_a_connection_the_wait_fails_and_there_is_no_statement() -> None:
    spans = collected("api")
    with pytest.raises(DatabaseUnavailableError):
        await lending(psycopg.OperationalError("no way")).page(None, None, 10)
    (wait,) = spans()

    assert wait.status.status_code is StatusCode.ERROR
    assert wait.attributes["error.type"] == "api.database.DatabaseUnavailableError"


async def test_a_statement_without_an_answer_is_a_failed_span() -> None:
    spans = collected("api")
    with pytest.raises(DatabaseUnavailableError):
        await lending(Connection(psycopg.OperationalError("gone"))).page(None, None, 10)
    wait, statement = spans()

    assert wait.status.status_code is StatusCode.UNSET
    assert statement.status.status_code is StatusCode.ERROR
    (event,) = statement.events
    assert "gone" in event.attributes["exception.stacktrace"]
