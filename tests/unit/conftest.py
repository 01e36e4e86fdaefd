"""What the tests of every service need: the log as data, and the process left as it was."""

import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from prometheus_client import REGISTRY

# The first text that a new machine makes takes a second: all of Unicode is looked through for it.
settings.register_profile("patient", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return the lines written since the last call, each parsed; a line that isn't JSON fails."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def value() -> Callable[..., float]:
    """Read a sample from the process's registry; tests compare it before and after."""
    return lambda name, **labels: REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, excepthook = root.handlers[:], root.level, sys.excepthook
    showwarning = warnings.showwarning
    yield
    logging.captureWarnings(capture=False)
    warnings.showwarning = showwarning
    root.handlers, root.level, sys.excepthook = handlers, level, excepthook
