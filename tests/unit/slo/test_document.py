"""An SLO's own figures, without the rounding of binary fractions."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.slo.document import Slo
from tests.unit.slo.conftest import NAME


def slo(target: float, name: str) -> Slo:
    text = (Path(__file__).parent / NAME).read_text()
    document: dict[str, Any] = yaml.safe_load(text)
    document["spec"]["objectives"] = [{"displayName": name, "target": target}]
    return Slo.model_validate(document)


@pytest.mark.parametrize(
    ("target", "percent", "budget"),
    [
        (0.9, "90%", "0.1"),
        (0.999, "99.9%", "0.001"),
        (0.9999, "99.99%", "0.0001"),
        (0.99999, "99.999%", "0.00001"),
        (0.975, "97.5%", "0.025"),
    ],
)
def test_percent_and_budget_are_exact(target: float, percent: str, budget: str) -> None:
    found = slo(target, percent)

    assert found.budget == budget
    assert found.target == str(target)
    assert found.title == f"Checkout {percent}"


def test_labels_are_the_slos_its_service_and_its_team() -> None:
    assert slo(0.9, "90%").labels == {"slo": "checkout", "job": "shop", "team": "shop"}
