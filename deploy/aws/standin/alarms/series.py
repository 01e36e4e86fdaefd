"""Time series and the functions of metric math over them.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
A function or operator yields a datapoint only where its operands have one, and none for a division
by zero. Over several series the aggregates take those that have a datapoint.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from statistics import fmean, pstdev


class ExpressionError(ValueError):
    """An expression that can't be evaluated; its text says what, and the column if it is known."""


@dataclass(frozen=True, slots=True)
class Series:
    """One value a period, oldest first, None where there is no datapoint; `period` in seconds."""

    values: tuple[float | None, ...]
    period: float = 60.0


@dataclass(frozen=True, slots=True)
class Group:
    """Several series of the same length: `METRICS()` or `[m1, m2]`."""

    members: tuple[Series, ...]


Value = float | Series | Group | str


def elementwise(function: Callable[..., float | None], *operands: Value) -> Value:
    """Apply a function of numbers period by period; a number stands for every period."""
    if any(not isinstance(one, int | float | Series) for one in operands):
        raise ExpressionError("an operator takes numbers and single time series")
    series = [one for one in operands if isinstance(one, Series)]
    if not series:
        result = _finite(function, operands)
        if result is None:
            raise ExpressionError("a calculation with constants has no result")
        return result
    length = len(series[0].values)
    columns = [one.values if isinstance(one, Series) else (one,) * length for one in operands]
    rows = zip(*columns, strict=True)
    return replace(series[0], values=tuple(_finite(function, row) for row in rows))


def _finite(function: Callable[..., float | None], row: Iterable[object]) -> float | None:
    numbers = list(row)
    if None in numbers:
        return None
    try:
        result = function(*numbers)
        return None if result is None or not math.isfinite(result) else float(result)
    except (ArithmeticError, TypeError, ValueError):
        # 1 / 0, a root of a negative number, a power too great.
        return None


def _aggregate(function: Callable[[list[float]], float]) -> Callable[[Value], Value]:
    """Make a function that joins several series into one, or one series into a number."""

    def joined(value: Value) -> Value:
        if isinstance(value, Group) and value.members:
            rows = zip(*(one.values for one in value.members), strict=True)
            return replace(value.members[0], values=tuple(_of_known(function, row) for row in rows))
        if isinstance(value, Series):
            return _of_known(function, value.values) or 0.0
        raise ExpressionError("an aggregate takes time series")

    return joined


def _of_known(
    function: Callable[[list[float]], float], values: Iterable[float | None]
) -> float | None:
    known = [value for value in values if value is not None]
    return float(function(known)) if known else None


def _each(function: Callable[[float], float]) -> Callable[[Value], Value]:
    return lambda value: _map(value, lambda series: elementwise(function, series))


def _map(value: Value, function: Callable[[Series | float], Value]) -> Value:
    if isinstance(value, Group):
        members = tuple(function(one) for one in value.members)
        return Group(tuple(one for one in members if isinstance(one, Series)))
    if isinstance(value, str):
        raise ExpressionError("a function takes numbers and time series")
    return function(value)


def _fill(value: Value, filling: Value) -> Value:
    if not isinstance(filling, int | float) and filling not in {"REPEAT", "LINEAR"}:
        raise ExpressionError("FILL() fills with a number, REPEAT or LINEAR")
    return _map(value, lambda series: _filled(series, filling))


def _filled(series: Series | float, filling: Value) -> Value:
    if not isinstance(series, Series):
        raise ExpressionError("FILL() takes time series")
    known = [(at, value) for at, value in enumerate(series.values) if value is not None]
    values = tuple(
        _filler(at, known, filling) if value is None else value
        for at, value in enumerate(series.values)
    )
    return replace(series, values=values)


def _filler(at: int, known: list[tuple[int, float]], filling: Value) -> float | None:
    if isinstance(filling, int | float):
        return float(filling)
    before = max((one for one in known if one[0] < at), default=None)
    after = min((one for one in known if one[0] > at), default=None)
    if before is None or (filling == "LINEAR" and after is None):
        return None
    if filling == "REPEAT" or after is None:
        return before[1]
    return before[1] + (after[1] - before[1]) * (at - before[0]) / (after[0] - before[0])


def _if(condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    """Choose period by period; the branch that isn't chosen may have no datapoint."""
    lengths = [len(one.values) for one in (condition, then, otherwise) if isinstance(one, Series)]
    if not lengths:
        raise ExpressionError("IF() takes at least one time series")
    columns = [_column(one, lengths[0]) for one in (condition, then, otherwise)]
    chosen = tuple(
        None if asked is None else (yes if asked else no)
        for asked, yes, no in zip(*columns, strict=True)
    )
    return Series(
        chosen, next(o.period for o in (condition, then, otherwise) if isinstance(o, Series))
    )


def _column(value: Value | None, length: int) -> tuple[float | None, ...]:
    if isinstance(value, Series):
        return value.values
    if isinstance(value, int | float):
        return (float(value),) * length
    if value is None:
        return (None,) * length
    raise ExpressionError("IF() takes numbers and single time series")


def _differences(value: Value) -> Value:
    if not isinstance(value, Series):
        raise ExpressionError("DIFF() and RATE() take one time series")
    pairs = zip((None, *value.values[:-1]), value.values, strict=True)
    return replace(value, values=tuple(None if a is None or b is None else b - a for a, b in pairs))


def _period(value: Value) -> Value:
    if not isinstance(value, Series):
        raise ExpressionError("PERIOD() takes one time series")
    return value.period


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "ABS": _each(abs),
    "AVG": _aggregate(fmean),
    "CEIL": _each(math.ceil),
    "DIFF": _differences,
    "FILL": _fill,
    "FLOOR": _each(math.floor),
    "IF": _if,
    "MAX": _aggregate(max),
    "MIN": _aggregate(min),
    "PERIOD": _period,
    "RATE": lambda value: elementwise(lambda a, b: a / b, _differences(value), _period(value)),
    "STDDEV": _aggregate(pstdev),
    "SUM": _aggregate(sum),
}
