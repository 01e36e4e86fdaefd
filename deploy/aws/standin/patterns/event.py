"""One log event, read once for however many patterns are held against it."""

import json
import re
from functools import cached_property
from typing import NamedTuple, NoReturn, Self


class Figure(float):
    """A number that remembers how it was written; that is what text patterns see of it."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Take a number's text; one too great for a double is infinite."""
        figure = super().__new__(cls, text)
        figure.text = text
        return figure


Scalar = str | int | Figure


def text_of(scalar: Scalar) -> str:
    """Return a string as it is, a number as it was written."""
    return scalar.text if isinstance(scalar, Figure) else str(scalar)


class Word(NamedTuple):
    """A field of a space-delimited event, and where in the message it starts."""

    text: str
    start: int


def _no_json(constant: str) -> NoReturn:
    raise json.JSONDecodeError(f"{constant} is no JSON", constant, 0)


_DECODER = json.JSONDecoder(parse_float=Figure, parse_constant=_no_json)
# Python converts no integer of more than 4,300 digits.
_LARGE_DECODER = json.JSONDecoder(parse_float=Figure, parse_int=Figure, parse_constant=_no_json)

_SPACE = re.compile(r"[ \t\r\n]")
_VISIBLE = re.compile(r"[^ \t\r\n]")
_CLOSING = {"[": "]", '"': '"'}


class Event:
    """A log event's message."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def document(self) -> dict[str, object] | None:
        """Return the JSON object that the message is; None where it is none.

        Of a key that comes twice the last one counts.
        """
        try:
            return _object(_DECODER, self.text)
        except ValueError:
            return _object(_LARGE_DECODER, self.text)

    @cached_property
    def words(self) -> list[Word]:
        """Return the fields between white space; `[…]` and `"…"` are one field each."""
        words: list[Word] = []
        length, at = len(self.text), 0
        while found := _VISIBLE.search(self.text, at):
            at = found.start()
            closing = _CLOSING.get(self.text[at])
            if closing:
                end = self.text.find(closing, at + 1)
                if end >= 0 and (end + 1 == length or _SPACE.match(self.text, end + 1)):
                    words.append(Word(self.text[at + 1 : end], at))
                    at = end + 1
                    continue
            space = _SPACE.search(self.text, at)
            end = space.start() if space else length
            words.append(Word(self.text[at:end], at))
            at = end
        return words


def _object(decoder: json.JSONDecoder, text: str) -> dict[str, object] | None:
    """Return an object, or None; raises ValueError for an integer that is too long."""
    try:
        found = decoder.decode(text)
    except (json.JSONDecodeError, RecursionError):
        # Or thousands of levels deep: nothing that a log line is.
        return None
    return found if isinstance(found, dict) else None
