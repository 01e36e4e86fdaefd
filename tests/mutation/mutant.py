"""One wrong edit of one file, and the edits of YAML that mutants are made of."""

import difflib
import json
from dataclasses import dataclass
from typing import Any

import yaml

from deploy.scaled_time.documents import PlainDumper
from deploy.scaled_time.durations import read, write

Path = tuple[str | int, ...]
# In place of a value: take its key, or its place in the list, away.
REMOVED = object()


class RefusedError(Exception):
    """The program that reads a mutant's file would not load it: it proves nothing."""


@dataclass(frozen=True)
class Mutant:
    """A file with one edit that makes it wrong.

    Attributes:
        kind: what sort of edit, as the report counts them.
        place: what is edited, for people.
        file: the file, from the repository's root.
        before: its text without the edit, written as `after` is: comments are lost in both, and
            YAML is written as JSON, which it includes and which takes a hundredth of the time.
        after: its text with the edit.
        subject: the alert or recording that the edit is in, for a file of rules.

    """

    kind: str
    place: str
    file: str
    before: str
    after: str
    subject: str = ""

    def diff(self) -> str:
        """Return the edit for people."""
        before, after = (
            one if self.file.endswith(".py") else dump(json.loads(one))
            for one in (self.before, self.after)
        )
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), self.file, self.file, n=1, lineterm=""
        )
        return "\n".join([f"{self.kind} {self.subject}".strip(), *lines])


@dataclass(frozen=True)
class Document:
    """A YAML file whose values can be replaced one at a time."""

    file: str
    content: Any

    def mutant(self, kind: str, path: Path, value: object) -> Mutant:
        """Return the file with another value at a path, or without it."""
        return self.edited(kind, {path: value})

    def edited(self, kind: str, values: dict[Path, object], subject: str = "") -> Mutant:
        """Return the file with other values at several paths, or without them: one edit."""
        content = self.content
        for path, value in values.items():
            content = replaced(content, path, value)
        place = ".".join(str(step) for step in next(iter(values)))
        return Mutant(kind, place, self.file, text(self.content), text(content), subject)


def load(file: str, written: str) -> Document:
    """Return a YAML file's text as a document; merge keys are resolved."""
    return Document(file, yaml.safe_load(written))


def text(content: object) -> str:
    """Return a YAML file's text for programs."""
    return json.dumps(content, ensure_ascii=False, indent=1)


def dump(content: object) -> str:
    """Return YAML for people, without anchors."""
    return yaml.dump(content, Dumper=PlainDumper, sort_keys=False, width=10_000)


def replaced(content: Any, path: Path, value: object) -> Any:  # noqa: ANN401 - any part of YAML
    """Return a copy of the content with another value at the path, or without it."""
    copy = unshared(content)
    *outer, last = path
    inner = copy
    for step in outer:
        inner = inner[step]
    if value is REMOVED:
        del inner[last]
    else:
        inner[last] = value
    return copy


def unshared(content: object) -> object:
    """Return a copy in which no two places share a value, as YAML's anchors make them."""
    if isinstance(content, dict):
        return {key: unshared(value) for key, value in content.items()}
    if isinstance(content, list):
        return [unshared(value) for value in content]
    return content


def durations(written: str) -> list[str]:
    """Return wrong values for a duration: twice and half of it, and a minute for none."""
    length = read(written)
    return [write(length * 2), write(length / 2)] if length else ["1m"]


def alternatives(pattern: str) -> list[str]:
    """Return wrong values for a matcher: another one, and the pattern without each alternative."""
    options = pattern.split("|")
    if len(options) == 1 or any(character in pattern for character in "()"):
        return ["mutant"]
    return ["|".join(o for o in options if o != option) for option in options]
