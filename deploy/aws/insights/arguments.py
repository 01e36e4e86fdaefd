"""A function's arguments, each in the kind that the function needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from deploy.aws.insights import syntax, values
from deploy.aws.insights.errors import QueryError
from deploy.aws.insights.relation import Relation
from deploy.aws.insights.values import Value
from deploy.aws.insights.window import Window


class Expressions(Protocol):
    """What translates the arguments: `expressions.Compiler`."""

    relation: Relation
    window: Window

    @property
    def check(self) -> Callable[[str, str], str | None]:
        """What executes SQL with one parameter and returns what is wrong with it."""

    def value(self, node: syntax.Node) -> Value:
        """Return an expression's SQL."""

    def structure(self, node: syntax.Node) -> str:
        """Return SQL of type JSON: a map, a list, or null."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call."""

    compiler: Expressions
    call: syntax.Call

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.call.arguments)

    def value(self, index: int) -> Value:
        """Return an argument as it is."""
        return self.compiler.value(self.call.arguments[index])

    def values(self, start: int = 0) -> list[Value]:
        """Return the arguments from `start` on."""
        return [self.value(index) for index in range(start, len(self))]

    def number(self, index: int) -> str:
        """Return SQL of type DOUBLE."""
        return values.number(self.value(index))

    def text(self, index: int) -> str:
        """Return SQL of type VARCHAR."""
        return values.text(self.value(index))

    def truth(self, index: int) -> str:
        """Return SQL of type BOOLEAN."""
        return values.truth(self.value(index))

    def moment(self, index: int) -> str:
        """Return SQL of type TIMESTAMP."""
        return values.moment(self.value(index))

    def structure(self, index: int) -> str:
        """Return SQL of type JSON: a map, a list, or null."""
        return self.compiler.structure(self.call.arguments[index])

    def quoted(self, index: int) -> str:
        """Return what the query has between quotes; QueryError where it has something else."""
        node = self.call.arguments[index]
        if not isinstance(node, syntax.Text):
            raise QueryError(f"{self.call.name} needs a quoted text here", node.place)
        return node.value

    def period(self, index: int) -> syntax.Period:
        """Return a period; QueryError where there is something else."""
        node = self.call.arguments[index]
        if not isinstance(node, syntax.Period):
            raise QueryError(f"{self.call.name} needs a period here, such as 5m", node.place)
        return node

    def prove(self, index: int, sql: str, given: str) -> None:
        """Execute SQL with one parameter; QueryError at the argument says what is wrong with it."""
        problem = self.compiler.check(sql, given)
        if problem is not None:
            raise QueryError(problem, self.call.arguments[index].place)


@dataclass(frozen=True)
class Function:
    """A function: how it is written, how many arguments it takes, and its SQL."""

    signature: str
    least: int
    most: int
    build: Callable[[Arguments], Value]


# More arguments than any query has.
MANY = 100
