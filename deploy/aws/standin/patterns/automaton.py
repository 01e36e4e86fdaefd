"""Searches texts for regular expressions without ever going back.

Python's `re` tries every start anew: what takes a microsecond in a usual line takes an hour in one
of 1 MB (`%x+y%` among a million x), and a log is where such a line turns up. CloudWatch's
expressions have no groups, so a search can follow all that could still match at once, one step a
character: 23 ms for 1 MB. What it finds out on the way it remembers, as in
https://swtch.com/~rsc/regexp/regexp1.html, «Caching the NFA to build a DFA».
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

# Rows that are remembered; an expression with more begins to learn again.
_MOST_ROWS = 2_000

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Stands for every character that is not ASCII: no expression tells one from another.
_OTHER = "\x80"


class Kind(Enum):
    """What an item asks of the text."""

    ONE = auto()
    MAYBE = auto()
    ANY_NUMBER = auto()
    START = auto()
    END = auto()
    FOUND = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """A step of an expression; `characters` matches the single characters that it takes."""

    kind: Kind
    characters: re.Pattern[str] | None = None


@dataclass(slots=True)
class _Row:
    """The items that could come next, and what follows after each character."""

    at: frozenset[int]
    found: bool
    following: dict[str, "_Row"] = field(default_factory=dict)


class Automaton:
    """Branches of which one must match."""

    def __init__(self, branches: Iterable[Sequence[Item]]) -> None:
        self._items: list[Item] = []
        starts = []
        for branch in branches:
            starts.append(len(self._items))
            self._items += [*branch, Item(Kind.FOUND)]
        self._starts = starts
        self._rows: dict[frozenset[int], _Row] = {}

    def search(self, text: str) -> bool:
        """Return whether the expression matches anywhere in the text."""
        plain = text if text.isascii() else _NOT_ASCII.sub(_OTHER, text)
        row = self._row(self._reached(self._starts, Kind.START))
        for character in plain:
            if row.found:
                return True
            following = row.following.get(character)
            row = following or self._follow(row, character)
        passed = (Kind.END,) if text else (Kind.START, Kind.END)
        return row.found or self._row(self._reached(row.at, *passed)).found

    def _follow(self, row: _Row, character: str) -> _Row:
        """Find out what follows, and remember it."""
        # A match can start at every character.
        at = set(self._starts)
        for number in row.at:
            item = self._items[number]
            if item.characters and item.characters.fullmatch(character):
                at.add(number if item.kind is Kind.ANY_NUMBER else number + 1)
        following = row.following[character] = self._row(self._reached(at))
        return following

    def _reached(self, at: Iterable[int], *passed: Kind) -> frozenset[int]:
        """Return these items and those that can be reached without a character."""
        passed = (Kind.MAYBE, Kind.ANY_NUMBER, *passed)
        reached, waiting = set[int](), list(at)
        while waiting:
            number = waiting.pop()
            if number not in reached:
                reached.add(number)
                if self._items[number].kind in passed:
                    waiting.append(number + 1)
        return frozenset(reached)

    def _row(self, at: frozenset[int]) -> _Row:
        if len(self._rows) > _MOST_ROWS:
            self._rows.clear()
        if at not in self._rows:
            found = any(self._items[number].kind is Kind.FOUND for number in at)
            self._rows[at] = _Row(at, found)
        return self._rows[at]
