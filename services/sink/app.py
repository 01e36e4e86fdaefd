"""The sink as an application: the APIs it stands for, its own JSON, its page, runbooks."""

import asyncio
import signal
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType

import httpx
from fastapi import FastAPI

import faults
from sink import duration, escalation, flow, heartbeat_routes, hooks, pages, queries, slack
from sink.arrivals import Arrivals
from sink.heartbeat import Heartbeat
from sink.hook_path import HookPathMiddleware
from sink.pagerduty import LARGEST_EVENT
from sink.runbooks import Runbooks
from sink.sns import addresses
from sink.sns import routes as sns_routes
from sink.sns.subscriber import Subscriber
from sink.store import Store
from telemetry import environment, instrument

# More than any stack can be scaled by; a larger one is a mistake.
HIGHEST_FACTOR = 1000


def create_app(aws: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """Return the sink.

    Reads SINK_DATABASE, SLACK_API_URL_FILE, PAGERDUTY_ROUTING_KEY_FILE, RUNBOOKS_DIR,
    HEARTBEAT_TIMEOUT, SERVICE_VERSION, LOG_LEVEL and, each optional, FAULTS_TOKEN_FILE;
    TIME_FACTOR, by which the escalation policy's times are divided;
    SNS_LOCAL_URL, where the stand-in for AWS is, whose deliveries nobody signs; SNS_TOPIC_ARNS, the
    topics that may deliver, with commas between them; and PAGERDUTY_CLOUDWATCH_KEY_FILE, else the
    routing key is that integration's key too. One that is missing or of no use ends the process
    with a line that says what to do. `aws` is for tests.
    """
    version = environment.optional("SERVICE_VERSION", "0.0.0")
    webhook = _webhook("SLACK_API_URL_FILE")
    routing_key = environment.secret("PAGERDUTY_ROUTING_KEY_FILE")
    runbooks = Runbooks(Path(environment.required("RUNBOOKS_DIR")))
    timeout = _duration("HEARTBEAT_TIMEOUT")
    subscriber = Subscriber(_local_url("SNS_LOCAL_URL"), _listed("SNS_TOPIC_ARNS"), aws)
    key_file = environment.optional("PAGERDUTY_CLOUDWATCH_KEY_FILE", "")
    name = "PAGERDUTY_CLOUDWATCH_KEY_FILE"
    integration_key = environment.read_secret(name, key_file) if key_file else routing_key
    store = _open_store("SINK_DATABASE")
    heartbeat = Heartbeat(store, timeout)
    factor = environment.whole_number("TIME_FACTOR", 1, HIGHEST_FACTOR)
    watch = escalation.Escalation(store, escalation.read(factor=factor))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with heartbeat.watched(), watch.watched():
            with _closed_on_signals(store.arrivals):
                yield
        await subscriber.close()
        store.close()

    # FastAPI's own documentation page would load its script from elsewhere.
    app = FastAPI(title="Sink", version=version, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(hooks.router(store, webhook, routing_key))
    app.include_router(sns_routes.router(store, subscriber, integration_key))
    app.include_router(heartbeat_routes.router(heartbeat))
    app.include_router(queries.router(store))
    app.include_router(flow.router(store, factor))
    app.include_router(pages.router(runbooks))
    faults.install(app, environment.optional("FAULTS_TOKEN_FILE", ""))
    instrument(app, service="sink", version=version, largest_body=LARGEST_EVENT)
    # Added last, it is the outermost: telemetry logs the path that it leaves.
    app.add_middleware(HookPathMiddleware)
    return app


def _webhook(name: str) -> slack.Webhook:
    try:
        return slack.webhook(environment.secret(name))
    except ValueError as error:
        environment.stop(f"{name}: {error}.")


def _duration(name: str) -> duration.Duration:
    try:
        return duration.read(environment.required(name))
    except ValueError as error:
        environment.stop(f"{name}: {error}.")


def _local_url(name: str) -> httpx.URL | None:
    text = environment.optional(name, "")
    try:
        return addresses.local_url(text) if text else None
    except ValueError as error:
        environment.stop(f"{name}: {error}.")


def _listed(name: str) -> frozenset[str]:
    words = environment.optional(name, "").split(",")
    return frozenset(word.strip() for word in words if word.strip())


def _open_store(name: str) -> Store:
    file = Path(environment.required(name))
    try:
        return Store(file)
    except sqlite3.Error as error:
        environment.stop(
            f"{name}: cannot write {file} ({error}): its folder must exist and belong to the "
            "user that the service runs as."
        )


@contextmanager
def _closed_on_signals(arrivals: Arrivals) -> Iterator[None]:
    """End the event streams when the server is told to stop.

    The server waits for open answers before it ends the lifespan, and these are open for ever; so
    its signal handlers, which are in place by now, get one before them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(arrivals.close)
        handler = handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in handlers:
        signal.signal(number, stop)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
