"""The pages over a store of their own, with logs in moto."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from deploy.aws.standin import collector, traces
from deploy.aws.standin.collector.policies import Latency, Probabilistic, StatusCode
from deploy.aws.standin.collector.segments import document
from tests.unit.aws.collector.conftest import client, moto
from tests.unit.aws.collector.nowhere import Nowhere
from tests.unit.aws.collector.recorded import Recorder

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

__all__ = ["client", "moto"]

CONFIGURATION = collector.Configuration(
    10, 100, (StatusCode(("ERROR",)), Latency(1000), Probabilistic(0))
)


@dataclass
class Site:
    """The pages, and what is behind them."""

    store: traces.Store
    logs: "CloudWatchLogsClient"
    local: collector.Collector

    async def get(self, path: str) -> Response:
        app = FastAPI()
        app.include_router(traces.router(self.store, self.logs, self.local))
        async with AsyncClient(transport=ASGITransport(app), base_url="http://standin") as browser:
            return await browser.get(path)

    def keep(self, recorder: Recorder) -> None:
        """Store what was recorded as the collector would, trace by trace."""
        for one in recorder.batch().spans:
            self.store.add([document(one, CONFIGURATION)])

    def log(self, group: str, *lines: str | dict[str, Any], at: float | None = None) -> None:
        """Write lines into a log group, by default now."""
        for exists in (self.logs.create_log_group, self.logs.create_log_stream):
            names = {"logGroupName": group, "logStreamName": "one"}
            wanted = names if exists == self.logs.create_log_stream else {"logGroupName": group}
            try:
                exists(**wanted)
            except self.logs.exceptions.ResourceAlreadyExistsException:
                continue
        stamp = int((at or time.time()) * 1000)
        texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        self.logs.put_log_events(
            logGroupName=group,
            logStreamName="one",
            logEvents=[{"timestamp": stamp + n, "message": text} for n, text in enumerate(texts)],
        )


@pytest.fixture
def recorder() -> Recorder:
    """Services that work now: CloudWatch takes no event that is two weeks old."""
    return Recorder(began=time.time_ns())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[traces.Store]:
    store = traces.Store(tmp_path / "traces.sqlite3")
    yield store
    store.close()


@pytest.fixture
def site(store: traces.Store, client: Callable[[str], Any]) -> Site:
    local = collector.Collector(CONFIGURATION, store.add, Nowhere())
    return Site(store, client("logs"), local)
