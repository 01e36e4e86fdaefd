"""The models in memory: loaded once, asked one row at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np

import faults
from telemetry import environment, metrics, tracing

# The conventions have no names for models that are not language models.
MODEL_NAME, MODEL_VERSION = "ml.model.name", "ml.model.version"
CONFIDENCE = "ml.prediction.confidence"


class Answer(NamedTuple):
    """A class's label and the model's probability for it, 0 … 1."""

    prediction: str
    confidence: float


class WrongRowError(ValueError):
    """A row that the model was not made for. The message says what it takes."""


@dataclass(frozen=True)
class Model:
    """One trained model: its row has `features` numbers from `lowest` to `highest`."""

    name: str
    version: str
    features: int
    lowest: float
    highest: float
    classes: tuple[str, ...]
    accuracy: float
    estimator: Any

    async def infer(self, row: Sequence[float]) -> Answer:
        """Return the likeliest class of one row.

        Measured, and a fault may strike inside. It runs on the event loop, which it holds for
        0.17 ms; a thread made each inference take half as long again.

        Raises:
            WrongRowError: the row has another length or a number out of range; not measured.

        """
        self._check(row)
        said = {MODEL_NAME: self.name, MODEL_VERSION: self.version}
        with tracing.span("inference", attributes=said) as span:
            with metrics.measure_inference(self.name):
                await faults.strike("inference", model=self.name)
                chances = self.estimator.predict_proba(np.asarray([row], dtype=float))[0]
                best = int(np.argmax(chances))
                answer = Answer(self.classes[best], float(chances[best]))
            span.set_attribute(CONFIDENCE, answer.confidence)
        metrics.record_confidence(self.name, answer.confidence)
        return answer

    def _check(self, row: Sequence[float]) -> None:
        if len(row) != self.features:
            raise WrongRowError(f"{self.name} takes {self.features} features, not {len(row)}.")
        # Far out of range the arithmetic overflows, and a client's mistake would be an error of
        # the model's.
        if min(row) < self.lowest or max(row) > self.highest:
            between = f"{self.lowest:g} to {self.highest:g}"
            raise WrongRowError(f"{self.name} takes features from {between}.")


def load(folder: Path) -> dict[str, Model]:
    """Return the models in a folder by name; ends the process where there is none."""
    models = {}
    for file in sorted(folder.glob("*.json")):
        description = json.loads(file.read_text())
        description["classes"] = tuple(description["classes"])
        estimator = joblib.load(file.with_suffix(".joblib"))
        models[description["name"]] = Model(**description, estimator=estimator)
    if not models:
        environment.stop(
            f"MODELS_DIR: no model in {folder}: train them with `python -m ml.train {folder}`."
        )
    return models
