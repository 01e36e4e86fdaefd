"""Wrong edits of a PromQL expression, one node of its syntax tree at a time."""

from collections.abc import Iterator

import promql_parser
from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    BinModifier,
    Expr,
    LabelModifierType,
    Matchers,
    MatchOp,
    MatrixSelector,
    NumberLiteral,
    SubqueryExpr,
    VectorSelector,
)

from deploy.scaled_time.durations import write
from deploy.scaled_time.promql import window_set
from tests.mutation.mutant import alternatives

# A step that changes what somebody is promised; less may be within a test's own rounding.
STEP = 1.5
SWAPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "!=", "!=": "=="}
# (kind, the edited node's text)
Change = tuple[str, str]


def edits(expression: str) -> Iterator[Change]:
    """Return (kind, edited expression) for every wrong edit."""
    tree = promql_parser.parse(expression)
    for place, node in enumerate(nodes(tree)):
        for kind, text in changes(node):
            yield kind, with_node(tree, place, text)
    for matcher in distinct_matchers(tree):
        yield "matcher", without_matcher(tree, matcher)


def nodes(tree: Expr) -> list[Expr]:
    """Return every node, in the order in which `with_node` counts them."""
    found: list[Expr] = []
    promql_parser.transform(tree, post_visit=found.append)
    return found


def with_node(tree: Expr, place: int, text: str) -> str:
    """Return the expression with one node replaced by another's text."""
    count = iter(range(len(nodes(tree))))

    def replace(_: Expr) -> Expr | None:
        return promql_parser.parse(text) if next(count) == place else None

    return promql_parser.transform(tree, post_visit=replace).prettify()


def changes(node: Expr) -> Iterator[Change]:
    """Return the wrong edits of one node, those inside of it not included."""
    if isinstance(node, NumberLiteral):
        yield from (("threshold", f"{number:.10g}") for number in numbers(node.val))
    elif isinstance(node, BinaryExpr):
        yield from comparisons(node)
    elif isinstance(node, AggregateExpr):
        yield from groupings(node)
    elif isinstance(node, VectorSelector):
        yield from selections(node)
    elif isinstance(node, MatrixSelector | SubqueryExpr):
        yield from windows(node)


def numbers(number: float) -> list[float]:
    """Return wrong values for a number."""
    return [number * STEP, number / STEP] if number else [1.0, -1.0]


def comparisons(node: BinaryExpr) -> Iterator[Change]:
    """Turn a comparison around; drop each label of a match `on` labels."""
    operator = str(node.op)
    if operator in SWAPPED:
        yield "comparison", binary(node, SWAPPED[operator], matching(node.modifier))
    labels = matched_on(node.modifier)
    for label in labels:
        rest = ", ".join(other for other in labels if other != label)
        yield "grouping", binary(node, operator, matching(node.modifier, f"on ({rest})"))


def binary(node: BinaryExpr, operator: str, modifier: str) -> str:
    """Return the text of a binary expression with other words between its sides."""
    return f"({node.lhs.prettify()}) {operator} {modifier} ({node.rhs.prettify()})"


def matched_on(modifier: BinModifier | None) -> list[str]:
    """Return the labels of `on (…)`."""
    if modifier and modifier.matching and modifier.matching.type == LabelModifierType.Include:
        return modifier.matching.labels
    return []


def matching(modifier: BinModifier | None, instead: str | None = None) -> str:
    """Return the words after an operator, with others instead of `on (…)` or `ignoring (…)`."""
    if modifier is None:
        return ""
    words = ["bool"] if modifier.return_bool else []
    if modifier.matching:
        include = modifier.matching.type == LabelModifierType.Include
        labels = ", ".join(modifier.matching.labels)
        words.append(instead or f"{'on' if include else 'ignoring'} ({labels})")
    side = {"ManyToOne": "group_left", "OneToMany": "group_right"}
    if name := side.get(str(modifier.card).rpartition(".")[2]):
        words.append(f"{name} ({', '.join(modifier.group_labels or [])})")
    return " ".join(words)


def groupings(node: AggregateExpr) -> Iterator[Change]:
    """Drop each label that an aggregation groups by."""
    labels = node.modifier.labels if node.modifier else []
    written = f"({', '.join(labels)})"
    for label in labels:
        rest = ", ".join(other for other in labels if other != label)
        yield "grouping", node.prettify().replace(written, f"({rest})", 1)


def selections(node: VectorSelector) -> Iterator[Change]:
    """Change the value of each matcher."""
    matchers = node.matchers.matchers
    for number, matcher in enumerate(matchers):
        others = matchers[:number] + matchers[number + 1 :]
        pattern = matcher.op in (MatchOp.Re, MatchOp.NotRe)
        for value in alternatives(matcher.value) if pattern else ["mutant"]:
            changed = promql_parser.Matcher(matcher.op, matcher.name, value)
            yield "matcher", selecting(node, [*others, changed])


def selecting(node: VectorSelector, matchers: list[promql_parser.Matcher]) -> str:
    """Return the text of a selector with other matchers."""
    copy = promql_parser.parse(node.prettify())
    copy.matchers = Matchers(matchers)
    return str(copy)


def distinct_matchers(tree: Expr) -> list[str]:
    """Return every matcher of an expression once."""
    selectors = [node for node in nodes(tree) if isinstance(node, VectorSelector)]
    return list(dict.fromkeys(str(m) for node in selectors for m in node.matchers.matchers))


def without_matcher(tree: Expr, matcher: str) -> str:
    """Return the expression with a matcher dropped, wherever it stands.

    Dropped at one side of an operator alone it would often change nothing: the sides are matched by
    their labels, so that the other side's matcher holds for both.
    """

    def replace(node: Expr) -> Expr | None:
        if not isinstance(node, VectorSelector):
            return None
        kept = [one for one in node.matchers.matchers if str(one) != matcher]
        return promql_parser.parse(selecting(node, kept))

    return promql_parser.transform(tree, post_visit=replace).prettify()


def windows(node: MatrixSelector | SubqueryExpr) -> Iterator[Change]:
    """Make a range twice and half as long."""
    step = ""
    if isinstance(node, SubqueryExpr):
        step = ":" + (write(node.step) if node.step else "")
    for length in (node.range * 2, node.range / 2):
        yield "window", window_set(node.prettify(), write(length) + step)
