"""A copy of this checkout to break, one mutant at a time."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.slo.__main__ import RULES, generated
from deploy.stack.console import ROOT
from tests.mutation.mutant import Mutant

# What no fast test reads, and what would take long to copy.
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "*.pyc")
HIDDEN = (".env",)
OBJECTIVES = "prometheus/slo/"


def copy(place: Path) -> Path:
    """Copy this checkout to a new folder, without what was made in it."""
    shutil.copytree(ROOT, place, ignore=LEFT_OUT)
    for name in HIDDEN:
        shutil.copy(ROOT / name, place)
    return place


@contextmanager
def edited(root: Path, mutant: Mutant) -> Iterator[None]:
    """Put a mutant in place of its file, as long as this lasts.

    The file is written, not renamed, so that a container that has it mounted sees it too.
    """
    file = root / mutant.file
    original = file.read_text()
    file.write_text(mutant.after)
    generate(root, mutant)
    try:
        yield
    finally:
        file.write_text(original)
        generate(root, mutant)


def generate(root: Path, mutant: Mutant) -> None:
    """Write what a mutant's file is the source of, as whoever edits it would."""
    if mutant.file.startswith(OBJECTIVES):
        (root / RULES).write_text(generated(root))
