"""ml or PostgreSQL away: the API answers 503 in time, says which, and recovers by itself."""

import time

import pytest
import requests

from loadtest.endpoints import Endpoints
from tests.e2e.conftest import Stack
from tests.polling import wait_for

pytestmark = [pytest.mark.disturbs, pytest.mark.usefixtures("healthy")]

# Seconds: both attempts at ml with their connects, or the wait for a connection, and some more.
LONGEST_ANSWER = 4.0
BODY = {"model": "digits", "features": [0.0] * 64}


def predict(endpoints: Endpoints) -> requests.Response:
    return requests.post(f"{endpoints.urls['api']}/api/v1/predict", json=BODY, timeout=10)


def checks(endpoints: Endpoints) -> tuple[int, dict[str, str]]:
    answer = requests.get(f"{endpoints.urls['api']}/readyz", timeout=5)
    return answer.status_code, answer.json()["checks"]


@pytest.mark.parametrize(("service", "check"), [("ml", "ml"), ("postgres", "postgres")])
def test_the_api_answers_503_and_recovers(
    service: str, check: str, stack: Stack, endpoints: Endpoints
) -> None:
    assert predict(endpoints).status_code == 201

    stack.compose("stop", service)
    began = time.monotonic()
    answer = predict(endpoints)
    took = time.monotonic() - began

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert took < LONGEST_ANSWER
    others = {"ml", "postgres"} - {check}
    assert checks(endpoints) == (503, {check: "down", **dict.fromkeys(others, "up")})

    stack.compose("start", service)
    wait_for(lambda: checks(endpoints)[0] == 200, "the API is ready again", seconds=60)
    wait_for(lambda: predict(endpoints).status_code == 201, "predictions work", seconds=10)


def test_a_restarted_database_costs_no_request_after_it_is_back(
    stack: Stack, endpoints: Endpoints
) -> None:
    predict(endpoints)
    stack.compose("restart", "postgres")
    wait_for(lambda: checks(endpoints)[0] == 200, "the database is back", seconds=60)

    answers = [predict(endpoints).status_code for _ in range(20)]

    assert answers == [201] * 20
