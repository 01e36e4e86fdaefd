"""Train the models: ``python -m ml.train FOLDER`` writes a file and its description for each.

The data ship with scikit-learn: its digits (8 x 8 grey values, 0 … 16) and breast cancer
(30 measures of cells, 0 … 4254) sets. Seeds are fixed, so that two trainings give the same model.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

VERSION = "1.0.0"
SEED = 20260115
# Share of the rows that judge the model and are not trained on.
HELD_OUT = 0.25
DATA: dict[str, Callable[[], Any]] = {"digits": load_digits, "breast-cancer": load_breast_cancer}
# What a number of a row can be: grey values, and measures with room for a larger cell.
RANGES = {"digits": (0, 16), "breast-cancer": (0, 10_000)}


def train(name: str) -> tuple[Pipeline, dict[str, object]]:
    """Return a trained model and its description.

    The description has `name`, `version`, `features` (how many numbers a row has), `lowest` and
    `highest` (their range), `classes` (the label of each column of `predict_proba`) and `accuracy`
    (share right on held-out rows, 0 … 1).
    """
    data = DATA[name]()
    rows, held_rows, labels, held_labels = train_test_split(
        data.data, data.target, test_size=HELD_OUT, random_state=SEED, stratify=data.target
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=SEED))
    model.fit(rows, labels)
    lowest, highest = RANGES[name]
    return model, {
        "name": name,
        "version": VERSION,
        "features": int(rows.shape[1]),
        "lowest": lowest,
        "highest": highest,
        "classes": [str(data.target_names[label]) for label in model.classes_],
        "accuracy": round(float(model.score(held_rows, held_labels)), 4),
    }


def main(folder: Path) -> None:
    """Train every model into the folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in DATA:
        model, description = train(name)
        joblib.dump(model, folder / f"{name}.joblib")
        (folder / f"{name}.json").write_text(json.dumps(description, indent=2) + "\n")
        sys.stdout.write(f"{name}: {description['accuracy']:.1%} right on held-out rows\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
