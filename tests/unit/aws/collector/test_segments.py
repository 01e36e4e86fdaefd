"""Spans as segment documents."""

import json
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from deploy.aws.standin.collector.configuration import Configuration
from deploy.aws.standin.collector.policies import Probabilistic
from deploy.aws.standin.collector.segments import document
from tests.unit.aws.collector.recorded import BEGAN, Recorder, fail, predict

CONFIGURATION = Configuration(10, 100, (Probabilistic(100),))


def documents(
    recorder: Recorder, configuration: Configuration = CONFIGURATION
) -> list[dict[str, Any]]:
    return [json.loads(document(one, configuration).text) for one in recorder.batch().spans]


def one(recorder: Recorder, configuration: Configuration = CONFIGURATION) -> dict[str, Any]:
    (found,) = documents(recorder, configuration)
    return found


def test_where_a_service_began_is_a_segment_with_its_name_and_version() -> None:
    recorder = Recorder()
    trace_id = predict(recorder)

    api = next(one for one in documents(recorder) if "parent_id" not in one)

    assert api["trace_id"] == f"1-{trace_id[:8]}-{trace_id[8:]}"
    assert (api["name"], api["service"]) == ("api", {"version": "1.2.3"})
    assert api["start_time"] == BEGAN / 1e9
    assert api["end_time"] == pytest.approx(BEGAN / 1e9 + 0.120)
    assert "type" not in api
    assert api["http"] == {
        "request": {"method": "POST", "url": "http://localhost:8000/api/v1/predict"},
        "response": {"status": 200},
    }
    assert api["metadata"]["default"]["http.route"] == "/api/v1/predict"
    assert api["metadata"]["default"]["otel.resource.service.name"] == "api"
    assert "url.path" not in api["metadata"]["default"]
    assert api["aws"]["xray"]["sdk"] == "opentelemetry for python"


def test_a_call_is_a_remote_subsegment_below_who_called() -> None:
    recorder = Recorder()
    predict(recorder)

    found = {one["name"]: one for one in documents(recorder) if one.get("type") == "subsegment"}
    (root,) = [one for one in documents(recorder) if "parent_id" not in one]

    assert found.keys() == {"ml", "api"}
    assert found["ml"]["namespace"] == "remote"
    assert found["ml"]["parent_id"] == root["id"]
    assert found["ml"]["http"]["request"]["url"] == "http://ml:8001/v1/models/digits/predict"
    # A subsegment says nothing of the resource: its segment does.
    assert not any(key.startswith("otel") for key in found["ml"].get("metadata", {}))


def test_who_is_called_is_a_segment_below_the_call() -> None:
    recorder = Recorder()
    predict(recorder)

    call, ml = (one for one in documents(recorder) if one["name"] == "ml")

    assert ml["parent_id"] == call["id"]
    assert "type" not in ml


def test_a_query_is_told_by_its_sql_block() -> None:
    recorder = Recorder()
    predict(recorder)

    query = next(one for one in documents(recorder) if "sql" in one)

    assert query["sql"] == {
        "url": "INSERT predictions",
        "connection_string": "localhost/api",
        "database_type": "postgresql",
        "sanitized_query": "INSERT INTO predictions VALUES ($1)",
    }
    assert query["metadata"]["default"] == {"db.system.name": "postgresql"}


def test_a_database_with_an_address_is_named_by_both() -> None:
    recorder = Recorder()
    recorder.span(
        "api",
        "SELECT",
        kind=SpanKind.CLIENT,
        attributes={
            "db.system": "postgresql",
            "db.name": "api",
            "db.connection_string": "postgresql://postgres:5432",
        },
    )

    found = one(recorder)

    assert found["name"] == "api@postgres"
    assert found["sql"]["connection_string"] == "postgresql://postgres:5432/api"


