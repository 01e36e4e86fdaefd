"""ml or PostgreSQL away: the API answers 503 in time, says which, and recovers by itself."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from loadtest.endpoints import Endpoints
from tests.e2e.conftest import Stack
from tests.polling import wait_for

pytestmark = [pytest.mark.disturbs, pytest.mark.usefixtures("healthy")]

# Seconds that the API may wait: for both attempts at ml; for a connection and its statement.
PATIENCE = {"ml": 3.0, "postgres": 2.5}
# For the rest of the request, on a busy machine.
SLACK = 1.0
BODY = {"model": "digits", "features": [0.0] * 64}
# Stopped, a service refuses connections or has no name; paused, it takes them and says nothing.
WAYS = {"stop": "start", "pause": "unpause"}


def predict(endpoints: Endpoints) -> requests.Response:
    return requests.post(f"{endpoints.urls['api']}/api/v1/predict", json=BODY, timeout=10)


def read(endpoints: Endpoints) -> requests.Response:
    return requests.get(f"{endpoints.urls['api']}/api/v1/predictions?limit=1", timeout=10)


def checks(endpoints: Endpoints) -> tuple[int, dict[str, str]]:
    answer = requests.get(f"{endpoints.urls['api']}/readyz", timeout=5)
    return answer.status_code, answer.json()["checks"]


def compose(stack: Stack, *words: str) -> None:
    result = stack.compose(*words)
    assert result.returncode == 0, result.stderr


@contextmanager
def away(stack: Stack, service: str, way: str) -> Iterator[None]:
    """Take a service away; it comes back whatever happens."""
    compose(stack, way, service)
    try:
        yield
    finally:
        compose(stack, WAYS[way], service)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("service", PATIENCE)
def test_the_api_answers_503_in_time_says_which_and_recovers(
    service: str, way: str, stack: Stack, endpoints: Endpoints
) -> None:
    assert predict(endpoints).status_code == 201
    (other,) = PATIENCE.keys() - {service}

    with away(stack, service, way):
        began = time.monotonic()
        answer = predict(endpoints)
        took = time.monotonic() - began
        ready = checks(endpoints)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert took < PATIENCE[service] + SLACK
    assert ready == (503, {service: "down", other: "up"})
    wait_for(lambda: checks(endpoints)[0] == 200, "the API is ready again", seconds=60)
    wait_for(lambda: predict(endpoints).status_code == 201, "predictions work", seconds=10)


def test_what_needs_no_ml_works_without_it(stack: Stack, endpoints: Endpoints) -> None:
    with away(stack, "ml", "stop"):
        assert read(endpoints).status_code == 200


def test_a_queue_before_a_frozen_database_is_answered_in_time(
    stack: Stack, endpoints: Endpoints
) -> None:
    # More than the pool has connections.
    waiting = 20

    def timed(_: int) -> tuple[int, float]:
        began = time.monotonic()
        return read(endpoints).status_code, time.monotonic() - began

    with away(stack, "postgres", "pause"), ThreadPoolExecutor(waiting) as threads:
        answers = list(threads.map(timed, range(waiting)))

    assert {status for status, _ in answers} == {503}
    assert max(took for _, took in answers) < PATIENCE["postgres"] + SLACK
    wait_for(lambda: read(endpoints).status_code == 200, "reading works again", seconds=10)


def test_a_restarted_database_costs_no_request_after_it_is_back(
    stack: Stack, endpoints: Endpoints
) -> None:
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda _: read(endpoints), range(50)))
    compose(stack, "restart", "postgres")
    wait_for(lambda: checks(endpoints)[0] == 200, "the database is back", seconds=60)

    answers = [read(endpoints).status_code for _ in range(20)]

    assert answers == [200] * 20


def test_the_api_starts_without_either_and_finds_them_later(
    stack: Stack, endpoints: Endpoints
) -> None:
    with away(stack, "ml", "stop"), away(stack, "postgres", "stop"):
        compose(stack, "restart", "api")
        wait_for(
            lambda: checks(endpoints) == (503, {"postgres": "down", "ml": "down"}),
            "the API answers and misses both",
            seconds=30,
        )

    wait_for(lambda: checks(endpoints)[0] == 200, "the API is ready", seconds=60)
    assert predict(endpoints).status_code == 201
