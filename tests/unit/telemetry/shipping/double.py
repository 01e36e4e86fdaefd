"""moto's CloudWatch Logs in this process, and a way there that fails as it is told."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import requests
from botocore.config import Config
from moto.server import ThreadedMotoServer
from prometheus_client import REGISTRY

GROUP, STREAM = "/sre-reference/api", "api/host/start"
REGION = "ap-northeast-1"
# What the way there can do to a batch; `lost`, `cut_after` and `late` get it through all the same.
FAULTS = ("throttle", "busy", "error", "lost", "cut", "cut_after")
_ANSWERS = {
    "throttle": (400, "ThrottlingException"),
    "busy": (503, "ServiceUnavailableException"),
    "error": (500, "InternalFailure"),
    "lost": (500, "InternalFailure"),
}


class Way:
    """A proxy to moto. Each PutLogEvents takes the next of its `faults`; without one it passes."""

    def __init__(self, target: str) -> None:
        self.faults: list[str] = []
        self.asked: Counter[str] = Counter()
        # Set to let go what hangs.
        self.go = threading.Event()
        handler = type("Handler", (_Handler,), {"way": self, "target": target})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_fault(self, operation: str) -> str:
        self.asked[operation] += 1
        if operation != "PutLogEvents" or not self.faults:
            return "pass"
        return self.faults.pop(0)


class _Handler(BaseHTTPRequestHandler):
    way: Way
    target: str

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        fault = self.way.next_fault(self.headers["x-amz-target"].rpartition(".")[2])
        if fault in {"hang", "late"}:
            self.way.go.wait(10)
        answer = None
        if fault in {"pass", "lost", "cut_after", "late"}:
            answer = requests.post(self.target, body, headers=dict(self.headers), timeout=10)
        if fault in _ANSWERS:
            status, code = _ANSWERS[fault]
            self._answer(status, f'{{"__type": "{code}", "message": "told to"}}'.encode())
        elif fault == "pass" and answer is not None:
            self._answer(answer.status_code, answer.content)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Store:
    """moto's server, for a test module; `reset` forgets everything, as its restart does."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.client = client(self.url)

    def reset(self) -> None:
        requests.post(f"{self.url}/moto-api/reset", timeout=10)

    def streams(self) -> list[str]:
        """Return the streams of the group; none where it isn't there."""
        groups = self.client.describe_log_groups()["logGroups"]
        if not any(group["logGroupName"] == GROUP for group in groups):
            return []
        found = self.client.describe_log_streams(logGroupName=GROUP)["logStreams"]
        return [one["logStreamName"] for one in found]

    def events(self) -> list[dict[str, Any]]:
        """Return everything in the group's streams, stream by stream in the order of time."""
        return [one for stream in self.streams() for one in self._events_of(stream)]

    def _events_of(self, stream: str) -> Iterator[dict[str, Any]]:
        token = {}
        while True:
            page = self.client.get_log_events(
                logGroupName=GROUP, logStreamName=stream, startFromHead=True, **token
            )
            yield from page["events"]
            if not page["events"]:
                return
            token = {"nextToken": page["nextForwardToken"]}

    def messages(self) -> list[str]:
        return [one["message"] for one in self.events()]


def client(url: str, *, read_timeout: float = 5.0) -> Any:  # noqa: ANN401 - boto3's
    """Return a client as the product's, but for the time that it waits."""
    config = Config(
        connect_timeout=1,
        read_timeout=read_timeout,
        retries={"total_max_attempts": 1},
        proxies={},
    )
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client("logs", region_name=REGION, endpoint_url=url, config=config, **keys)


@contextmanager
def stored() -> Iterator[Store]:
    """Run moto's server for a while."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        yield Store(server.get_host_and_port()[1])
    finally:
        server.stop()


class Counts:
    """What the metrics say since this was made."""

    def __init__(self) -> None:
        self._before = self._now()

    @staticmethod
    def _now() -> Counter[str]:
        found: Counter[str] = Counter()
        for family in REGISTRY.collect():
            for sample in family.samples:
                if sample.name == "log_events_shipped_total":
                    found["shipped"] += int(sample.value)
                elif sample.name == "log_events_cut_total":
                    found["cut"] += int(sample.value)
                elif sample.name == "log_events_dropped_total":
                    found[sample.labels["reason"]] += int(sample.value)
        return found

    def __getitem__(self, name: str) -> int:
        return self._now()[name] - self._before[name]

    def dropped(self, reasons: Iterable[str] | None = None) -> int:
        """Return what was dropped, for these reasons or for any."""
        now = self._now()
        named = set(now) - {"shipped", "cut"} if reasons is None else reasons
        return sum(now[name] - self._before[name] for name in named)
