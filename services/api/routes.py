"""The endpoints under /api/v1, and /readyz."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse, Response

import faults
import flags
from api import cursor
from api.database import DatabaseUnavailableError
from api.inference import InferenceClient
from api.schemas import (
    Answered,
    Inference,
    Prediction,
    PredictionPage,
    PredictionRequest,
    UserId,
)
from api.storage import Storage
from telemetry import logs, problems, routes
from telemetry.problems import Problem, ProblemDocument

RETRY_AFTER = {"Retry-After": "5"}
# What may be switched off while it hurts; a model's flag is named after it.
STORE = "store-predictions"
FLAGS = (STORE, "model-digits", "model-breast-cancer")


class State(Protocol):
    """What the application's state holds."""

    storage: Storage
    inference: InferenceClient


def _state(request: Request) -> State:
    state: State = request.app.state
    return state


Services = Annotated[State, Depends(_state)]


async def _fault_point(request: Request) -> None:
    """Let a fault strike here, inside the request, as an error of our own would."""
    await faults.strike(
        "http.request",
        method=request.method,
        path=routes.template(request.scope),
        version=request.app.version,
    )


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problem answers of an endpoint in OpenAPI."""
    content = {"application/problem+json": {"schema": ProblemDocument.model_json_schema()}}
    return {
        status: {"description": "A problem document (RFC 9457).", "content": content}
        for status in statuses
    }


router = APIRouter(prefix="/api/v1", dependencies=[Depends(_fault_point)], tags=["predictions"])
User = Annotated[
    UserId | None,
    Header(
        alias="X-User-ID",
        description="Who asks; stored with the answer. May be left out; a value that does not"
        " match the pattern is refused (422), because it would be stored.",
    ),
]


@router.post(
    "/predict",
    status_code=201,
    responses=_problems(400, 409, 413, 422, 500, 502, 503)
    | {200: {"description": "Answered, not stored.", "model": Answered}},
)
async def predict(
    body: PredictionRequest, services: Services, response: Response, x_user_id: User = None
) -> Answered:
    """Ask a model and store its answer; 200 and `stored` false where storing is switched off."""
    if not flags.is_on(f"model-{body.model}"):
        raise Problem(409, f"The model {body.model} is switched off. Try again later.")
    inference = await services.inference.infer(body)
    logs.add_extra(
        model=inference.model,
        model_version=inference.model_version,
        prediction_confidence=round(inference.confidence, 4),
    )
    if not flags.is_on(STORE):
        response.status_code = 200
        return _not_stored(inference, x_user_id)
    await faults.strike("prediction.storage", model=inference.model)
    stored = await services.storage.add(inference, x_user_id)
    return Answered(**stored.model_dump())


def _not_stored(inference: Inference, user_id: str | None) -> Answered:
    own = {"id": uuid4(), "user_id": user_id, "created_at": datetime.now(UTC), "stored": False}
    return Answered.model_validate(inference.model_dump() | own)


@router.get("/predictions/{prediction_id}", responses=_problems(404, 422, 500, 503))
async def get_prediction(prediction_id: UUID, services: Services) -> Prediction:
    """Return one prediction."""
    prediction = await services.storage.get(prediction_id)
    if prediction is None:
        raise Problem(404, "There is no prediction with this id.")
    return prediction


@router.get("/predictions", responses=_problems(400, 422, 500, 503))
async def list_predictions(
    services: Services,
    user_id: Annotated[UserId | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    # A real one has 92 characters.
    after: Annotated[str | None, Query(alias="cursor", max_length=128)] = None,
) -> PredictionPage:
    """List predictions, newest first; `next_cursor` of one page is the `cursor` of the next."""
    try:
        position = cursor.decode(after) if after is not None else None
    except ValueError as error:
        raise Problem(400, "The cursor is not one that this API gave.") from error
    # One more than asked for tells whether a page follows.
    found = await services.storage.page(user_id, position, limit + 1)
    items = found[:limit]
    last = items[-1] if len(found) > limit else None
    following = cursor.encode(cursor.Position(last.created_at, last.id)) if last else None
    return PredictionPage(items=items, next_cursor=following)


def install(app: FastAPI) -> None:
    """Add the endpoints, and the answer for a database that is away."""
    app.include_router(router)
    app.add_api_route("/readyz", _readyz, include_in_schema=False)
    app.add_exception_handler(DatabaseUnavailableError, _on_database_unavailable)


async def _readyz(request: Request, services: Services) -> Response:
    """Say which of the services that a request needs answers now."""
    postgres, ml = await asyncio.gather(services.storage.ready(), services.inference.ready())
    checks = {name: "up" if up else "down" for name, up in {"postgres": postgres, "ml": ml}.items()}
    down = [name for name, word in checks.items() if word == "down"]
    if not down:
        return JSONResponse({"status": "ready", "checks": checks})
    problem = Problem(503, f"Not answering: {', '.join(down)}.", headers=RETRY_AFTER)
    return problems.response(request.scope, problem, checks=checks)


async def _on_database_unavailable(request: Request, _: Exception) -> Response:
    problem = Problem(503, "The database does not answer.", headers=RETRY_AFTER)
    return problems.response(request.scope, problem)
