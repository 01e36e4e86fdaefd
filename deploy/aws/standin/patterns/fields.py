"""Patterns for space-delimited events: `[ip, user, ..., status_code = 4*, bytes > 1000]`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-in-space-delimited-log-events.html

An event needs a field for each one of the pattern; `...` stands for any number, none included. The
last field of a pattern without `...` takes all that is left: the documentation has `[w1=ERROR, w2]`
match lines of many words, with w2 as the «blank indicator». A field without a name is called by its
number in the event, as in `$4`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token, Tree

from deploy.aws.standin.patterns import operands, regex
from deploy.aws.standin.patterns.errors import PatternError
from deploy.aws.standin.patterns.event import Event, Figure, Scalar
from deploy.aws.standin.patterns.parsing import Grammar

_GRAMMAR = Grammar("fields")
# «Strings don't support scientific notation.»
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_SELECTOR = re.compile(r"\$[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the pattern: its name and its condition, where it has them."""

    name: str = ""
    test: operands.Test | None = None


class Fields:
    """A compiled pattern for space-delimited events."""

    kind = "space-delimited"

    def __init__(self, text: str) -> None:
        """Compile; raises PatternError."""
        tree = _GRAMMAR.parse(text)
        regex.check_number(tree.scan_values(lambda one: isinstance(one, Token)))
        items = tree.children
        fields = [_field(item) if isinstance(item, Tree) else None for item in items]
        # `[]`: any fields.
        if fields == [Field()]:
            fields = [None]
        _check(items)
        at = fields.index(None) if None in fields else len(fields)
        self._head = [field for field in fields[:at] if field]
        self._tail = [field for field in fields[at:] if field]
        self._takes_rest = None not in fields

    def matches(self, event: Event) -> bool:
        """Return whether the event matches."""
        found = self._aligned(event)
        return found is not None and all(
            field.test is None or field.test(_scalar(text)) for field, text in found
        )

    def extracted(self, event: Event) -> dict[str, str]:
        """Return the text of each field by its selector; empty where the event has too few."""
        found = self._aligned(event) or []
        return {f"${field.name or at}": text for at, (field, text) in enumerate(found, start=1)}

    def value(self, event: Event, selector: str) -> str | None:
        """Return the text of a field; None where there is none."""
        return self.extracted(event).get(selector)

    def selects(self, selector: str) -> bool:
        """Return whether a metric can take its value by this selector."""
        return _SELECTOR.fullmatch(selector) is not None

    def _aligned(self, event: Event) -> list[tuple[Field, str]] | None:
        words = event.words
        named = len(self._head) + len(self._tail)
        if len(words) < max(named, 1):
            return None
        texts = [word.text for word in words]
        if self._takes_rest and len(words) > named:
            rest = event.text[words[named - 1].start :].rstrip()
            texts = [*texts[: named - 1], rest]
        unnamed = [Field()] * (len(texts) - named)
        return list(zip([*self._head, *unnamed, *self._tail], texts, strict=True))


def _scalar(text: str) -> Scalar:
    return Figure(text) if _PLAIN_NUMBER.fullmatch(text) else text


def _field(tree: Tree[Token]) -> Field:
    if tree.data == "blank":
        return Field()
    (content,) = tree.children
    if isinstance(content, Token):
        return Field(str(content))
    names = list(content.scan_values(_is_name))
    for other in names:
        if other != names[0]:
            message = f"only {names[0]}, whose condition this is, can stand here"
            raise PatternError(message, (other.start_pos or 0) + 1)
    return Field(str(names[0]), _build(content))


def _is_name(token: object) -> bool:
    return isinstance(token, Token) and token.type == "NAME"


def _build(tree: Tree[Token]) -> operands.Test:
    if tree.data == "condition":
        _, comparison, operand = (one for one in tree.children if isinstance(one, Token))
        return operands.test(comparison, operand)
    tests = [_build(child) for child in tree.children if isinstance(child, Tree)]
    joined = any if tree.data == "either" else all
    return lambda value: joined(test(value) for test in tests)


def _check(items: Sequence[Token | Tree[Token]]) -> None:
    """Raise PatternError where an ellipsis or a name comes a second time."""
    seen: set[str] = set()
    for item in items:
        tokens = [item] if isinstance(item, Token) else list(item.scan_values(_is_name))
        for token in tokens[:1]:
            if token in seen:
                raise PatternError(f"{token} stands here once more", (token.start_pos or 0) + 1)
            seen.add(str(token))
