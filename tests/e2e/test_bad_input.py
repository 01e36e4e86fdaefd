"""Whatever clients send: no 5xx, no traceback, no new series; a problem document says what."""

import json
import random
import string
from collections.abc import Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from loadtest.endpoints import Endpoints

pytestmark = pytest.mark.disturbs

PREDICT = "/api/v1/predict"
INFER = "/v1/models/digits/infer"
TARGETS = [("api", PREDICT), ("ml", INFER)]
ROW = [0.0] * 64
DEEP = "[" * 10_000 + "]" * 10_000

BODIES: dict[str, bytes] = {
    "10 MB": b'{"features": [' + b"1," * 5_000_000 + b"1]}",
    "NaN": json.dumps({"model": "digits", "features": [float("nan")] * 64}).encode(),
    "infinity": json.dumps({"model": "digits", "features": [float("inf")] * 64}).encode(),
    "a number beyond floats": b'{"model": "digits", "features": [1e999]}',
    "10,000 deep": DEEP.encode(),
    "10,000 deep in a field": f'{{"model": "digits", "features": {DEEP}}}'.encode(),
    "no JSON": b"not json",
    "nothing": b"",
    "invalid UTF-8": b'{"model": "\xff\xfe", "features": [1]}',
    "a lone surrogate": b'{"model": "\\ud800", "features": [1]}',
    "a NUL": b'{"model": "digits\\u0000", "features": [1]}',
    "wrong types": b'{"model": 7, "features": "many"}',
    "texts for numbers": json.dumps({"model": "digits", "features": ["1"] * 64}).encode(),
    "SQL": b'{"model": "digits\'; DROP TABLE predictions; --", "features": [1]}',
    "an array": b"[1, 2, 3]",
    "too many numbers": json.dumps({"model": "digits", "features": [1.0] * 5000}).encode(),
    "the wrong shape": json.dumps({"model": "digits", "features": [1.0] * 3}).encode(),
    "extra fields": json.dumps({"model": "digits", "features": ROW, "admin": True}).encode(),
}


QUICKLY = settings(
    max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)

# All of these are refusals. The library's own list leaves 413 out, and a list of too many numbers
# is now and then longer than a body may be.
REFUSING = SchemathesisConfig.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}}
)

Labels = tuple[tuple[str, str], ...]


def series(url: str) -> set[tuple[str, Labels]]:
    text = requests.get(f"{url}/metrics", timeout=5).text
    return {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def post(url: str, body: bytes) -> requests.Response:
    headers = {"Content-Type": "application/json"}
    return requests.post(url, data=body, headers=headers, timeout=10)


def assert_refused(answer: requests.Response) -> None:
    assert 400 <= answer.status_code < 500, answer.text[:200]
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem.keys() >= {"type", "title", "status", "detail", "instance", "request_id"}
    assert "Traceback" not in answer.text


@pytest.fixture(params=TARGETS, ids=lambda target: target[0])
def target(request: pytest.FixtureRequest, endpoints: Endpoints) -> Iterator[tuple[str, str]]:
    """Yield a service's URL and its path that takes a body; its series must not grow."""
    service, path = request.param
    url = endpoints.urls[service]
    # One of each answer first: what these open is the service's own, and bounded.
    for name in ("nothing", "10,000 deep", "10 MB"):
        post(f"{url}{path}", BODIES[name])
    for method, place in (("GET", path), ("DELETE", path), ("PROPFIND", path), ("GET", "/nowhere")):
        requests.request(method, f"{url}{place}", timeout=5)
    before = series(url)
    yield url, path
    assert series(url) - before == set(), "a client made new series"


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_refused_as_a_problem(name: str, target: tuple[str, str]) -> None:
    url, path = target

    assert_refused(post(f"{url}{path}", BODIES[name]))


def test_a_thousand_random_paths_are_one_series(target: tuple[str, str]) -> None:
    url, _ = target
    chosen = random.Random(1000)  # noqa: S311 - paths, no secrets
    letters = string.ascii_letters + string.digits + "/%'\"<>;-_."

    with requests.Session() as session:
        for _ in range(1000):
            path = "".join(chosen.choices(letters, k=chosen.randint(1, 60)))
            answer = session.get(f"{url}/x{path}", timeout=5)
            assert_refused(answer)


def test_odd_methods_and_headers_are_refused_or_ignored(target: tuple[str, str]) -> None:
    url, path = target

    for method in ("PROPFIND", "TRACE", "PURGE", "DELETE"):
        assert_refused(requests.request(method, f"{url}{path}", timeout=5))
    # What is no HTTP at all is refused by the server's parser, before the application.
    assert requests.request("BREW", f"{url}{path}", timeout=5).status_code == 400
    odd = {"X-Request-ID": "x" * 5000, "traceparent": "not-one", "X-User-ID": "a'b"}
    answer = requests.post(f"{url}{path}", json={}, headers=odd, timeout=5)
    assert_refused(answer)
    assert answer.headers["x-request-id"] != odd["X-Request-ID"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1e9", "cursor=%00", "cursor=AAAA", "user_id=%27%20OR%201=1", "limit=x"],
)
def test_bad_queries_are_refused(query: str, endpoints: Endpoints) -> None:
    url = endpoints.urls["api"]

    assert_refused(requests.get(f"{url}/api/v1/predictions?{query}", timeout=5))


@QUICKLY
@given(features=st.lists(st.floats(-1e308, 1e308), min_size=64, max_size=64))
def ask_about_any_numbers(url: str, features: list[float]) -> None:
    answer = requests.post(url, json={"model": "digits", "features": features}, timeout=10)
    assert answer.status_code in {201, 422}, answer.text[:200]


def test_any_finite_numbers_get_an_answer(endpoints: Endpoints) -> None:
    # As many as the model takes: these reach it, and its arithmetic must not overflow.
    ask_about_any_numbers(f"{endpoints.urls['api']}{PREDICT}")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("service", ["api", "ml"])
def test_the_answers_to_generated_requests_keep_to_the_openapi_document(
    service: str, mode: GenerationMode, endpoints: Endpoints
) -> None:
    url = endpoints.urls[service]
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=REFUSING)
    operations = [found.ok() for found in schema.get_all_operations()]
    statuses: list[int] = []

    @QUICKLY
    @given(data=st.data())
    def check(operation: schemathesis.APIOperation, data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        response = case.call(base_url=url, timeout=10)
        statuses.append(response.status_code)
        assert "Traceback" not in response.text
        # Which model takes how many numbers is ml's to know, and no part of the document.
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    for operation in operations:
        # What takes no input can't be given a wrong one.
        if mode is GenerationMode.POSITIVE or operation.body or list(operation.iter_parameters()):
            check(operation)

    assert len(statuses) >= 40
    paths = {dict(labels).get("path") for _, labels in series(url)}
    known = {operation.path for operation in operations} | {"/openapi.json", "<unmatched>", None}
    assert paths <= known, "a client made a new path label"
