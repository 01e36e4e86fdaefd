"""Rows for a person's eyes, or as JSON for a program."""

import json
import re
import unicodedata

from deploy.aws.insights.engine import Result

_GAP = "  "
_NARROWEST = 8
# Control characters would move the cursor, or more: a log line may come from anyone.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"-?[\d.]+(e[-+]?\d+)?")


def as_json(result: Result) -> str:
    """Return a list of objects, values as GetQueryResults has them; a missing one is left out."""
    rows = [
        {name: value for name, value in zip(result.columns, row, strict=True) if value is not None}
        for row in result.rows
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False)


def as_table(result: Result, width: int | None) -> str:
    """Return a table not wider than `width` characters; None: as wide as its contents."""
    rows = [[_printable(cell or "") for cell in row] for row in result.rows]
    columns = [[_printable(name), *cells] for name, cells in _columns(result, rows)]
    widths = [max(map(_width, column)) for column in columns]
    if width is not None:
        widths = _fitted(widths, width)
    right = [all(_NUMBER.fullmatch(cell) for cell in column[1:] if cell) for column in columns]
    lines = [
        _GAP.join(
            _cell(column[n], w, r) for column, w, r in zip(columns, widths, right, strict=True)
        )
        for n in range(len(rows) + 1)
    ]
    rule = _GAP.join("─" * w for w in widths)
    return "\n".join(line.rstrip() for line in [lines[0], rule, *lines[1:]])


def _columns(result: Result, rows: list[list[str]]) -> list[tuple[str, list[str]]]:
    return [(name, [row[n] for row in rows]) for n, name in enumerate(result.columns)]


def _printable(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "FW" else 1


def _fitted(widths: list[int], width: int) -> list[int]:
    """Narrow the widest columns until the table fits, none below a few characters."""
    room = width - len(_GAP) * (len(widths) - 1)
    low, high = _NARROWEST, max([*widths, _NARROWEST])
    while low < high:
        middle = (low + high + 1) // 2
        fits = sum(min(one, middle) for one in widths) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return [min(one, low) for one in widths]


def _cell(text: str, width: int, right: bool) -> str:  # noqa: FBT001 - its only caller has a list
    while _width(text) > width:
        text = f"{text[: max(0, min(len(text) - 2, width - 1))]}…" if width > 1 else "…"
    filling = " " * (width - _width(text))
    return filling + text if right else text + filling
