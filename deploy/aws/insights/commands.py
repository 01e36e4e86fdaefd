"""From a query's commands to one SQL statement."""

from collections.abc import Callable
from dataclasses import dataclass

from deploy.aws.insights import rules, syntax, values
from deploy.aws.insights.aggregates import Aggregating
from deploy.aws.insights.errors import QueryError
from deploy.aws.insights.expressions import Compiler
from deploy.aws.insights.extraction import parse
from deploy.aws.insights.relation import DEFAULT, Parameters, Relation, normal, select
from deploy.aws.insights.values import Value
from deploy.aws.insights.window import Window

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html
DEFAULT_LIMIT = 10_000


@dataclass(frozen=True)
class Statement:
    """SQL, the values that it is executed with, and the names of its columns.

    It returns one row more than `limit` where there are more. `fields` are the names that it looks
    for in events' JSON, `presence` another statement, which counts the events that have each.
    """

    sql: str
    parameters: list[object]
    columns: list[str]
    limit: int
    fields: list[str]
    presence: tuple[str, list[object]]


class Translation:
    """Applies commands to a relation, one after the other."""

    def __init__(self, window: Window, check: Callable[[str, str], str | None]) -> None:
        self.relation = Relation(Parameters())
        self.compiler = Compiler(self.relation, window, check)
        self.displayed: list[str] = []
        self.limit: int | None = None

    def apply(self, command: syntax.Node) -> None:
        """Apply one command."""
        match command:
            case syntax.Fields():
                self.relation.show(self.columns(command.columns))
            case syntax.Display():
                self.displayed = self.columns(command.columns)
            case syntax.Filter():
                self.relation.stage("*", f"WHERE {self.compiler.truth(command.condition)}")
            case syntax.Limit():
                self.limit = command.count
                self.relation.stage("*", f"{self.ordered()} LIMIT {self.limit}")
            case syntax.Stats():
                self.stats(command)
            case syntax.Sort():
                self.sort(command)
            case syntax.Dedup():
                self.dedup(command)
            case _:
                self.extract(command)

    def extract(self, command: syntax.Node) -> None:
        """Apply a command that makes fields out of one, which are shown beside the others."""
        if not self.relation.shown:
            self.relation.show(list(DEFAULT))
        if isinstance(command, syntax.Parse):
            parse(self.compiler, command)
        elif isinstance(command, syntax.Unnest):
            self.unnest(command)

    def columns(self, columns: tuple[syntax.Column, ...]) -> list[str]:
        """Compute columns and give them their names, which are returned."""
        for column in columns:
            value = self.compiler.value(column.expression)
            if not isinstance(column.expression, syntax.Field) or not value.sql.isidentifier():
                (value,) = self.relation.add([value])
            self.relation.name(column.name, value)
        return [column.name for column in columns]

    def plain(self, node: syntax.Node, command: str) -> Value:
        """Return an expression's value; QueryError for a map or a list."""
        value = self.compiler.value(node)
        if value.kind == "json":
            raise QueryError(f"{command} takes no map and no list: use an attribute", node.place)
        return value

    def stats(self, command: syntax.Stats) -> None:
        """Replace the events by groups of them."""
        relation = self.relation
        computed = relation.add([self.plain(c.expression, "stats") for c in command.groups])
        groups = dict(zip([column.name for column in command.groups], computed, strict=True))
        written = {normal(c.expression.text): groups[c.name] for c in command.groups}
        known = {normal(name): value for name, value in groups.items()} | written
        compiler = Aggregating(relation, self.compiler.window, self.compiler.check, known)
        found = {c.name: compiler.value(c.expression) for c in command.aggregates}
        results = {name: relation.identifier(value.kind) for name, value in found.items()}
        terms = [value.sql for value in computed]
        terms += [f"{found[name].sql} AS {results[name].sql}" for name in found]
        by = f"GROUP BY {', '.join(v.sql for v in computed)}" if computed else ""
        relation.stage(", ".join(terms), by)
        relation.replace(groups | results)
        for column in (*command.groups, *command.aggregates):
            relation.labels[normal(column.expression.text)] = column.name

    def sort(self, command: syntax.Sort) -> None:
        """Put a new order before the one so far."""
        found = [self.plain(key.expression, "sort") for key in command.keys]
        keys = self.relation.add([Value(values.order_key(v), "any") for v in found])
        # A missing value comes first when ascending, last when descending.
        orders = ["DESC NULLS LAST" if k.descending else "ASC NULLS FIRST" for k in command.keys]
        terms = [f"{key.sql} {order}" for key, order in zip(keys, orders, strict=True)]
        self.relation.order = [*terms, *self.relation.order]

    def ordered(self) -> str:
        """Return the ORDER BY of now."""
        order = ", ".join(self.relation.order)
        return f"ORDER BY {order}" if order else ""

    def dedup(self, command: syntax.Dedup) -> None:
        """Keep the first event of each combination; a missing value is no duplicate."""
        found = self.relation.add([self.plain(f, "dedup") for f in command.fields])
        names = ", ".join(value.sql for value in found)
        missing = " OR ".join(f"{value.sql} IS NULL" for value in found)
        first = f"row_number() OVER (PARTITION BY {names} {self.ordered()}) = 1"
        self.relation.stage("*", f"QUALIFY {missing} OR {first}")

    def unnest(self, command: syntax.Unnest) -> None:
        """Make a row of each element of a list; anything else is one element."""
        source = command.source
        found = self.compiler.structure(source)
        text = f"to_json({values.text(self.compiler.value(source))})"
        (whole,) = self.relation.add([Value(f"coalesce({found}, {text})", "json")])
        array = f"json_type({whole.sql}) = 'ARRAY'"
        items = f"CASE WHEN {array} THEN json_extract({whole.sql}, '$[*]') ELSE [{whole.sql}] END"
        (item,) = self.relation.add([Value(f"unnest({items})", "json")])
        (leaf,) = self.relation.add([Value(f"leaf({item.sql})", "any")])
        self.relation.name(command.target.name, leaf)
        self.relation.maps[command.target.name] = item.sql
        self.relation.show([command.target.name])

    def statement(self) -> Statement:
        """Return the whole statement."""
        shown = self.displayed or self.relation.shown or list(DEFAULT)
        columns = [self.relation.columns[name] for name in shown]
        terms = ", ".join(
            f"CAST({value.sql} AS VARCHAR)" if value.kind == "json" else values.text(value)
            for value in columns
        )
        limit = DEFAULT_LIMIT if self.limit is None else self.limit
        last = select(terms, self.relation.table, f"{self.ordered()} LIMIT {limit + 1}")
        return Statement(
            self.relation.sql(last),
            self.relation.parameters.values,
            shown,
            limit,
            fields=[path[1:].replace("/", ".") for path in self.relation.discovered],
            presence=self.relation.presence(),
        )


def translate(
    query: syntax.Query, window: Window, check: Callable[[str, str], str | None]
) -> Statement:
    """Return the statement of a query.

    Raises QueryError, with the place in the query, for what cannot be evaluated.
    """
    rules.check(query)
    translation = Translation(window, check)
    for command in query.commands:
        translation.apply(command)
    return translation.statement()