def test_the_stable_names_alone_make_no_sql_block_as_with_the_exporter() -> None:
    recorder = Recorder()
    attributes = {"db.system.name": "postgresql", "db.query.text": "SELECT 1"}
    recorder.span("api", "SELECT", kind=SpanKind.CLIENT, attributes=attributes)

    found = one(recorder)

    assert "sql" not in found
    assert found["name"] == "SELECT"
    assert found["metadata"]["default"].items() >= attributes.items()


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (200, set()),
        (302, set()),
        (400, {"error"}),
        (429, {"error", "throttle"}),
        (499, {"error"}),
        (500, {"fault"}),
        (599, {"fault"}),
    ],
)
def test_a_status_of_http_decides_what_went_wrong(status: int, flags: set[str]) -> None:
    recorder = Recorder()
    recorder.span("api", "GET", attributes={"http.response.status_code": status})

    assert {"error", "fault", "throttle"} & one(recorder).keys() == flags


def test_without_one_a_failed_span_is_a_fault_with_its_words() -> None:
    recorder = Recorder()
    recorder.span(
        "ml", "inference", before_end=lambda span: span.set_status(StatusCode.ERROR, "no model")
    )

    found = one(recorder)

    assert found["fault"] is True
    (exception,) = found["cause"]["exceptions"]
    assert exception["message"] == "no model"


def test_an_exception_tells_its_stack_and_what_led_to_it() -> None:
    recorder = Recorder()
    recorder.span("api", "GET", before_end=fail)

    last, first = one(recorder)["cause"]["exceptions"]

    assert (last["type"], last["message"]) == ("ValueError", "no <b>features</b>")
    assert (first["type"], first["message"]) == ("KeyError", "'features'")
    assert last["cause"] == first["id"]
    assert last["stack"][0]["label"] == "raise_two"
    assert last["stack"][0]["path"].endswith("recorded.py")
    assert isinstance(last["stack"][0]["line"], int)
    assert first["stack"][0]["line"] < last["stack"][0]["line"]


def test_a_span_of_its_own_is_named_by_what_x_ray_lets_a_name_hold() -> None:
    recorder = Recorder()
    recorder.span("api", "warm-up <of> 1,000 models?")

    assert one(recorder)["name"] == "warm-up of 1000 models"

    other = Recorder()
    other.span("api", "<>")
    assert one(other)["name"] == "span"


def test_indexed_attributes_are_annotations_and_the_rest_is_metadata() -> None:
    recorder = Recorder()
    recorder.span("api", "x", attributes={"ml.model": "digits", "other": [1, 2], "http.route": "/"})
    configuration = Configuration(10, 100, (), indexed=frozenset({"ml.model", "other"}))

    found = one(recorder, configuration)

    assert found["annotations"] == {"ml.model": "digits"}
    # An annotation is one value.
    assert found["metadata"]["default"]["other"] == [1, 2]
    assert found["metadata"]["default"]["http.route"] == "/"


def test_all_attributes_can_be_indexed() -> None:
    recorder = Recorder()
    recorder.span("api", "x", attributes={"a-b": True, "c": 1.5})

    found = one(recorder, Configuration(10, 100, (), index_all=True))

    assert found["annotations"].items() >= {"a_b": True, "c": 1.5}.items()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_has_not_is_text(number: float) -> None:
    recorder = Recorder()
    recorder.span("api", "x", attributes={"n": number})

    assert one(recorder)["metadata"]["default"]["n"] == str(number)


def test_the_user_and_who_asked_have_their_places() -> None:
    recorder = Recorder()
    recorder.span(
        "api",
        "GET",
        kind=SpanKind.SERVER,
        attributes={
            "enduser.id": "user-1",
            "http.request.method": "GET",
            "client.address": "192.0.2.1",
            "user_agent.original": "curl/8",
            "url.path": "/x",
            "url.query": "a=1",
            "url.scheme": "https",
            "server.address": "example.com",
            "server.port": 443,
        },
    )

    found = one(recorder)

    assert found["user"] == "user-1"
    assert found["http"]["request"] == {
        "method": "GET",
        "url": "https://example.com/x?a=1",
        "user_agent": "curl/8",
        "client_ip": "192.0.2.1",
        "x_forwarded_for": True,
    }


def test_a_segment_names_the_log_groups_that_x_rays_console_reads() -> None:
    recorder = Recorder()
    recorder.span("api", "x")

    found = one(recorder, Configuration(10, 100, (), log_groups=("/sre-reference/api",)))

    assert found["aws"]["cloudwatch_logs"] == [{"log_group": "/sre-reference/api"}]
