"""From the text of names, numbers, quoted texts and periods to the nodes of `syntax`."""

import re

from deploy.aws.insights import syntax
from deploy.aws.insights.errors import Place, QueryError

_PART = re.compile(r"(?:^|\.)`([^`]+)`|(?:^|\.)([^.`\[\]]+)|\[(\d+)\]")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
# Each unit, and how else it may be written; a final s is always possible.
_UNITS = {
    "ms": ("millisecond", "msec"),
    "s": ("second", "sec"),
    "m": ("minute", "min"),
    "h": ("hour", "hr"),
    "d": ("day",),
    "w": ("week",),
    "mo": ("month", "mon"),
    "q": ("quarter", "qtr"),
    "y": ("year", "yr"),
}


def field(place: Place, text: str) -> syntax.Field:
    """Read a name: parts with dots, in backticks, or positions in brackets."""
    parts = tuple(next(filter(None, found)) for found in _PART.findall(text))
    return syntax.Field(place, text, parts)


def number(place: Place, text: str) -> syntax.Number:
    """Read a number."""
    return syntax.Number(place, text, float(text))


def text(place: Place, text: str) -> syntax.Text:
    """Read a quoted text."""
    # A backslash before any other character stays: patterns are full of them.
    value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), text[1:-1], flags=re.DOTALL)
    return syntax.Text(place, text, value)


def regex(place: Place, text: str) -> syntax.Regex:
    """Read a regular expression between slashes."""
    return syntax.Regex(place, text, text[1:-1].replace("\\/", "/"))


def period(place: Place, text: str) -> syntax.Period:
    """Read a period, such as 5m or 2 hours."""
    digits = re.match(r"\d+", text)
    amount = int(digits[0]) if digits else 0
    if not amount:
        raise QueryError("a period must be longer than nothing", place)
    return syntax.Period(place, text, amount, _unit(text.lstrip("0123456789").strip().lower()))


def _unit(name: str) -> str:
    if name in _UNITS:
        return name
    return next(u for u, names in _UNITS.items() if name.removesuffix("s") in {u, *names})
