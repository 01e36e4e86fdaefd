"""JSON functions: maps and lists."""

from deploy.aws.insights.arguments import Arguments, Function
from deploy.aws.insights.values import Value


def _parse(given: Arguments) -> Value:
    return Value(f"parsed({given.text(0)})", "json")


def _stringify(given: Arguments) -> Value:
    return Value(f"CAST({given.structure(0)} AS VARCHAR)", "text")


def _size(given: Arguments) -> Value:
    found = given.structure(0)
    length = f"json_array_length({found})::DOUBLE"
    return Value(f"(CASE WHEN json_type({found}) = 'ARRAY' THEN {length} END)", "number")


def _contains(given: Arguments) -> Value:
    found = given.structure(0)
    elements = f"list_transform(CAST(json_extract({found}, '$[*]') AS JSON[]), lambda x: leaf(x))"
    return Value(f"coalesce(list_contains({elements}, {given.text(1)}), FALSE)", "bool")


FUNCTIONS = (
    Function("jsonParse(text)", 1, 1, _parse),
    Function("jsonStringify(map or list)", 1, 1, _stringify),
    Function("jsonArraySize(field)", 1, 1, _size),
    Function("jsonArrayContains(field, text)", 2, 2, _contains),
)
