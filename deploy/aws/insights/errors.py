"""Errors that the person at the terminal can mend."""

from dataclasses import dataclass


class InsightsError(Exception):
    """Something is missing or refused; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """A stretch of a query's text, in characters from its start."""

    start: int
    end: int


class QueryError(InsightsError):
    """A query that cannot be run, and where in its text."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place

    def pointed_out(self, query: str) -> str:
        """Return the message under the query's line, with a caret below the column."""
        start = min(self.place.start, len(query))
        first = query.rfind("\n", 0, start) + 1
        line = query[first:].split("\n", 1)[0]
        length = max(1, min(self.place.end, first + len(line)) - start)
        # A tab under a tab: the caret stays below its column at any width.
        margin = "".join("\t" if c == "\t" else " " for c in line[: start - first])
        number, column = query.count("\n", 0, start) + 1, start - first + 1
        return f"line {number}, column {column}: {self}\n  {line}\n  {margin}{'^' * length}"
