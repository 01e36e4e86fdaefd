import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from telemetry.log_record import KEYS

Start = Callable[..., subprocess.Popen[str]]

SERVICES = Path(__file__).parents[3] / "services"

PROGRAM = """
import sys
from fastapi import FastAPI
import telemetry
from telemetry import server

app = FastAPI()
telemetry.instrument(app, service="api", version="1.0.0")
server.serve(app, port=int(sys.argv[1]))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a service in a process of its own; what still runs at the end is killed."""
    started = []

    def start_one(port: int, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM, str(port)],
            env={**os.environ, "PYTHONPATH": str(SERVICES), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def wait_until_alive(port: int, process: subprocess.Popen[str]) -> httpx.Response:
    deadline = time.monotonic() + 20
    last = None
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/livez").raise_for_status()
        except httpx.HTTPError as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"the service does not answer /livez; last: {last!r}")


def test_a_service_answers_logs_only_json_and_stops_on_sigterm(start: Start) -> None:
    port = free_port()
    process = start(port)
    answer = wait_until_alive(port, process)
    assert answer.json() == {"status": "alive"}
    assert "server" not in answer.headers
    httpx.get(f"http://127.0.0.1:{port}/nope")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=5)
    assert err == ""
    lines = [json.loads(line) for line in out.splitlines()]
    assert all(tuple(line) == KEYS for line in lines)
    assert [line["path"] for line in lines if line["logger"] == "api.requests"] == ["/nope"]
    assert lines[-1]["message"].startswith("Finished server process")


def test_a_wrong_log_level_ends_the_service_with_one_clear_line(start: Start) -> None:
    out, err = (process := start(free_port(), LOG_LEVEL="LOUD")).communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == "LOG_LEVEL is 'LOUD': set it to one of DEBUG, INFO, WARN, ERROR.\n"


def test_a_taken_port_ends_the_service_with_a_line_that_names_it(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - what the service binds
        taken.listen()
        port = taken.getsockname()[1]
        out, _ = (process := start(port)).communicate(timeout=20)
    assert process.returncode == 3
    errors = [line for line in map(json.loads, out.splitlines()) if line["level"] == "ERROR"]
    assert len(errors) == 1
    assert str(port) in errors[0]["message"]
