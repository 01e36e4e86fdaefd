"""The table that a query's commands work on: its columns, its order, and how it came about."""

import re
from dataclasses import dataclass, field

from deploy.aws.insights.values import Kind, Value, order_key

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
SYSTEM = {
    "@timestamp": Value("moment", "time"),
    "@ingestionTime": Value("moment", "time"),
    "@message": Value("message", "text"),
    "@logStream": Value("stream", "text"),
    "@log": Value("origin", "text"),
}
# What is shown where a query doesn't say.
DEFAULT = ("@timestamp", "@message")


def normal(label: str) -> str:
    """Return an expression's text as it is compared: `count( * )` is `COUNT(*)`."""
    return re.sub(r"\w+\(", lambda name: name[0].lower(), re.sub(r"\s+", "", label))


class Parameters:
    """The values that a statement is executed with: nothing of a query's text is in its SQL."""

    def __init__(self) -> None:
        self.values: list[object] = []

    def add(self, value: str | float | list[str]) -> str:
        """Keep a value and return SQL for it, its type included."""
        self.values.append(value)
        match value:
            case str():
                kind = "VARCHAR"
            case list():
                kind = "VARCHAR[]"
            case _:
                kind = "DOUBLE"
        return f"CAST(${len(self.values)} AS {kind})"


@dataclass
class Relation:
    """Columns by name, and the stages of SQL that compute them.

    Every stage selects from the one before it. `order` holds SQL terms, the most important first;
    `shown` are the columns of the result. While events are what the table holds, `discovering` is
    true, and an unknown name is a field of their JSON. `labels` are columns' names by how their
    expressions are written, `maps` the SQL of maps and lists, whose attributes have names too.
    """

    parameters: Parameters
    columns: dict[str, Value] = field(default_factory=lambda: dict(SYSTEM))
    labels: dict[str, str] = field(default_factory=dict)
    maps: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=lambda: ["moment DESC", "number DESC"])
    shown: list[str] = field(default_factory=list)
    discovering: bool = True
    discovered: list[str] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    made: int = 0

    @property
    def table(self) -> str:
        """The last stage's name."""
        return f"stage_{len(self.stages)}"

    def stage(self, columns: str, rest: str = "") -> None:
        """Append a stage that selects columns from the one before it."""
        self.stages.append(select(columns, self.table, rest))

    def add(self, values: list[Value]) -> list[Value]:
        """Compute values in a stage of their own and return its columns, in the same order."""
        columns = [self.identifier(value.kind) for value in values]
        terms = [f"{v.sql} AS {c.sql}" for v, c in zip(values, columns, strict=True)]
        if terms:
            self.stage(", ".join(["*", *terms]))
        return columns

    def identifier(self, kind: Kind) -> Value:
        """Return a column that no other has the name of."""
        self.made += 1
        return Value(f"column_{self.made}", kind)

    def name(self, name: str, value: Value) -> None:
        """Give a column its name in the query."""
        self.columns[name] = value
        self.labels[normal(name)] = name
        self.maps.pop(name, None)
        if value.kind == "json":
            self.maps[name] = value.sql

    def replace(self, columns: dict[str, Value]) -> None:
        """Have these columns and no others: what `stats` leaves, its groups in order."""
        self.columns, self.labels, self.maps, self.shown = {}, {}, {}, []
        self.discovering = False
        for name, value in columns.items():
            self.name(name, value)
        self.show(list(columns))
        # The latest time first, as of events.
        self.order = [
            f"{order_key(value)} {'DESC' if value.kind == 'time' else 'ASC NULLS FIRST'}"
            for value in columns.values()
        ]

    def show(self, names: list[str]) -> None:
        """Show these columns after those that are shown already."""
        self.shown = list(dict.fromkeys([*self.shown, *names]))

    def discover(self, parts: tuple[str, ...]) -> Value:
        """Return the column of a field that events may have in their JSON."""
        path = pointer(parts)
        if path not in self.discovered:
            self.discovered.append(path)
        return Value(f"field_{self.discovered.index(path) + 1}", "any")

    def sql(self, last: str) -> str:
        """Return the whole statement, `last` selecting from the last stage's name."""
        stages = [self.base(self.parameters), *self.stages]
        names = [f"stage_{n} AS ({sql})" for n, sql in enumerate(stages)]
        return f"WITH {', '.join(names)} {last}"

    def presence(self) -> tuple[str, list[object]]:
        """Return a statement of its own that counts the events that have each field discovered."""
        parameters = Parameters()
        counts = ", ".join(f"count(field_{n})" for n in range(1, len(self.discovered) + 1))
        return select(counts or "1", f"({self.base(parameters)})"), parameters.values

    def base(self, parameters: Parameters) -> str:
        """Return SQL for the events, with a column for each field discovered."""
        if not self.discovered:
            return select("*", "events")
        # A name with dots may be a key as it stands. Both are looked for in one pass.
        paths = [*self.discovered, *(flat(path) for path in self.discovered)]
        count = len(self.discovered)
        columns = ", ".join(
            f"coalesce(leaf(found[{n}]), leaf(found[{n + count}])) AS field_{n}"
            for n in range(1, count + 1)
        )
        found = (
            "CASE WHEN ltrim(message) LIKE '{%' AND json_valid(message) "
            f"THEN json_extract(message, {parameters.add(paths)}) END"
        )
        return select(f"*, {columns}", f"({select(f'*, {found} AS found', 'events')})")


def select(columns: str, table: str, rest: str = "") -> str:
    """Return a SELECT."""
    return f"SELECT {columns} FROM {table} {rest}"  # noqa: S608 - no text of a query is in these


def pointer(parts: tuple[str, ...]) -> str:
    """Return a JSON pointer (RFC 6901), which finds keys and positions alike."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def flat(path: str) -> str:
    """Return the pointer of the one key that has a path's name: `/a/b` is `/a.b`."""
    return "/" + path[1:].replace("/", ".")
