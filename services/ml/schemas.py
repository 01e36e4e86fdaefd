"""What the ML service takes and gives."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# "model_" is pydantic's own prefix, and the specification's word (4.2).
_MODEL_WORDS = ConfigDict(protected_namespaces=())


class InferenceRequest(BaseModel):
    """One row for a model, as finite numbers; `GET /v1/models` tells how many, and their range."""

    model_config = ConfigDict(extra="forbid")

    features: Annotated[
        list[Annotated[float, Field(allow_inf_nan=False, strict=True)]],
        Field(min_length=1, max_length=1024),
    ]


class InferenceAnswer(BaseModel):
    """What the model says: the class and its probability."""

    model_config = _MODEL_WORDS

    model: str
    model_version: str
    prediction: str
    confidence: Annotated[float, Field(ge=0, le=1)]


class ModelDescription(BaseModel):
    """A model that is loaded.

    `features` is how many numbers a row has, each between `lowest` and `highest`; `accuracy` is the
    share of held-out rows that it gets right, 0 … 1.
    """

    model_config = ConfigDict(from_attributes=True)

    name: str
    version: str
    features: int
    lowest: float
    highest: float
    classes: list[str]
    accuracy: float
