"""moto in this process, a log group in it, and metric filters that read it."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.client import BaseClient
from moto.logs.models import LogEvent
from moto.server import ThreadedMotoServer

from deploy.aws.standin import patterns
from deploy.aws.standin.metric_filter import Filter
from deploy.aws.standin.metric_filters import MetricFilters
from deploy.aws.standin.scale import Scale
from deploy.aws.standin.state import State

GROUP = "/shop/api"
NAMESPACE = "Shop"


def metric_filter(pattern: str, name: str = "Errors", **more: object) -> Filter:
    return Filter(name, GROUP, patterns.compile(pattern), name, NAMESPACE, **more)


ERRORS = metric_filter('{ $.level = "ERROR" }', default_value=0.0, unit="Count")
DURATIONS = metric_filter("{ $.ms = * }", "Durations", value="$.ms", unit="Milliseconds")


@pytest.fixture(scope="module")
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Recorder:
    """Stands before a CloudWatch client, and can fail."""

    def __init__(self, client: BaseClient) -> None:
        self.client = client
        self.calls: list[dict[str, Any]] = []
        self.fails: list[Exception] = []

    def put_metric_data(self, **call: object) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.client.put_metric_data(**call)
        self.calls.append(call)


@dataclass
class World:
    """One log group, and what is made of it. `now` is the test's own clock, in seconds."""

    url: str
    state: State
    now: float
    filters: list[Filter] = field(default_factory=lambda: [ERRORS])
    scale: Scale = field(default_factory=Scale)

    def __post_init__(self) -> None:
        session = boto3.Session("testing", "testing", region_name="ap-northeast-1")
        self.logs = session.client("logs", endpoint_url=self.url)
        self.cloudwatch = Recorder(session.client("cloudwatch", endpoint_url=self.url))
        self.restart()

    def restart(self) -> None:
        """As a new process: nothing is known but what is in the state."""
        self.metric_filters = MetricFilters(
            self.logs, self.cloudwatch, self.state, self.filters, self.scale
        )

    def create(self, stream: str = "one", group: str = GROUP) -> None:
        names = {found["logGroupName"] for found in self.logs.describe_log_groups()["logGroups"]}
        if group not in names:
            self.logs.create_log_group(logGroupName=group)
        self.logs.create_log_stream(logGroupName=group, logStreamName=stream)

    def lose_all(self) -> None:
        """As moto's restart does; its event ids begin anew too."""
        LogEvent._event_id = 0  # noqa: SLF001 - a new process has it so
        requests.post(f"{self.url}/moto-api/reset", timeout=10).raise_for_status()

    def put(self, *messages: str | dict[str, Any], at: float = 0.0, stream: str = "one") -> None:
        """Log messages `at` seconds from the test's now."""
        timestamp = int((self.now + at) * 1000)
        texts = [one if isinstance(one, str) else json.dumps(one) for one in messages]
        self.logs.put_log_events(
            logGroupName=GROUP,
            logStreamName=stream,
            logEvents=[{"timestamp": timestamp, "message": text} for text in texts],
        )

    def tick(self) -> int:
        return self.metric_filters.tick(self.now)

    def metric(self, name: str = "Errors", period: int = 60) -> dict[int, tuple[float, float]]:
        """The metric's sums and sample counts, by the seconds from the test's now."""
        answer = self.cloudwatch.client.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=name,
            StartTime=self.now - 3 * 3600,
            EndTime=self.now + 3 * 3600,
            Period=period,
            Statistics=["Sum", "SampleCount"],
        )
        return {
            round(point["Timestamp"].timestamp() - self.now): (point["Sum"], point["SampleCount"])
            for point in answer["Datapoints"]
        }


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(moto_server: str, tmp_path: Path, now: float) -> Iterator[MakeWorld]:
    state = State(tmp_path / "state.sqlite3")

    def make(*filters: Filter, **more: object) -> World:
        made = World(moto_server, state, now, list(filters) or [ERRORS], **more)
        made.lose_all()
        made.create()
        return made

    yield make
    state.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


@pytest.fixture
def now() -> float:
    """Half a minute past the present hour: moto takes what is of our time alone."""
    return time.time() // 3600 * 3600 + 30
