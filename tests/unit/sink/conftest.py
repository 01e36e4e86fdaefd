"""The sink with a database of its own, in this process or in one that can be killed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import requests
from fastapi import FastAPI

from sink.app import create_app
from tests.polling import wait_for
from tests.unit.sink.notifications import ROUTING_KEY, WEBHOOK_URL
from tests.unit.sink.sns_deliveries import CERTIFICATE_URL, Aws, Signer

SERVICES = Path(__file__).parents[3] / "services"

PROGRAM = """
import sys
from sink.app import create_app
from telemetry.server import serve

serve(create_app(), port=int(sys.argv[1]))
"""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """The environment of a sink whose files are all in one folder."""
    (tmp_path / "slack_api_url").write_text(f"{WEBHOOK_URL}\n")
    (tmp_path / "routing_key").write_text(f"{ROUTING_KEY}\n")
    (tmp_path / "runbooks").mkdir()
    return {
        "SINK_DATABASE": str(tmp_path / "sink.sqlite3"),
        "SLACK_API_URL_FILE": str(tmp_path / "slack_api_url"),
        "PAGERDUTY_ROUTING_KEY_FILE": str(tmp_path / "routing_key"),
        "RUNBOOKS_DIR": str(tmp_path / "runbooks"),
        # Longer than any test, so that only those about the heartbeat are paged for it.
        "HEARTBEAT_TIMEOUT": "5m",
    }


@pytest.fixture(scope="session")
def signer() -> Signer:
    """The key that stands in for AWS'; one for all tests, as making it takes long."""
    return Signer()


@pytest.fixture
def aws(signer: Signer) -> Aws:
    """Where the sink finds AWS: its certificate, and nothing else."""
    aws = Aws()
    aws.answers[CERTIFICATE_URL] = (200, signer.certificate())
    return aws


@pytest.fixture
async def app(
    settings: dict[str, str], aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    app = create_app(httpx.MockTransport(aws))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def sink(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    connection = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=connection, base_url="http://sink") as client:
        yield client


@dataclass
class Process:
    """A sink in a process of its own."""

    environment: dict[str, str]
    port: int
    running: subprocess.Popen[str] | None = None
    output: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self.running = self.launch()
        wait_for(self._is_ready, "the sink is ready", seconds=20)

    def launch(self) -> subprocess.Popen[str]:
        """Start it, without waiting."""
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM, str(self.port)],
            env={**os.environ, "PYTHONPATH": str(SERVICES), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _is_ready(self) -> bool:
        assert self.running is not None
        assert self.running.poll() is None, self.running.communicate()[0]
        return requests.get(f"{self.url}/readyz", timeout=5).ok

    def end(self, number: signal.Signals) -> int:
        """Send it a signal, and return its exit status."""
        assert self.running is not None
        self.running.send_signal(number)
        self.output.append(self.running.communicate(timeout=15)[0])
        return self.running.returncode


@pytest.fixture
def process(settings: dict[str, str]) -> Iterator[Process]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = Process(settings, port)
    yield process
    if process.running is not None and process.running.poll() is None:
        process.running.kill()
        process.running.communicate()


@pytest.fixture
def write_runbook(settings: dict[str, str]) -> Callable[[str, str], None]:
    """Write a runbook under a name."""
    folder = Path(settings["RUNBOOKS_DIR"])
    return lambda name, text: (folder / f"{name}.md").write_text(text) and None
