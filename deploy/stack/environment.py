"""The virtual environment that tests, lint and scaled time run in."""

import hashlib
import shutil
import sys
from pathlib import Path

from deploy.stack.console import ROOT, StackError, must, run, step
from deploy.stack.distribution import install_packages

FOLDER = ROOT / ".venv"
LOCK = ROOT / "tests" / "requirements.txt"
OLDEST_PYTHON = (3, 11)


def ensure() -> Path:
    """Return the environment's interpreter, made or renewed where the lock file has changed.

    Raises:
        StackError: Python is too old, has no venv module, or the packages can't be installed.

    """
    if sys.version_info < OLDEST_PYTHON:
        raise StackError(
            f"tests need Python {'.'.join(map(str, OLDEST_PYTHON))} or newer, this is "
            f"{sys.version.split()[0]}. Name another: make test PYTHON=python3.12"
        )
    python = FOLDER / "bin" / "python"
    stamp = FOLDER / "lock.sha256"
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest and python.exists():
        return python
    if run([sys.executable, "-c", "import ensurepip, venv"]).returncode != 0:
        with step("this Python has no venv module: installing it"):
            install_packages("python3-venv")
    with step(f"virtual environment in {FOLDER.name}/"):
        shutil.rmtree(FOLDER, ignore_errors=True)
        must([sys.executable, "-m", "venv", FOLDER], why="no virtual environment could be made")
        must(
            [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
            + ["--require-hashes", "--requirement", LOCK],
            why="pip could not install the packages that tests need",
        )
    stamp.write_text(digest)
    return python
