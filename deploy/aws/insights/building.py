"""From Lark's parse tree to the nodes of `syntax`."""

import re
from collections.abc import Callable
from functools import reduce
from typing import TypeAlias, TypeVar

from lark import Token, Tree

from deploy.aws.insights import literals, syntax
from deploy.aws.insights.errors import Place, QueryError

Item: TypeAlias = Tree[Token] | Token
Kind = TypeVar("Kind", bound=syntax.Node)


class Builder:
    """Builds the nodes of one query's text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def query(self, tree: Tree[Token]) -> syntax.Query:
        """Build the whole query."""
        commands = [self.node(child) for child in tree.children if isinstance(child, Tree)]
        return syntax.Query(self.text, tuple(commands))

    def node(self, item: Item) -> syntax.Node:
        """Build what one rule of the grammar matched."""
        if isinstance(item, Token):
            return _VALUES[item.type](self, item)
        return _RULES[item.data](self, item)

    def nodes(self, tree: Tree[Token]) -> tuple[syntax.Node, ...]:
        """Build a rule's children, but not its keywords."""
        return tuple(self.node(child) for child in tree.children if isinstance(child, Tree))

    def of(self, kind: type[Kind], tree: Tree[Token]) -> tuple[Kind, ...]:
        """Build a rule's children that are of one kind."""
        return tuple(node for node in self.nodes(tree) if isinstance(node, kind))

    def base(self, item: Item) -> tuple[Place, str]:
        """Return where an item stands and how it is written."""
        if isinstance(item, Token):
            start, end = item.start_pos or 0, item.end_pos or 0
        else:
            start, end = item.meta.start_pos, item.meta.end_pos
        return Place(start, end), self.text[start:end]


def _field(build: Builder, item: Item) -> syntax.Field:
    token = item.children[0] if isinstance(item, Tree) else item
    return literals.field(*build.base(token))


def _literal(kind: Callable[[Place, str], syntax.Node]) -> Callable[[Builder, Item], syntax.Node]:
    return lambda build, item: kind(*build.base(item))


def _chain(build: Builder, tree: Tree[Token]) -> syntax.Node:
    """Build `a - b - c`, leftmost first, out of its operands and operators."""
    first, *rest = tree.children
    pairs = list(zip(rest[::2], rest[1::2], strict=True))

    def join(left: syntax.Node, pair: tuple[Item, Item]) -> syntax.Node:
        right = build.node(pair[1])
        place = Place(left.place.start, right.place.end)
        written = build.text[place.start : place.end]
        return syntax.Operation(place, written, str(pair[0]).lower(), left, right)

    return reduce(join, pairs, build.node(first))


def _power(build: Builder, tree: Tree[Token]) -> syntax.Node:
    left, right = (build.node(child) for child in tree.children)
    return syntax.Operation(*build.base(tree), "^", left, right)


def _negative(build: Builder, tree: Tree[Token]) -> syntax.Node:
    place, text = build.base(tree)
    zero = syntax.Number(place, "0", 0.0)
    return syntax.Operation(place, text, "-", zero, build.node(tree.children[1]))


def _negation(build: Builder, tree: Tree[Token]) -> syntax.Node:
    return syntax.Negation(*build.base(tree), build.node(tree.children[1]))


def _like(build: Builder, tree: Tree[Token]) -> syntax.Node:
    pattern = build.node(tree.children[-1])
    if not isinstance(pattern, syntax.Text | syntax.Regex):
        raise TypeError(pattern)
    negated = _has(tree, "NOT")
    return syntax.Like(*build.base(tree), build.node(tree.children[0]), pattern, negated)


def _membership(build: Builder, tree: Tree[Token]) -> syntax.Node:
    value, *items = build.nodes(tree)
    return syntax.Membership(*build.base(tree), value, tuple(items), _has(tree, "NOT"))


def _call(build: Builder, tree: Tree[Token]) -> syntax.Node:
    name, *arguments = tree.children
    at, written = build.base(name)
    nodes = tuple(build.node(one) for one in arguments)
    return syntax.Call(*build.base(tree), written, nodes, at)


