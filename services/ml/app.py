"""The ML service as an application."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field

import faults
from ml import models
from telemetry import environment, instrument, logs
from telemetry.problems import Problem

_PROBLEM = {
    "description": "A problem document (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"type": "object"}}},
}
_RESPONSES: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 404, 413, 422, 500), _PROBLEM)


class InferenceRequest(BaseModel):
    """One row for a model, as finite numbers."""

    model_config = ConfigDict(extra="forbid")

    features: Annotated[
        list[Annotated[float, Field(allow_inf_nan=False, strict=True)]],
        Field(min_length=1, max_length=1024),
    ]


class InferenceAnswer(BaseModel):
    """What the model says: the class and its probability."""

    model_config = ConfigDict(protected_namespaces=())

    model: str
    model_version: str
    prediction: str
    confidence: Annotated[float, Field(ge=0, le=1)]


class ModelDescription(BaseModel):
    """A model that is loaded: how many numbers it takes and how good it is."""

    name: str
    version: str
    features: int
    classes: list[str]
    accuracy: float


def create_app() -> FastAPI:
    """Return the service; reads MODELS_DIR, SERVICE_VERSION, FAULTS_TOKEN_FILE and LOG_LEVEL."""
    version = environment.optional("SERVICE_VERSION", "0.0.0")
    loaded = models.load(Path(environment.required("MODELS_DIR")))
    app = FastAPI(title="ML inference", version=version)

    @app.post("/v1/models/{model}/infer", responses=_RESPONSES, tags=["inference"])
    async def infer(
        model: Annotated[str, PathParameter(examples=list(loaded))], body: InferenceRequest
    ) -> InferenceAnswer:
        """Ask one model about one row."""
        chosen = loaded.get(model)
        if chosen is None:
            raise Problem(404, f"There is no such model. These are loaded: {', '.join(loaded)}.")
        if len(body.features) != chosen.features:
            raise Problem(
                422, f"{chosen.name} takes {chosen.features} features, not {len(body.features)}."
            )
        answer = await chosen.infer(body.features)
        logs.add_extra(
            model=chosen.name,
            model_version=chosen.version,
            prediction_confidence=round(answer.confidence, 4),
        )
        return InferenceAnswer(
            model=chosen.name,
            model_version=chosen.version,
            prediction=answer.prediction,
            confidence=answer.confidence,
        )

    @app.get("/v1/models", tags=["inference"])
    async def describe() -> list[ModelDescription]:
        """List the models that are loaded."""
        return [
            ModelDescription.model_validate(one, from_attributes=True) for one in loaded.values()
        ]

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> dict[str, str]:
        """Ready as soon as the models are loaded, which happens before the port opens."""
        return {"status": "ready"}

    faults.install(app, environment.optional("FAULTS_TOKEN_FILE", ""))
    instrument(app, service="ml", version=version)
    return app
