"""Numeric functions."""

from deploy.aws.insights.arguments import MANY, Arguments, Function
from deploy.aws.insights.values import Value

# Kilometres, the mean radius of the earth.
_EARTH = 6371.0088
_INT = (-(2**31), 2**31 - 1)
_LONG = (-(2**63), 2**63 - 1)


def _of_one(signature: str, sql: str) -> Function:
    """Return a function of one number; `{0}` in `sql` stands for it."""
    return Function(signature, 1, 1, lambda given: Value(sql.format(given.number(0)), "number"))


def _of_all(signature: str, name: str) -> Function:
    def build(given: Arguments) -> Value:
        numbers = ", ".join(given.number(index) for index in range(len(given)))
        return Value(f"{name}({numbers})", "number")

    return Function(signature, 1, MANY, build)


def _round(given: Arguments) -> Value:
    places = f"CAST({given.number(1)} AS INTEGER)" if len(given) > 1 else "0"
    return Value(f"round({given.number(0)}, {places})", "number")


def _haversine(given: Arguments) -> Value:
    one, east, other, west = (f"radians({given.number(n)})" for n in range(4))
    half = (
        f"pow(sin(({other} - {one}) / 2), 2) "
        f"+ cos({one}) * cos({other}) * pow(sin(({west} - {east}) / 2), 2)"
    )
    return Value(f"(2 * {_EARTH} * asin(sqrt(least(1, {half}))))", "number")


def _whole(signature: str, bounds: tuple[int, int]) -> Function:
    low, high = bounds

    def build(given: Arguments) -> Value:
        number = f"trunc({given.number(0)})"
        return Value(f"(CASE WHEN {number} BETWEEN {low} AND {high} THEN {number} END)", "number")

    return Function(signature, 1, 1, build)


FUNCTIONS = (
    _of_one("abs(number)", "abs({0})"),
    _of_one("ceil(number)", "ceil({0})"),
    _of_one("floor(number)", "floor({0})"),
    _of_all("greatest(number, …)", "greatest"),
    _of_all("least(number, …)", "least"),
    # Null where there is none, as for every other value that is no number.
    _of_one("log(number)", "(CASE WHEN {0} > 0 THEN ln({0}) END)"),
    _of_one("sqrt(number)", "(CASE WHEN {0} >= 0 THEN sqrt({0}) END)"),
    Function("round(number[, decimals])", 1, 2, _round),
    Function("haversine(latitude, longitude, latitude, longitude)", 4, 4, _haversine),
    _of_one("toNumber(field)", "{0}"),
    _of_one("toDouble(field)", "{0}"),
    _whole("toInt(field)", _INT),
    _whole("toLong(field)", _LONG),
)
