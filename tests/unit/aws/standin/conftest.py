import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.unit.aws.standin.world import World, world


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """moto, empty, and credentials that open nothing."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    # The stand-in sets it; it must not outlive the test.
    monkeypatch.setenv("PAGERDUTY_URL", "")
    lose_all(moto_server)
    return moto_server


def lose_all(moto: str) -> None:
    requests.post(f"{moto}/moto-api/reset", timeout=10).raise_for_status()


@pytest.fixture
def here(moto: str, tmp_path: Path) -> Iterator[World]:
    with world(moto, tmp_path) as found:
        yield found
