"""A checkout with one good SLO, to be broken."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.stack.console import ROOT

NAME = "checkout.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with one SLO and what the generator reads beside it."""
    for file in ("prometheus/prometheus.yml", "services/telemetry/metrics.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    for folder in ("prometheus/slo", "prometheus/rules"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(Path(__file__).parent / NAME, tmp_path / "prometheus/slo" / NAME)
    return tmp_path


@pytest.fixture
def edit(root: Path) -> Callable[[str, str], None]:
    """Replace a text of the SLO; it must be there exactly once."""

    def replace(old: str, new: str) -> None:
        file = root / "prometheus/slo" / NAME
        text = file.read_text()
        assert text.count(old) == 1, old
        file.write_text(text.replace(old, new))

    return replace
