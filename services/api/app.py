"""The API as an application: settings from the environment, what it holds open, its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import faults
import flags
from api import routes
from api.database import Database
from api.inference import InferenceClient
from api.storage import PostgresStorage, Storage
from telemetry import environment, instrument


def create_app(storage: Storage | None = None, inference: InferenceClient | None = None) -> FastAPI:
    """Return the API. Tests pass a storage and a client; else the environment names both.

    Reads SERVICE_VERSION, DATABASE_URL, DATABASE_PASSWORD_FILE, ML_URL, FAULTS_TOKEN_FILE,
    FLAGS_DIR (optional: without it every feature is on) and LOG_LEVEL; a missing one ends the
    process with a line that says so.
    """
    version = environment.optional("SERVICE_VERSION", "0.0.0")
    store = storage or PostgresStorage(
        Database(environment.required("DATABASE_URL"), environment.secret("DATABASE_PASSWORD_FILE"))
    )
    client = inference or InferenceClient(environment.required("ML_URL"))

    flags.install(environment.optional("FLAGS_DIR", ""), routes.FLAGS)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.storage = store
        app.state.inference = client
        await store.open()
        yield
        await client.close()
        await store.close()

    # No /docs: its page loads scripts from elsewhere, which an air-gapped network refuses.
    app = FastAPI(
        title="Prediction API", version=version, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    routes.install(app)
    faults.install(app, environment.optional("FAULTS_TOKEN_FILE", ""))
    instrument(app, service="api", version=version)
    return app
