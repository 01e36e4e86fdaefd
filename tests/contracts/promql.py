"""What PromQL expressions speak of: metrics, labels, thresholds on latencies; read from the AST."""

from collections.abc import Iterator

import promql_parser
from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, NumberLiteral, VectorSelector


def nodes(expression: str | Expr) -> Iterator[Expr]:
    """Return every node of an expression, from the outside in."""
    tree = promql_parser.parse(expression) if isinstance(expression, str) else expression
    found: list[Expr] = []
    promql_parser.walk(tree, pre_visit=found.append)
    yield from found


def labels_by_metric(expression: str) -> dict[str, set[str]]:
    """Return each metric's name with the labels that matchers ask it for."""
    found: dict[str, set[str]] = {}
    for node in nodes(expression):
        if isinstance(node, VectorSelector):
            asked = found.setdefault(str(node.name), set())
            asked.update(matcher.name for matcher in node.matchers.matchers)
    return found


def grouping_labels(expression: str) -> set[str]:
    """Return the labels that aggregations group by."""
    modifiers = [node.modifier for node in nodes(expression) if isinstance(node, AggregateExpr)]
    return {label for modifier in modifiers if modifier for label in modifier.labels}


def quantile_thresholds(expression: str) -> list[tuple[str, float]]:
    """Return (histogram's bucket metric, threshold) of each quantile compared with a number."""
    found = []
    for node in nodes(expression):
        if not (isinstance(node, BinaryExpr) and isinstance(node.rhs, NumberLiteral)):
            continue
        if isinstance(node.lhs, Call) and node.lhs.func.name == "histogram_quantile":
            (metric,) = labels_by_metric(node.lhs.prettify())
            found.append((metric, node.rhs.val))
    return found


def canonical(expression: str) -> str:
    """Return one text, without spaces, for all ways to write an expression."""
    return "".join(promql_parser.parse(expression).prettify().split())
