import logging
from collections.abc import Callable, Iterator

import pytest

from telemetry import logs, shipping
from telemetry.cloudwatch import LogStream
from telemetry.log_queue import LogQueue
from telemetry.shipping import Shipper
from tests.unit.telemetry.shipping import double

Ship = Callable[..., Shipper]


@pytest.fixture(scope="session")
def server() -> Iterator[double.Store]:
    with double.stored() as one:
        yield one


@pytest.fixture
def store(server: double.Store) -> double.Store:
    """moto, without memory, and without a line for each of its requests."""
    server.reset()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    return server


@pytest.fixture
def way(store: double.Store) -> Iterator[double.Way]:
    one = double.Way(store.url)
    yield one
    one.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the product's pauses: seconds are hundredths."""
    for name in ("_INTERVAL", "_FIRST_PAUSE", "_LONGEST_PAUSE", "_LAST_PAUSE"):
        monkeypatch.setattr(shipping, name, getattr(shipping, name) / 100)


@pytest.fixture
def ship(quick: None) -> Iterator[Ship]:  # noqa: ARG001 - before it starts
    """Start to ship lines through a way; all that started stops."""
    started = []

    def start(url: str, *, most: int = 10_000, read_timeout: float = 5.0) -> Shipper:
        client = double.client(url, read_timeout=read_timeout)
        one = Shipper(LogStream(client, double.GROUP, double.STREAM), LogQueue(most))
        one.start()
        started.append(one)
        return one

    yield start
    for one in started:
        one.stop(0)
    logs.copy_to(None)


@pytest.fixture
def counts() -> double.Counts:
    return double.Counts()
