"""SQL expressions that know what they hold, and how each kind becomes a number, a text, a truth.

The language has no declared types: a field that holds "12" is a number where one is needed. Kinds:

    any     a field's text, VARCHAR, which may be a number (JSON's true and false are 1 and 0)
    text    VARCHAR
    number  DOUBLE
    bool    BOOLEAN, shown as 1 and 0
    time    TIMESTAMP in UTC, to the millisecond
    json    a map or a list, JSON: null to every function but JSON's own
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["any", "text", "number", "bool", "time", "json"]


@dataclass(frozen=True)
class Value:
    """An SQL expression; `quoted` tells a text that the query itself has between quotes."""

    sql: str
    kind: Kind
    quoted: str | None = None


NULL = Value("NULL::VARCHAR", "any")

# As CloudWatch prints a timestamp: to the millisecond, in UTC.
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%g"


def number(value: Value) -> str:
    """Return SQL of type DOUBLE: null where the value is no number."""
    match value.kind:
        case "number":
            return value.sql
        case "bool":
            return f"CAST({value.sql} AS INTEGER)::DOUBLE"
        case "time":
            return f"epoch_ms({value.sql})::DOUBLE"
        case "json":
            return "NULL::DOUBLE"
        case _:
            return f"as_number({value.sql})"


def text(value: Value) -> str:
    """Return SQL of type VARCHAR, as the result shows the value; null for a map or a list."""
    match value.kind:
        case "number":
            return f"shown({value.sql})"
        case "bool":
            return f"CAST(CAST({value.sql} AS INTEGER) AS VARCHAR)"
        case "time":
            return f"strftime({value.sql}, '{TIME_FORMAT}')"
        case "json":
            return "NULL::VARCHAR"
        case _:
            return value.sql


def truth(value: Value) -> str:
    """Return SQL of type BOOLEAN: whether the value is true, or a number that isn't zero."""
    return value.sql if value.kind == "bool" else f"({number(value)} <> 0)"


def moment(value: Value) -> str:
    """Return SQL of type TIMESTAMP: of a time, or of milliseconds since the epoch."""
    if value.kind == "time":
        return value.sql
    return f"make_timestamp_ms(CAST({number(value)} AS BIGINT))"


def order_key(value: Value) -> str:
    """Return SQL that sorts as the language sorts (natural order; numbers after other texts)."""
    return f"natural_key({value.sql})" if value.kind in {"any", "text"} else value.sql


def compared(operator: str, left: Value, right: Value) -> str:
    """Return SQL of type BOOLEAN for one of = != < > <= >=.

    Two numbers compare as numbers, whatever they are written in; everything else as text. What the
    query puts between quotes equals only the same text: an id such as "1e5" is no number.
    """
    if "json" in {left.kind, right.kind}:
        return "FALSE"
    if left.kind == right.kind == "time":
        return f"({left.sql} {operator} {right.sql})"
    if {left.kind, right.kind} & {"number", "bool", "time"}:
        return f"({number(left)} {operator} {number(right)})"
    as_text = f"({left.sql} {operator} {right.sql})"
    if operator in {"=", "!="} and (left.quoted is not None or right.quoted is not None):
        return as_text
    one, other = number(left), number(right)
    return (
        f"(CASE WHEN {one} IS NOT NULL AND {other} IS NOT NULL "
        f"THEN {one} {operator} {other} ELSE {as_text} END)"
    )
