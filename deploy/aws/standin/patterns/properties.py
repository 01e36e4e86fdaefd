"""Patterns for JSON events: `{ ($.level = "ERROR") && ($.status_code >= 500) }`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html

A message that is no JSON object matches none of them, not even NOT EXISTS. A comparison needs a
string or a number to compare: a property that is missing, or anything else, satisfies neither `=`
nor `!=`. With a `*` in the selector one property that satisfies the condition is enough.
"""

from collections.abc import Callable, Sequence

from lark import Token, Tree

from deploy.aws.standin.patterns import operands, regex
from deploy.aws.standin.patterns.errors import PatternError
from deploy.aws.standin.patterns.event import Event, text_of
from deploy.aws.standin.patterns.parsing import Grammar
from deploy.aws.standin.patterns.selectors import Step, is_single, selected, steps

Predicate = Callable[[object], bool]

_GRAMMAR = Grammar("properties")
_STATES = {"NULL": None, "TRUE": True, "FALSE": False}

# Of one selector and of one pattern.
_MOST_WILDCARDS, _MOST_WILDCARD_SELECTORS = 1, 3


class Properties:
    """A compiled pattern for JSON events."""

    kind = "JSON"

    def __init__(self, text: str) -> None:
        """Compile; raises PatternError."""
        tree = _GRAMMAR.parse(text)
        tokens = list(tree.scan_values(_is_token))
        regex.check_number(tokens)
        _check_wildcards([one for one in tokens if one.type == "SELECTOR"])
        self._predicate = _any_of(tree)

    def matches(self, event: Event) -> bool:
        """Return whether the event matches."""
        document = event.document
        return document is not None and self._predicate(document)

    def extracted(self, _: Event) -> dict[str, str]:
        """Return nothing: TestMetricFilter shows the fields of space-delimited events alone."""
        return {}

    def value(self, event: Event, selector: str) -> str | None:
        """Return a string or a number as its text; None where there is none."""
        for value in selected(event.document, steps(selector)):
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                return text_of(value)  # type: ignore[arg-type]  # the decoder makes no other floats
        return None

    def selects(self, selector: str) -> bool:
        """Return whether a metric can take its value by this selector."""
        return is_single(selector)


def _check_wildcards(selectors: Sequence[Token]) -> None:
    wild = [one for one in selectors if None in steps(one)]
    for selector in wild:
        if steps(selector).count(None) > _MOST_WILDCARDS:
            raise PatternError("one * a selector can stand here", (selector.start_pos or 0) + 1)
    if len(wild) > _MOST_WILDCARD_SELECTORS:
        column = (wild[_MOST_WILDCARD_SELECTORS].start_pos or 0) + 1
        raise PatternError(f"{_MOST_WILDCARD_SELECTORS} selectors with * a pattern are all", column)


def _is_token(one: object) -> bool:
    return isinstance(one, Token)


def _build(tree: Tree[Token]) -> Predicate:
    match tree.data:
        case "either":
            return _any_of(tree)
        case "both":
            parts = _parts(tree)
            return lambda document: all(part(document) for part in parts)
        case "state":
            selector, wanted = _tokens(tree)
            return _is(steps(selector), _STATES[wanted])
        case "missing":
            (selector,) = _tokens(tree)
            path = steps(selector)
            return lambda document: not selected(document, path)
        case _:
            selector, comparison, operand = _tokens(tree)
            return _compared(steps(selector), _test(comparison, operand))


def _any_of(tree: Tree[Token]) -> Predicate:
    parts = _parts(tree)
    return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)


def _parts(tree: Tree[Token]) -> list[Predicate]:
    return [_build(child) for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: Tree[Token]) -> list[Token]:
    return [child for child in tree.children if isinstance(child, Token)]


def _test(comparison: Token, operand: Token) -> operands.Test:
    if operand == "null":
        raise PatternError("IS NULL asks for null", (comparison.start_pos or 0) + 1)
    return operands.test(comparison, operand)


def _is(path: tuple[Step, ...], wanted: bool | None) -> Predicate:  # noqa: FBT001 - a JSON value
    return lambda document: any(value is wanted for value in selected(document, path))


def _compared(path: tuple[Step, ...], test: operands.Test) -> Predicate:
    def compared(document: object) -> bool:
        for value in selected(document, path):
            comparable = isinstance(value, str | int | float) and not isinstance(value, bool)
            if comparable and test(value):  # type: ignore[arg-type]  # the decoder makes no other floats
                return True
        return False

    return compared
