"""What the API takes and gives."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

# As the telemetry's own check of `X-User-ID`: what it would not log is not stored either.
UserId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,128}$", examples=["user-123"])]
# The larger model takes 64 numbers; ml knows how many each one wants, and of which range.
Features = Annotated[
    list[Annotated[float, Field(allow_inf_nan=False, strict=True)]],
    Field(min_length=1, max_length=1024),
]


class PredictionRequest(BaseModel):
    """A question to one model: its features, as finite numbers."""

    model_config = ConfigDict(extra="forbid")

    model: Literal["digits", "breast-cancer"]
    features: Features


class Inference(BaseModel):
    """What a model answered: the class, and the model's probability for it."""

    # "model_" is pydantic's own prefix, and the specification's word (4.2).
    model_config = ConfigDict(protected_namespaces=())

    model: str
    model_version: str
    prediction: str
    confidence: Annotated[float, Field(ge=0, le=1)]


class Prediction(Inference):
    """A stored answer, `user_id` null where the request had no X-User-ID."""

    id: UUID
    user_id: str | None
    created_at: datetime


class Answered(Prediction):
    """The answer to a question. One that is not stored can't be read again."""

    stored: bool = True


class PredictionPage(BaseModel):
    """Predictions, newest first; `next_cursor` asks for the page after, null on the last."""

    items: list[Prediction]
    next_cursor: str | None
