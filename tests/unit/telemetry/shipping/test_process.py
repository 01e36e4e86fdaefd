"""A service in a process of its own: its last words get to CloudWatch, and it ends in time."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.polling import wait_for
from tests.unit.telemetry.shipping.double import GROUP, REGION, Store, Way

SERVICES = Path(__file__).parents[4] / "services"
PROGRAM = """
import sys
from fastapi import FastAPI
import telemetry
from telemetry import server

app = FastAPI()
telemetry.instrument(app, service="api", version="1.0.0")
if sys.argv[1] == "crash":
    raise ValueError("no way on")
server.serve(app, port=int(sys.argv[1]))
"""
SECONDS = 30.0
# The product's two seconds for last lines and spans, and a busy machine; Compose kills after 10.
AT_THE_END = 8.0

Service = subprocess.Popen[str]
Start = Callable[..., Service]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a service whose lines go to this endpoint; what still runs at the end is killed."""
    started: list[Service] = []

    def start_one(word: str, endpoint: str, **environment: str) -> Service:
        settings = {
            "PYTHONPATH": str(SERVICES),
            "CLOUDWATCH_LOG_GROUP": GROUP,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }
        one = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM, word],
            env=os.environ | settings | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(one)
        return one

    yield start_one
    for one in started:
        one.kill()
        one.communicate()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def until_alive(port: int) -> None:
    url = f"http://127.0.0.1:{port}/livez"
    wait_for(lambda: requests.get(url, timeout=5).ok, "the service answers", seconds=SECONDS)


def test_its_last_line_arrives_and_nothing_is_different_from_stdout(
    store: Store, start: Start, port: int
) -> None:
    service = start(str(port), store.url)
    until_alive(port)
    requests.get(f"http://127.0.0.1:{port}/nope", timeout=5)
    service.send_signal(signal.SIGTERM)
    out, err = service.communicate(timeout=SECONDS)

    assert (service.returncode, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["message"].startswith("Finished server process")
    assert store.messages() == out.splitlines()


def test_so_does_the_error_that_ends_it(store: Store, start: Start) -> None:
    out, err = (service := start("crash", store.url)).communicate(timeout=SECONDS)

    assert (service.returncode, err) == (1, "")
    (line,) = out.splitlines()
    assert json.loads(line)["extra"]["exception"]["message"] == "no way on"
    assert store.messages() == [line]


@pytest.mark.parametrize("fault", ["hang", "busy"])
def test_with_cloudwatch_and_the_collector_away_it_still_ends_in_time(
    way: Way, start: Start, port: int, fault: str
) -> None:
    way.faults = [fault] * 10_000
    with socket.socket() as mute:
        # Accepts connections and never says a word.
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        collector = f"http://127.0.0.1:{mute.getsockname()[1]}"
        service = start(str(port), way.url, OTEL_EXPORTER_OTLP_ENDPOINT=collector)
        until_alive(port)
        requests.get(f"http://127.0.0.1:{port}/nope", timeout=5)
        began = time.monotonic()
        service.send_signal(signal.SIGTERM)
        out, err = service.communicate(timeout=SECONDS)

    assert time.monotonic() - began < AT_THE_END
    assert (service.returncode, err) == (0, "")
    assert [line for line in out.splitlines() if json.loads(line)["path"] == "/nope"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CLOUDWATCH_LOG_GROUP", "a group", "set it to a log group's name"),
        ("CLOUDWATCH_LOG_GROUP", "x" * 513, "set it to a log group's name"),
        ("CLOUDWATCH_QUEUE_EVENTS", "0", "from 1 to 1000000"),
        ("CLOUDWATCH_QUEUE_EVENTS", "many", "whole number"),
        ("CLOUDWATCH_QUEUE_EVENTS", "1" * 5000, "whole number"),
        ("AWS_REGION", "", "AWS_REGION"),
        ("AWS_REGION", "no region", "AWS_REGION"),
        ("AWS_ENDPOINT_URL", "moto", "no way there"),
    ],
)
def test_a_setting_of_no_use_ends_it_with_one_line(
    start: Start, name: str, value: str, words: str
) -> None:
    nothing = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_DEFAULT_REGION": ""}
    # With an endpoint of one's own a region is of no importance.
    service = start("0", "", **nothing, **{name: value})
    out, err = service.communicate(timeout=SECONDS)

    assert (service.returncode, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert words in err
