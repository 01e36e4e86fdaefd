"""Reads the folder of SLO files; a bad one is one line that names file, field and fix."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from deploy.slo.document import Slo
from deploy.slo.queries import Series, problems

# What to do about pydantic's own kinds of error; our own messages say it themselves.
FIXES = {
    "missing": "is missing: add it",
    "extra_forbidden": "is not read here: remove it, or correct its spelling",
    "too_short": "is empty: write exactly one",
    "too_long": "has more than one: write exactly one",
    "model_type": "is no mapping of fields: write them below it, one a line",
}


class SloError(Exception):
    """SLO files that can't be used; one line for each of them, naming file, field and fix."""


def read(folder: Path, known: dict[str, Series]) -> list[Slo]:
    """Return the folder's SLOs in the order of their names.

    Raises:
        SloError: a file is bad, two have one name, or there is none.

    """
    slos: dict[str, Slo] = {}
    errors = []
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            add(one(file.read_bytes(), known), slos)
        except SloError as error:
            errors.append(f"{folder.parent.name}/{folder.name}/{file.name}: {error}")
    if errors:
        raise SloError("\n".join(errors))
    if not slos:
        raise SloError(f"{folder} has no SLO: write one there, as <name>.yaml")
    return [slos[name] for name in sorted(slos)]


def add(slo: Slo, slos: dict[str, Slo]) -> None:
    """Add an SLO under its name, or raise SloError where another has that."""
    if slo.name in slos:
        raise SloError(f"metadata.name: another file has {slo.name!r} too: choose another")
    slos[slo.name] = slo


def one(text: bytes, known: dict[str, Series]) -> Slo:
    """Return the SLO that a file's text is, or raise SloError with its first fault."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SloError(f"is no YAML ({reason}): correct it there") from error
    try:
        slo = Slo.model_validate(document)
    except ValidationError as error:
        raise SloError(explained(error.errors()[0])) from error
    for field, message in problems(slo, known):
        raise SloError(f"{field}: {message}")
    return slo


def explained(error: ErrorDetails) -> str:
    """Return pydantic's error as a reader of the file understands it."""
    field = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]
    ).lstrip(".")
    return f"{field or 'the file'}: {reason(error)}"


def reason(error: ErrorDetails) -> str:
    """Return what is wrong with a field and what to write instead."""
    given: Any = error["input"]
    context = error.get("ctx", {})
    if error["type"] in FIXES:
        return FIXES[error["type"]]
    if error["type"] == "refused":
        return error["msg"]
    if error["type"] == "literal_error":
        expected = "true" if context["expected"] == "True" else context["expected"]
        return f"{given!r} is not supported: write {expected}"
    if error["type"] == "string_pattern_mismatch":
        return f"{given!r} is not allowed: write what matches {context['pattern']}"
    return f"{given!r} can't be read: {error['msg'][:1].lower()}{error['msg'][1:]}"
