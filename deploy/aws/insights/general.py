"""General functions."""

from deploy.aws.insights import values
from deploy.aws.insights.arguments import MANY, Arguments, Function
from deploy.aws.insights.errors import QueryError
from deploy.aws.insights.values import Kind, Value

# «Supports up to 10 branches.»
_BRANCHES = 10


def _present(given: Arguments) -> Value:
    return Value(f"({given.value(0).sql} IS NOT NULL)", "bool")


def alike(found: list[Value]) -> tuple[list[str], Kind]:
    """Return values' SQL in the one kind that they have in common."""
    kinds = {value.kind for value in found}
    if len(kinds) == 1 and kinds != {"json"}:
        return [value.sql for value in found], found[0].kind
    return [values.text(value) for value in found], "any"


def _coalesce(given: Arguments) -> Value:
    found, kind = alike(given.values())
    return Value(f"coalesce({', '.join(found)})", kind)


def _if(given: Arguments) -> Value:
    (then, otherwise), kind = alike(given.values(1))
    return Value(f"(CASE WHEN {given.truth(0)} THEN {then} ELSE {otherwise} END)", kind)


def _case(given: Arguments) -> Value:
    pairs = len(given) // 2
    if pairs > _BRANCHES:
        raise QueryError(f"case takes {_BRANCHES} branches at most", given.call.place)
    default = [given.value(len(given) - 1)] if len(given) % 2 else []
    found, kind = alike([given.value(2 * n + 1) for n in range(pairs)] + default)
    branches = " ".join(f"WHEN {given.truth(2 * n)} THEN {found[n]}" for n in range(pairs))
    otherwise = f" ELSE {found[-1]}" if default else ""
    return Value(f"(CASE {branches}{otherwise} END)", kind)


FUNCTIONS = (
    Function("isPresent(field)", 1, 1, _present),
    Function("coalesce(field, …)", 1, MANY, _coalesce),
    Function("if(condition, value, otherwise)", 3, 3, _if),
    Function("case(condition, value, …[, otherwise])", 2, MANY, _case),
    Function(
        "isNumeric(field)", 1, 1, lambda given: Value(f"({given.number(0)} IS NOT NULL)", "bool")
    ),
    Function(
        "messageSize(field)",
        1,
        1,
        lambda given: Value(f"strlen({given.text(0)})::DOUBLE", "number"),
    ),
)
