"""moto's server in this process, and an X-Ray client of it."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.config import Config
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from types_boto3_xray import XRayClient


@pytest.fixture
def moto() -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # What it holds is the process's, from one server to the next.
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=30)
    yield server
    server.stop()


@pytest.fixture
def client(moto: ThreadedMotoServer) -> Callable[[str], Any]:
    """Make a client of moto as the stand-in makes its own."""
    host, port = moto.get_host_and_port()
    return lambda service: client_of(service, f"http://{host}:{port}")


@pytest.fixture
def xray(client: Callable[[str], Any]) -> "XRayClient":
    made: XRayClient = client("xray")
    return made


def client_of(service: str, url: str) -> Any:  # noqa: ANN401 - boto3's
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="ap-northeast-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1}),
    )
