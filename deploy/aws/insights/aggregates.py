"""The functions of `stats`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html. AWS
approximates count_distinct over many values and does not say how percentiles are interpolated: here
count_distinct is exact, percentiles interpolate linearly, stddev is the sample's.
"""

from dataclasses import dataclass

from deploy.aws.insights import syntax, values
from deploy.aws.insights.arguments import Arguments, Function
from deploy.aws.insights.errors import QueryError
from deploy.aws.insights.expressions import Compiler, unknown_function
from deploy.aws.insights.functions import FUNCTIONS
from deploy.aws.insights.relation import normal
from deploy.aws.insights.values import Value

_ALL = 100


def _count(given: Arguments) -> Value:
    if not len(given) or isinstance(given.call.arguments[0], syntax.Star):
        return Value("count(*)::DOUBLE", "number")
    return Value(f"count({given.value(0).sql})::DOUBLE", "number")


def _distinct(given: Arguments) -> Value:
    return Value(f"count(DISTINCT {given.text(0)})::DOUBLE", "number")


def _numeric(signature: str, name: str) -> Function:
    return Function(signature, 1, 1, lambda given: Value(f"{name}({given.number(0)})", "number"))


def _extreme(name: str) -> Function:
    """Return min or max: of the numbers, or where there are none, of the texts."""

    def build(given: Arguments) -> Value:
        value = given.value(0)
        if value.kind not in {"any", "text"}:
            return Value(f"{name}({value.sql})", value.kind)
        numbers = f"shown_exactly({name}({values.number(value)}))"
        return Value(f"coalesce({numbers}, {name}({value.sql}))", "any")

    return Function(f"{name}(field)", 1, 1, build)


def _percentile(given: Arguments) -> Value:
    node = given.call.arguments[1]
    if not isinstance(node, syntax.Number) or not 0 <= node.value <= _ALL:
        raise QueryError("a percentile is a number from 0 to 100", node.place)
    return Value(f"quantile_cont({given.number(0)}, {node.value / _ALL!r})", "number")


def _in_time(signature: str, name: str) -> Function:
    def build(given: Arguments) -> Value:
        columns = given.compiler.relation.columns
        if "@timestamp" not in columns:
            message = f"{given.call.name} needs @timestamp, which is gone after stats"
            raise QueryError(message, given.call.place)
        value = given.value(0)
        # Of events in one millisecond, the order of arrival.
        when = f"ROW({columns['@timestamp'].sql}, number)"
        return Value(f"{name}({value.sql}, {when})", value.kind)

    return Function(signature, 1, 1, build)


def _in_order(signature: str, name: str) -> Function:
    def build(given: Arguments) -> Value:
        value = given.value(0)
        return Value(f"{name}({value.sql}, {values.order_key(value)})", value.kind)

    return Function(signature, 1, 1, build)


AGGREGATES: dict[str, Function] = {
    "count": Function("count(*) or count(field)", 0, 1, _count),
    "count_over_time": Function("count_over_time(field)", 0, 1, _count),
    "count_distinct": Function("count_distinct(field)", 1, 1, _distinct),
    "sum": _numeric("sum(number)", "sum"),
    "sum_over_time": _numeric("sum_over_time(number)", "sum"),
    "avg": _numeric("avg(number)", "avg"),
    "stddev": _numeric("stddev(number)", "stddev_samp"),
    "median": _numeric("median(number)", "median"),
    "min": _extreme("min"),
    "max": _extreme("max"),
    "pct": Function("pct(number, percent)", 2, 2, _percentile),
    "earliest": _in_time("earliest(field)", "arg_min"),
    "latest": _in_time("latest(field)", "arg_max"),
    "sortsfirst": _in_order("sortsFirst(field)", "arg_min"),
    "sortslast": _in_order("sortsLast(field)", "arg_max"),
}


@dataclass
class Aggregating(Compiler):
    """Translates what stands before `by`: aggregates, and arithmetic over them.

    `groups` are the columns behind `by`, by their names and by how they are written.
    """

    groups: dict[str, Value]

    def value(self, node: syntax.Node) -> Value:
        """Return the SQL of an expression; a group is its column."""
        found = self.groups.get(normal(node.text))
        if found is not None and not isinstance(node, syntax.Text | syntax.Number):
            return found
        return super().value(node)

    def field(self, node: syntax.Field) -> Value:
        """Refuse a field that has more than one value in a group."""
        message = f"`{node.name}` has many values here: aggregate it, such as latest({node.name})"
        raise QueryError(message, node.place)

    def call(self, node: syntax.Call) -> Value:
        """Return an aggregate's SQL, its arguments those of single events."""
        function = AGGREGATES.get(node.name.lower())
        if function is None:
            if node.name.lower() not in FUNCTIONS:
                raise unknown_function(node, [*AGGREGATES, *FUNCTIONS])
            return super().call(node)
        if not function.least <= len(node.arguments) <= function.most:
            raise QueryError(f"this function is called {function.signature}", node.place)
        return function.build(Arguments(Compiler(self.relation, self.window, self.check), node))
