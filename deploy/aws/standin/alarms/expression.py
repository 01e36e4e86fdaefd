"""Metric math: the part of CloudWatch's language that alarms of a template use.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache

from lark import Lark, Token, Transformer, Tree, v_args
from lark.exceptions import UnexpectedInput, VisitError

from deploy.aws.standin.alarms.series import (
    FUNCTIONS,
    ExpressionError,
    Group,
    Series,
    Value,
    elementwise,
)

_GRAMMAR = r"""
?start: either
?either: both (OR both)*
?both: comparison (AND comparison)*
?comparison: sum [COMPARISON sum]
?sum: product (SIGN product)*
?product: unary (FACTOR unary)*
?unary: "-" unary -> minus
      | power
?power: atom ["^" unary]
?atom: NUMBER -> number
     | STRING -> string
     | FILLING -> filling
     | NAME "(" [either ("," either)*] ")" -> call
     | NAME -> name
     | "[" either ("," either)* "]" -> array
     | "(" either ")"
OR.2: "OR" | "||"
AND.2: "AND" | "&&"
FILLING.2: "REPEAT" | "LINEAR"
COMPARISON: "==" | "!=" | "<=" | ">=" | "<" | ">"
SIGN: "+" | "-"
FACTOR: "*" | "/"
NAME: /[a-zA-Z_][a-zA-Z0-9_]*/
STRING: /"[^"]*"/ | /'[^']*'/
%import common.NUMBER
%import common.WS
%ignore WS
"""

_PARSER = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)

_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "AND": lambda left, right: bool(left) and bool(right),
    "OR": lambda left, right: bool(left) or bool(right),
}
_WORDS = {"&&": "AND", "||": "OR"}


def evaluate(text: str, known: Mapping[str, Series], metrics: Mapping[str, Series]) -> Series:
    """Return the time series that an expression makes of others, which are named by their ids.

    `known` are all that may be named, `metrics` those of them that `METRICS()` means. Raises
    ExpressionError for a syntax error (with its column), an unknown id or function, arguments of
    the wrong kind, or a result that is no single time series.
    """
    try:
        result = _Evaluation(known, metrics).transform(_parse(text))
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise ExpressionError(f"{error.orig_exc} (in {text!r})") from None
        raise
    if not isinstance(result, Series):
        raise ExpressionError(f"an alarm needs one time series, and {text!r} is none")
    return result


@lru_cache(maxsize=256)
def _parse(text: str) -> Tree[Token]:
    try:
        return _PARSER.parse(text)
    except UnexpectedInput as error:
        raise ExpressionError(f"no metric math at column {error.column} of {text!r}") from None


@v_args(inline=True)
class _Evaluation(Transformer[Token, Value]):
    """One expression's value, from its leaves upwards."""

    def __init__(self, known: Mapping[str, Series], metrics: Mapping[str, Series]) -> None:
        super().__init__()
        self._known = known
        self._metrics = metrics

    def number(self, token: Token) -> Value:
        return float(token)

    def string(self, token: Token) -> Value:
        return str(token)[1:-1]

    def filling(self, token: Token) -> Value:
        return str(token)

    def name(self, token: Token) -> Value:
        if token not in self._known:
            raise ExpressionError(f"no metric or expression has the id {token}")
        return self._known[token]

    def array(self, *members: Value) -> Value:
        if not all(isinstance(one, Series) for one in members):
            raise ExpressionError("a list holds single time series")
        return Group(tuple(one for one in members if isinstance(one, Series)))

    def minus(self, value: Value) -> Value:
        return elementwise(operator.neg, value)

    def power(self, base: Value, exponent: Value) -> Value:
        return elementwise(operator.pow, base, exponent)

    def chain(self, first: Value, *rest: Value) -> Value:
        result = first
        for sign, operand in zip(rest[::2], rest[1::2], strict=True):
            word = _WORDS.get(str(sign), str(sign))
            result = elementwise(_OPERATORS[word], result, operand)
        return result

    either = both = comparison = sum = product = chain

    def call(self, name: Token, *arguments: Value) -> Value:
        if name == "METRICS":
            return self._chosen(*arguments)
        if name not in FUNCTIONS:
            known = ", ".join(sorted({*FUNCTIONS, "METRICS"}))
            raise ExpressionError(f"{name}() is unknown here; known are {known}")
        try:
            return FUNCTIONS[name](*arguments)
        except TypeError:
            raise ExpressionError(f"{name}() takes other arguments") from None

    def _chosen(self, part: Value = "") -> Value:
        if not isinstance(part, str):
            raise ExpressionError("METRICS() takes a part of the ids between quotes, or nothing")
        return Group(tuple(series for key, series in self._metrics.items() if part in key))
