"""The sink as an application: the two APIs it stands for, its own JSON, its page, runbooks."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from sink import hooks, pages, queries, slack
from sink.pagerduty import LARGEST_EVENT
from sink.store import Store
from telemetry import environment, instrument

STATIC = Path(__file__).with_name("static")


def create_app() -> FastAPI:
    """Return the sink.

    Reads SINK_DATABASE, SLACK_API_URL_FILE, PAGERDUTY_ROUTING_KEY_FILE, RUNBOOKS_DIR,
    SERVICE_VERSION and LOG_LEVEL; a missing one ends the process with a line that says so.
    """
    version = environment.optional("SERVICE_VERSION", "0.0.0")
    store = Store(Path(environment.required("SINK_DATABASE")))
    try:
        hook = slack.webhook(environment.secret("SLACK_API_URL_FILE"))
    except ValueError as error:
        environment.stop(f"SLACK_API_URL_FILE: {error}")
    routing_key = environment.secret("PAGERDUTY_ROUTING_KEY_FILE")
    closing = asyncio.Event()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        _close_streams_on(signal.SIGTERM, closing)
        yield
        store.close()

    app = FastAPI(title="Sink", version=version, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(hooks.router(store, hook, routing_key))
    app.include_router(queries.router(store, closing))
    app.include_router(pages.router(Path(environment.required("RUNBOOKS_DIR"))))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    instrument(app, service="sink", version=version, largest_body=LARGEST_EVENT)
    return app


def _close_streams_on(number: signal.Signals, closing: asyncio.Event) -> None:
    """End event streams at once: the server waits for open answers before it shuts down."""
    loop = asyncio.get_running_loop()
    server = signal.getsignal(number)

    def stop(received: int, frame: object) -> None:
        loop.call_soon_threadsafe(closing.set)
        if callable(server):
            server(received, frame)  # type: ignore[arg-type]

    try:
        signal.signal(number, stop)
    except ValueError:
        # Tests run the application outside the main thread, where nothing is to be closed.
        return
