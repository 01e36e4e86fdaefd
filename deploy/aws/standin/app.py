"""The stand-in as an application: its pages and JSON, topics' deliveries, traces, health."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from deploy.aws.standin import alarm_pages, collector, sns_routes, traces
from deploy.aws.standin.assembly import Standin


def create_app(standin: Standin) -> FastAPI:
    """Return the application; the engine ticks while it runs.

    Raises collector.ConfigurationError where the collector's file can't be followed.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        standin.engine.start()
        yield
        await run_in_threadpool(standin.engine.stop)
        standin.state.close()

    # FastAPI's own documentation page would load its script from elsewhere.
    app = FastAPI(title="AWS stand-in", lifespan=lifespan, docs_url=None, redoc_url=None)
    _add_traces(app, standin)
    app.include_router(sns_routes.router(standin))

    @app.get("/alarms", include_in_schema=False)
    def alarms_page() -> Response:
        """Show the alarms, who is told, and what the template became."""
        return alarm_pages.page(standin)

    @app.get("/api/v1/alarms")
    def alarms() -> list[dict[str, object]]:
        """Return every alarm with its state, why and since when, and its history."""
        return alarm_pages.alarms(standin)

    @app.get("/api/v1/template")
    def template() -> list[dict[str, object]]:
        """Return what became of each of the template's resources."""
        return alarm_pages.resources(standin)

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        """Answer while the event loop turns."""
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> dict[str, str]:
        """Answer 200 while everything is provisioned and ticks."""
        if standin.engine.problem:
            raise HTTPException(503, standin.engine.problem)
        return {"status": "ready"}

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        """Return the stand-in's own metrics."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def _add_traces(app: FastAPI, standin: Standin) -> None:
    settings = standin.settings
    store = traces.Store(_beside(settings.database, "traces.sqlite3"))
    local = collector.Collector(
        collector.read(settings.collector, settings.scale.factor),
        store.add,
        collector.Delivery(standin.client("xray")),
    )
    app.include_router(collector.router(local))
    app.include_router(traces.router(store, standin.client("logs"), local))


def _beside(database: Path, name: str) -> Path:
    return database.with_name(name)
