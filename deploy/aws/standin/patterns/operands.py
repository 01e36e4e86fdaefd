"""What a value is compared with: a text with wildcards, a number, or a regular expression.

- A number written without quotes equals a number of the same size, and a string of the same text.
- A text in quotes is compared with a number as that was written.
- A `*` stands for any text at the beginning or the end of an operand. Elsewhere it is itself: an
  earlier edition of the documentation says that `Ev*ent` matches the actual string `Ev*ent`, and
  the present one shows no other use.
- `<`, `>` and the like compare numbers alone; booleans, null, lists and objects equal nothing and
  differ from nothing: for them there is IS and NOT EXISTS.
"""

import operator
import re
from collections.abc import Callable

from lark import Token

from deploy.aws.standin.patterns import regex
from deploy.aws.standin.patterns.errors import PatternError
from deploy.aws.standin.patterns.event import Scalar, text_of

Test = Callable[[Scalar], bool]

NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def unquoted(token: Token) -> str:
    r"""Return a quoted text's content, in which ``\"`` and ``\\`` are escapes."""
    return _ESCAPED.sub(r"\1", token[1:-1])


def test(comparison: Token, operand: Token) -> Test:
    """Return the test of one value; raises PatternError for what can't be compared so."""
    column = (operand.start_pos or 0) + 1
    number = _number(operand) if operand.type == "BARE" else None
    if comparison in _ORDERS:
        if number is None:
            message = f"{comparison} compares with a number, such as 500, -1.5 or 1e3"
            raise PatternError(message, column)
        return _ordered(_ORDERS[comparison], number)
    equal = _equal(operand, number, column)
    return equal if comparison == "=" else lambda value: not equal(value)


def _number(operand: Token) -> float | None:
    if _INTEGER.fullmatch(operand):
        # Of any size, and exactly.
        return int(operand)
    return float(operand) if NUMBER.fullmatch(operand) else None


def _ordered(compare: Callable[[float, float], bool], number: float) -> Test:
    return lambda value: not isinstance(value, str) and compare(value, number)


def _equal(operand: Token, number: float | None, column: int) -> Test:
    if operand.type == "REGEX":
        search = regex.compiled(operand).search
        return lambda value: search(text_of(value))
    if operand.type == "STRING":
        return _like(unquoted(operand))
    if number is not None:
        return lambda value: value == (str(operand) if isinstance(value, str) else number)
    if operand[0] in "+-":
        raise PatternError(f"{operand} is no number; put text with + or - in quotes", column)
    return _like(str(operand))


def _like(text: str) -> Test:
    """Return the test for a text with wildcards."""
    core = text.removeprefix("*").removesuffix("*")
    if text == "*" or not text.strip("*"):
        return (lambda _: True) if text else (lambda value: value == "")
    before, after = text.startswith("*"), text.endswith("*")
    if before and after:
        return lambda value: core in text_of(value)
    if before:
        return lambda value: text_of(value).endswith(core)
    if after:
        return lambda value: text_of(value).startswith(core)
    return lambda value: text_of(value) == core
