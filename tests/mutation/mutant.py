"""One wrong edit of one file, and the edits of YAML that mutants are made of."""

import difflib
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
        before: its text without the edit, written as `after` is: comments are lost in both.
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
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), self.file, self.file, "", "", 1, ""
        )
        return "\n".join(lines)


@dataclass(frozen=True)
class Document:
    """A YAML file whose values can be replaced one at a time."""

    file: str
    content: Any

    def mutant(self, kind: str, path: Path, value: object, subject: str = "") -> Mutant:
        """Return the file with another value at a path, or without it."""
        return Mutant(
            kind,
            ".".join(str(step) for step in path),
            self.file,
            dump(self.content),
            dump(replaced(self.content, path, value)),
            subject,
        )


def load(file: str, text: str) -> Document:
    """Return a YAML file's text as a document; merge keys are resolved."""
    return Document(file, yaml.safe_load(text))


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


def durations(text: str) -> list[str]:
    """Return wrong values for a duration: twice and half of it, and a minute for none."""
    length = read(text)
    return [write(length * 2), write(length / 2)] if length else ["1m"]


def alternatives(pattern: str) -> list[str]:
    """Return wrong values for a matcher: another one, and the pattern without each alternative."""
    options = pattern.split("|")
    if len(options) == 1 or any(character in pattern for character in "()"):
        return ["mutant"]
    return ["|".join(o for o in options if o != option) for option in options]
