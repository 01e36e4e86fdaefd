"""A stand-in on moto in this process, a clock that is turned by hand, and a subscriber."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

import boto3
import uvicorn
from fastapi import FastAPI

from deploy.aws.standin import sns_routes
from deploy.aws.standin.assembly import Standin, assemble
from deploy.aws.standin.scale import Scale
from deploy.aws.standin.settings import Settings
from deploy.aws.standin.state import State
from deploy.aws.standin.template import Template

REGION = "ap-northeast-1"
# A whole hour.
START = 1_790_002_800.0
TOPIC = f"arn:aws:sns:{REGION}:123456789012:shop-critical"

FUNCTION = """
import json, os, urllib.request
def handler(event, context):
    urllib.request.urlopen(os.environ["PAGERDUTY_URL"], json.dumps(event).encode()).close()
"""


def template(**more: dict[str, Any]) -> dict[str, Any]:
    """A topic with a function, an alarm on a metric, and one on that alarm that tells nobody."""
    actions = [{"Ref": "Topic"}]
    resources: dict[str, Any] = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "shop-critical"}},
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "shop-dead"}},
        "Notifier": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "shop-notifier",
                "Handler": "index.handler",
                "Code": {"ZipFile": FUNCTION},
                "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}},
            },
        },
        "NotifierSubscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "lambda",
                "Endpoint": {"Fn::GetAtt": ["Notifier", "Arn"]},
            },
        },
        "Errors": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "shop-errors",
                "Namespace": "Shop",
                "MetricName": "Errors",
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 0,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": actions,
                "OKActions": actions,
            },
        },
        "Down": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {"AlarmName": "shop-down", "AlarmRule": 'ALARM("shop-errors")'},
        },
    }
    return {"Resources": resources | more}


class Clock:
    """Seconds since 1970, as the test says."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    subscriber: "Subscriber"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.subscriber.take(self.path, dict(self.headers), json.loads(body))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Post:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Subscriber:
    """Where the sink would be. `answers` are the statuses of the next requests by path."""

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    held: threading.Event = field(default_factory=threading.Event)
    holds: str = ""

    def take(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> int:
        if path == self.holds:
            self.held.wait(30)
        self.posts.append(Post(path, headers, body))
        answers = self.answers.get(path, [])
        return answers.pop(0) if answers else 200

    def at(self, path: str, kind: str = "Notification") -> list[dict[str, Any]]:
        """What was posted to a path, of a type."""
        return [
            post.body
            for post in self.posts
            if post.path == path and post.body.get("Type", kind) == kind
        ]

    @property
    def notified(self) -> list[tuple[str, str]]:
        """What the function was called with: alarms and their states, in order."""
        events = [post.body for post in self.posts if post.path == "/v2/enqueue"]
        messages = [json.loads(event["Records"][0]["Sns"]["Message"]) for event in events]
        return [(one["AlarmName"], one["NewStateValue"]) for one in messages]


@contextmanager
def subscriber() -> Iterator[Subscriber]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        found = Subscriber(f"http://127.0.0.1:{server.server_port}")
        server.subscriber = found
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.held.set()
        server.shutdown()
        thread.join()


class _Uvicorn(uvicorn.Server):
    """Says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serves = threading.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.serves.set()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """An application under uvicorn, without its lifespan: nothing ticks by itself."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False
    )
    server = _Uvicorn(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    assert server.serves.wait(10)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


class NoFilters:
    """Metric filters that read nothing: tests put their metrics themselves."""

    fails: Exception | None = None

    def tick(self, _: float) -> int:
        if self.fails:
            raise self.fails
        return 0


class World:
    """All of it. `begin` starts the stand-in, again after a crash."""

    def __init__(self, moto: str, folder: Path, sink: Subscriber) -> None:
        self.moto = moto
        self.sink = sink
        self.clock = Clock()
        self.folder = folder
        self.document = template()
        self.filters = NoFilters()
        self.factor = 1
        self.url = ""
        self._current: Standin | None = None
        self._client = boto3.client("cloudwatch", endpoint_url=moto, region_name=REGION)

    @property
    def standin(self) -> Standin:
        assert self._current is not None
        return self._current

    def settings(self) -> Settings:
        nothing = self.folder / "nothing"
        return Settings(
            endpoint=self.moto,
            region=REGION,
            template=nothing,
            collector=nothing,
            database=self.folder / "state.sqlite3",
            scale=Scale(self.factor),
            sink_url=self.sink.url,
            url=self.url,
            port=0,
            log_level="INFO",
        )

    def begin(self) -> Standin:
        """Start the stand-in; one that is running is dropped as a crash would drop it."""
        self.end()
        settings = self.settings()
        self._current = assemble(
            settings,
            Template(self.document, REGION),
            State(settings.database),
            lambda *_: self.filters,
            self.clock,
        )
        return self._current

    def end(self) -> None:
        if self._current is not None:
            self._current.engine.stop()
            self._current.state.close()
            self._current = None

    def put(self, value: float, *, ago: float = 60, metric: str = "Errors") -> None:
        """Put a value of a metric, some seconds before now."""
        self._client.put_metric_data(
            Namespace="Shop",
            MetricData=[
                {
                    "MetricName": metric,
                    "Timestamp": datetime.fromtimestamp(self.clock.now - ago, UTC),
                    "Value": value,
                }
            ],
        )

    def tick(self, after: float = 0) -> None:
        """Let time pass, tick, and wait until what that began is delivered."""
        self.clock.now += after
        self.standin.engine.tick()
        self.deliver()

    def deliver(self) -> None:
        """Wait for the deliveries that are under way."""
        deliveries = self.standin.deliveries
        # What was begun before may have looked for work before there was any.
        for _ in range(2):
            wait(deliveries.under_way, timeout=20)
            deliveries.pump(self.clock.now)
        assert not wait(deliveries.under_way, timeout=20).not_done

    def states(self) -> dict[str, str]:
        standings = self.standin.watch.register.standings()
        return {name: one.state for name, one in standings.items()}


@contextmanager
def world(moto: str, folder: Path) -> Iterator[World]:
    """A world whose /sns and /subscriptions are served; its stand-in isn't begun yet."""
    with subscriber() as sink:
        found = World(moto, folder, sink)
        app = FastAPI()
        app.include_router(sns_routes.router(_Current(found)))  # type: ignore[arg-type]
        with served(app) as url:
            found.url = url
            yield found
            found.end()


class _Current:
    """Whatever stand-in is running, for routes that outlive it."""

    def __init__(self, found: World) -> None:
        self._world = found

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._world.standin, name)
