"""What a query consists of, as parsed: commands and expressions, each with its place."""

from dataclasses import dataclass, field

from deploy.aws.insights.errors import Place


@dataclass(frozen=True)
class Node:
    """A part of a query; `text` is as written, and names a column that has no alias."""

    place: Place
    text: str


@dataclass(frozen=True)
class Field(Node):
    """A field's name in its parts: `extra.model` is ("extra", "model"), `a[0]` is ("a", "0")."""

    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name with dots."""
        return ".".join(self.parts)


@dataclass(frozen=True)
class Number(Node):
    """A number."""

    value: float


@dataclass(frozen=True)
class Text(Node):
    """A quoted string, its escapes resolved."""

    value: str


@dataclass(frozen=True)
class Regex(Node):
    """What stands between two slashes, in RE2's syntax."""

    value: str


@dataclass(frozen=True)
class Period(Node):
    """A period such as 5m; `unit` is one of ms, s, m, h, d, w, mo, q, y."""

    amount: int
    unit: str


@dataclass(frozen=True)
class Star(Node):
    """The star in `count(*)`."""


@dataclass(frozen=True)
class Call(Node):
    """A function's call; `at` is the place of its name alone."""

    name: str
    arguments: tuple[Node, ...]
    at: Place


@dataclass(frozen=True)
class Operation(Node):
    """Two operands: + - * / % ^, = != < > <= >=, and, or."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Negation(Node):
    """`not` a condition."""

    operand: Node


@dataclass(frozen=True)
class Like(Node):
    """Whether a value contains a text or matches a regular expression."""

    value: Node
    pattern: Text | Regex
    negated: bool


@dataclass(frozen=True)
class Membership(Node):
    """Whether a value is one of a list's."""

    value: Node
    items: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True)
class Column(Node):
    """An expression and the name that the result shows it under."""

    expression: Node
    name: str


@dataclass(frozen=True)
class Fields(Node):
    """`fields`: columns to add and show."""

    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Display(Node):
    """`display`: the only columns to show."""

    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Filter(Node):
    """`filter` or `where`: events to keep."""

    condition: Node


@dataclass(frozen=True)
class Parse(Node):
    """`parse`: new fields from a field's text; `how` is glob, regex, csv or logfmt."""

    source: Field | None
    how: str
    pattern: Text | Regex | None
    names: tuple[Field, ...]
    multi: bool


@dataclass(frozen=True)
class Stats(Node):
    """`stats … by …`."""

    aggregates: tuple[Column, ...]
    groups: tuple[Column, ...]


@dataclass(frozen=True)
class Key(Node):
    """One of `sort`'s keys."""

    expression: Node
    descending: bool


@dataclass(frozen=True)
class Sort(Node):
    """`sort`: the most important key first."""

    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Limit(Node):
    """`limit`: how many to return at most."""

    count: int


@dataclass(frozen=True)
class Dedup(Node):
    """`dedup`: one event for each combination of values."""

    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Unnest(Node):
    """`unnest`: a row for each element of a list."""

    source: Field
    target: Field


@dataclass(frozen=True)
class Query:
    """A query's text and its commands."""

    text: str
    commands: tuple[Node, ...] = field(default=())
