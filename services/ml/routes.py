"""The endpoints under /v1, and /readyz."""

import random
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from ml.models import Model, WrongRowError
from ml.schemas import InferenceAnswer, InferenceRequest, ModelDescription
from telemetry import logs
from telemetry.problems import Problem, ProblemDocument


def _loaded(request: Request) -> Mapping[str, Model]:
    models: Mapping[str, Model] = request.app.state.models
    return models


Models = Annotated[Mapping[str, Model], Depends(_loaded)]

# Of all answers, those after which the connection ends. A busy client would keep its connections
# for ever, and instances that were added would get nothing to do.
_LAST_SHARE = 0.05

_PROBLEM = {
    "description": "A problem document (RFC 9457).",
    "content": {"application/problem+json": {"schema": ProblemDocument.model_json_schema()}},
}
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 404, 413, 422, 500), _PROBLEM)

router = APIRouter(prefix="/v1/models", tags=["inference"])


@router.post("/{model}/infer", responses=_PROBLEMS)
async def infer(
    model: str, body: InferenceRequest, models: Models, response: Response
) -> InferenceAnswer:
    """Ask one model about one row."""
    if random.random() < _LAST_SHARE:  # noqa: S311 - not a secret
        response.headers["Connection"] = "close"
    chosen = models.get(model)
    if chosen is None:
        raise Problem(404, f"There is no such model. These are loaded: {', '.join(models)}.")
    # Before it is asked: the line of a failed inference names its model too.
    logs.add_extra(model=chosen.name, model_version=chosen.version)
    try:
        answer = await chosen.infer(body.features)
    except WrongRowError as error:
        raise Problem(422, str(error)) from error
    logs.add_extra(prediction_confidence=round(answer.confidence, 4))
    return InferenceAnswer(
        model=chosen.name,
        model_version=chosen.version,
        prediction=answer.prediction,
        confidence=answer.confidence,
    )


@router.get("")
async def describe(models: Models) -> list[ModelDescription]:
    """List the models that are loaded."""
    return [ModelDescription.model_validate(model) for model in models.values()]


def install(app: FastAPI) -> None:
    """Add the endpoints."""
    app.include_router(router)
    app.add_api_route("/readyz", _readyz, include_in_schema=False)


async def _readyz() -> dict[str, str]:
    """Ready as soon as it answers: the models are loaded before the port opens."""
    return {"status": "ready"}