def _column(build: Builder, tree: Tree[Token]) -> syntax.Node:
    expression, *alias = build.nodes(tree)
    if alias and isinstance(alias[0], syntax.Field):
        name = alias[0].name
    elif isinstance(expression, syntax.Field):
        name = expression.name
    else:
        name = re.sub(r"\s+", " ", expression.text)
    return syntax.Column(*build.base(tree), expression, name)


def _key(build: Builder, tree: Tree[Token]) -> syntax.Node:
    return syntax.Key(*build.base(tree), build.node(tree.children[0]), _has(tree, "DESC"))


def _stats(build: Builder, tree: Tree[Token]) -> syntax.Node:
    groups = next((t for t in tree.children if isinstance(t, Tree) and t.data == "by"), None)
    columns = [build.node(c) for c in tree.children if isinstance(c, Tree) and c.data == "column"]
    aggregates = tuple(c for c in columns if isinstance(c, syntax.Column))
    by = build.of(syntax.Column, groups) if groups else ()
    return syntax.Stats(*build.base(tree), aggregates, by)


def _limit(build: Builder, tree: Tree[Token]) -> syntax.Node:
    number = build.node(tree.children[-1])
    count = number.value if isinstance(number, syntax.Number) else 0.0
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html
    if count != int(count) or not 1 <= count <= LARGEST_LIMIT:
        raise QueryError(f"limit takes a whole number from 1 to {LARGEST_LIMIT:,}", number.place)
    return syntax.Limit(*build.base(tree), int(count))


def _unnest(build: Builder, tree: Tree[Token]) -> syntax.Node:
    source, target = build.of(syntax.Field, tree)
    return syntax.Unnest(*build.base(tree), source, target)


def _parse(build: Builder, tree: Tree[Token]) -> syntax.Node:
    *source, mode = (child for child in tree.children if isinstance(child, Tree))
    tokens = [child for child in mode.children if isinstance(child, Token)]
    literals = [build.node(token) for token in tokens if token.type in {"STRING", "REGEX"}]
    pattern = literals[0] if literals else None
    if not isinstance(pattern, syntax.Text | syntax.Regex | None):
        raise TypeError(pattern)
    found = next((c for c in mode.children if isinstance(c, Tree) and c.data == "names"), None)
    names = build.of(syntax.Field, found) if found else ()
    return syntax.Parse(
        *build.base(tree),
        _field(build, source[0]) if source else None,
        str(mode.data),
        pattern,
        names,
        _has(mode, "MULTI"),
    )


def _has(tree: Tree[Token], keyword: str) -> bool:
    return any(isinstance(c, Token) and c.type == keyword for c in tree.children)


LARGEST_LIMIT = 100_000

_VALUES: dict[str, Callable[[Builder, Item], syntax.Node]] = {
    "FIELD": _field,
    "STRING": _literal(literals.text),
    "REGEX": _literal(literals.regex),
    "NUMBER": _literal(literals.number),
    "STAR": _literal(syntax.Star),
}
_RULES: dict[str, Callable[[Builder, Tree[Token]], syntax.Node]] = {
    "fields": lambda b, t: syntax.Fields(*b.base(t), b.of(syntax.Column, t)),
    "display": lambda b, t: syntax.Display(*b.base(t), b.of(syntax.Column, t)),
    "filter": lambda b, t: syntax.Filter(*b.base(t), b.nodes(t)[0]),
    "sort": lambda b, t: syntax.Sort(*b.base(t), b.of(syntax.Key, t)),
    "dedup": lambda b, t: syntax.Dedup(*b.base(t), b.of(syntax.Field, t)),
    "parse": _parse,
    "stats": _stats,
    "limit": _limit,
    "unnest": _unnest,
    "column": _column,
    "key": _key,
    "disjunction": _chain,
    "conjunction": _chain,
    "compared": _chain,
    "sum": _chain,
    "product": _chain,
    "power": _power,
    "negative": _negative,
    "negation": _negation,
    "like": _like,
    "membership": _membership,
    "call": _call,
    "field": _field,
    "number": _literal(literals.number),
    "string": _literal(literals.text),
    "period": _literal(literals.period),
}
