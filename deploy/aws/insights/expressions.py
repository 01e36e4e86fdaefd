"""From an expression of a query to SQL."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from deploy.aws.insights import syntax, values
from deploy.aws.insights.arguments import Arguments
from deploy.aws.insights.errors import QueryError
from deploy.aws.insights.functions import AGGREGATES, FUNCTIONS, NOT_LOCAL
from deploy.aws.insights.patterns import as_re2, proof
from deploy.aws.insights.relation import SYSTEM, Relation, normal, pointer
from deploy.aws.insights.values import Value
from deploy.aws.insights.window import Window

_ARITHMETIC = {
    "+": "({0} + {1})",
    "-": "({0} - {1})",
    "*": "({0} * {1})",
    # Null, where DuckDB would give infinity or an error.
    "/": "({0} / nullif({1}, 0))",
    "%": "({0} % nullif({1}, 0))",
    "^": "pow({0}, {1})",
}
_BOOLEANS = {"true": Value("TRUE", "bool"), "false": Value("FALSE", "bool")}


@dataclass
class Compiler:
    """Translates expressions over a relation's columns.

    `check` executes SQL that has one parameter and returns what is wrong with it, if anything: a
    regular expression or a format is proven before a million lines are read.
    """

    relation: Relation
    window: Window
    check: Callable[[str, str], str | None]

    def value(self, node: syntax.Node) -> Value:
        """Return the SQL of an expression.

        Raises QueryError where it cannot be evaluated.
        """
        known = self.relation.labels.get(normal(node.text))
        if known is not None and not isinstance(node, syntax.Field | syntax.Text | syntax.Number):
            return self.relation.columns[known]
        translations: dict[type[syntax.Node], Callable[[Any], Value]] = {
            syntax.Field: self.field,
            syntax.Number: self.number,
            syntax.Text: self.text,
            syntax.Call: self.call,
            syntax.Operation: self.operation,
            syntax.Negation: self.negation,
            syntax.Like: self.like,
            syntax.Membership: self.membership,
        }
        return translations.get(type(node), self.misplaced)(node)

    def number(self, node: syntax.Number) -> Value:
        """Return a number's parameter."""
        return Value(self.relation.parameters.add(node.value), "number")

    def text(self, node: syntax.Text) -> Value:
        """Return a quoted text's parameter."""
        return Value(self.relation.parameters.add(node.value), "text", node.value)

    def negation(self, node: syntax.Negation) -> Value:
        """Return the SQL of `not`."""
        return Value(f"(NOT {self.truth(node.operand)})", "bool")

    def misplaced(self, node: syntax.Node) -> Value:
        """Refuse a period or a star where a value should be."""
        where = "bin(), datefloor() or dateceil()" if isinstance(node, syntax.Period) else "count()"
        raise QueryError(f"`{node.text}` belongs into {where}", node.place)

    def truth(self, node: syntax.Node) -> str:
        """Return the SQL of a condition."""
        return values.truth(self.value(node))

    def field(self, node: syntax.Field) -> Value:
        """Return the column of a name: one of the query's own, of CloudWatch's, or of the JSON."""
        columns = self.relation.columns
        if node.name in columns:
            return columns[node.name]
        inside = self.inside(node)
        if inside is not None:
            return Value(f"leaf({inside})", "any")
        if node.text.lower() in _BOOLEANS:
            return _BOOLEANS[node.text.lower()]
        if not self.relation.discovering:
            known = ", ".join(self.relation.shown)
            message = f"`{node.name}` is gone after stats, which leaves {known}"
            raise QueryError(message, node.place)
        if node.name.startswith("@") and not node.name.startswith("@@"):
            near = difflib.get_close_matches(node.name, SYSTEM, n=1, cutoff=0.8)
            if near:
                raise QueryError(f"did you mean `{near[0]}`?", node.place)
            return values.NULL
        # A key that begins with @ is shown with another one before it.
        parts = (node.parts[0].removeprefix("@"), *node.parts[1:])
        return self.relation.discover(parts)

    def inside(self, node: syntax.Field) -> str | None:
        """Return SQL of type JSON for an attribute of a map or a list; None where it is none."""
        for length in range(len(node.parts) - 1, 0, -1):
            head = self.relation.maps.get(".".join(node.parts[:length]))
            if head is not None:
                path = self.relation.parameters.add(pointer(node.parts[length:]))
                return f"json_extract({head}, {path})"
        return None

    def structure(self, node: syntax.Node) -> str:
        """Return SQL of type JSON: a map, a list, or null."""
        if isinstance(node, syntax.Field) and node.name in self.relation.maps:
            return self.relation.maps[node.name]
        if not isinstance(node, syntax.Field) or node.name in self.relation.columns:
            found = self.value(node)
            return found.sql if found.kind == "json" else f"parsed({values.text(found)})"
        inside = self.inside(node)
        if inside is None and self.relation.discovering:
            path = self.relation.parameters.add(pointer(node.parts))
            inside = f"json_extract(CASE WHEN json_valid(message) THEN message END, {path})"
        return f"structure({inside})" if inside else f"parsed({values.text(self.field(node))})"

    def call(self, node: syntax.Call) -> Value:
        """Return a function's SQL."""
        function = FUNCTIONS.get(node.name.lower())
        if function is None:
            raise unknown_function(node, FUNCTIONS)
        if not function.least <= len(node.arguments) <= function.most:
            raise QueryError(f"this function is called {function.signature}", node.place)
        return function.build(Arguments(self, node))

    def operation(self, node: syntax.Operation) -> Value:
        """Return the SQL of two operands and their operator."""
        if node.operator in {"and", "or"}:
            left, right = self.truth(node.left), self.truth(node.right)
            return Value(f"({left} {node.operator.upper()} {right})", "bool")
        one, other = self.value(node.left), self.value(node.right)
        if node.operator in _ARITHMETIC:
            form = _ARITHMETIC[node.operator]
            return Value(form.format(values.number(one), values.number(other)), "number")
        for value, against in ((one, other), (other, one)):
            self.refuse_written_time(value, against, node)
        return Value(values.compared(node.operator, one, other), "bool")

    def refuse_written_time(self, value: Value, against: Value, node: syntax.Node) -> None:
        """Raise QueryError for a time that is compared with a date as people write it."""
        if value.kind == "time" and against.quoted is not None:
            message = (
                "a time compares with milliseconds since the epoch, such as (now() - 300) * 1000: "
                "CloudWatch takes no written dates"
            )
            raise QueryError(message, node.place)

    def like(self, node: syntax.Like) -> Value:
        """Return the SQL of a search for a text or a regular expression."""
        value = values.text(self.value(node.value))
        sql = self.matching(value, node.pattern)
        return Value(f"(NOT {sql})" if node.negated else sql, "bool")

    def matching(self, text: str, pattern: syntax.Text | syntax.Regex) -> str:
        """Return SQL for whether a text contains or matches a pattern."""
        if isinstance(pattern, syntax.Text):
            return f"contains({text}, {self.relation.parameters.add(pattern.value)})"
        return f"regexp_matches({text}, {self.regex(pattern)})"

    def regex(self, node: syntax.Regex) -> str:
        """Return SQL for a regular expression that RE2 takes."""
        pattern = as_re2(node.value)
        problem = self.check(proof(), pattern)
        if problem is not None:
            raise QueryError(
                f"RE2, which reads regular expressions here, says: {problem}", node.place
            )
        return self.relation.parameters.add(pattern)

    def membership(self, node: syntax.Membership) -> Value:
        """Return the SQL of `in`."""
        value = self.value(node.value)
        found = " OR ".join(values.compared("=", value, self.value(item)) for item in node.items)
        return Value(f"(NOT ({found}))" if node.negated else f"({found})", "bool")


def unknown_function(node: syntax.Call, known: Iterable[str]) -> QueryError:
    """Return the error for a function that isn't there, with the one that may be meant."""
    name = node.name.lower()
    if name in NOT_LOCAL:
        return QueryError(f"`{node.name}`: {NOT_LOCAL[name]}", node.at)
    if name in AGGREGATES:
        return QueryError(f"`{node.name}` belongs into stats", node.at)
    near = difflib.get_close_matches(name, list(known), n=1)
    meant = f"; did you mean `{near[0]}`?" if near else ""
    return QueryError(f"`{node.name}` is no function{meant}", node.at)
