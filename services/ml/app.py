"""The ML service as an application."""

from pathlib import Path

from fastapi import FastAPI

import faults
from ml import models, routes
from telemetry import environment, instrument, metrics


def create_app() -> FastAPI:
    """Return the service, its models loaded.

    Reads MODELS_DIR, SERVICE_VERSION, FAULTS_TOKEN_FILE and LOG_LEVEL; a folder without a model
    ends the process with a line that says so.
    """
    version = environment.optional("SERVICE_VERSION", "0.0.0")
    # No /docs: its page loads scripts from elsewhere, which an air-gapped network refuses.
    app = FastAPI(title="ML inference", version=version, docs_url=None, redoc_url=None)
    app.state.models = models.load(Path(environment.required("MODELS_DIR")))
    metrics.preset_inferences(app.state.models)
    metrics.name_models({name: model.version for name, model in app.state.models.items()})
    routes.install(app)
    faults.install(app, environment.optional("FAULTS_TOKEN_FILE", ""))
    instrument(app, service="ml", version=version)
    return app
