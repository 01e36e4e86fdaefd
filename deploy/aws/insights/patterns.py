"""Regular expressions and globs, as RE2 takes them."""

import re
from collections.abc import Iterator

# A capturing group's beginning, or what could be taken for one: an escape, a class.
_GROUP = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?P?<(?P<name>[^>=!][^>]*)>|(?!\?))", re.DOTALL
)


def as_re2(pattern: str) -> str:
    """Take groups' names away: RE2 writes them otherwise, and groups go by their number here."""
    return _GROUP.sub(lambda found: "(" if found["name"] else found[0], pattern)


def groups(pattern: str) -> list[str | None]:
    """Return the names of a pattern's capturing groups, None for one that has no name."""
    return list(_groups(pattern))


def _groups(pattern: str) -> Iterator[str | None]:
    for found in _GROUP.finditer(pattern):
        if found[0].startswith("("):
            yield found["name"]


def proof() -> str:
    """Return SQL that fails where its one parameter is no regular expression."""
    return "SELECT regexp_matches('', $1)"


def from_glob(pattern: str) -> str:
    """Return the regular expression of a glob: each star is a group, the last one greedy.

    Stars take as little as they can; one at the end takes the rest.
    """
    *literals, last = (re.escape(part) for part in pattern.split("*"))
    if not literals:
        return last
    groups = "(.*?)".join(literals)
    return f"{groups}(.*?){last}" if last else f"{groups}(.*)$"
