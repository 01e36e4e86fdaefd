"""The models in memory: loaded once, asked one row at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np

import faults
from telemetry import environment, metrics


class Answer(NamedTuple):
    """A class's label and the model's probability for it, 0 … 1."""

    prediction: str
    confidence: float


@dataclass(frozen=True)
class Model:
    """One trained model. `features` is how many numbers a row has."""

    name: str
    version: str
    features: int
    classes: tuple[str, ...]
    accuracy: float
    estimator: Any

    async def infer(self, row: Sequence[float]) -> Answer:
        """Return the likeliest class of one row of `features` finite numbers.

        Measured, and a fault may strike inside. It runs on the event loop: a fifth of a
        millisecond is less than handing it to a thread would cost.
        """
        with metrics.measure_inference(self.name):
            await faults.strike("inference", model=self.name)
            chances = self.estimator.predict_proba(np.asarray([row], dtype=float))[0]
            best = int(np.argmax(chances))
            return Answer(self.classes[best], float(chances[best]))


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
    metrics.preset_inferences(models)
    return models
