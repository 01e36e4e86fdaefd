"""Durations inside a PromQL expression: ranges, subqueries and offsets, divided by a factor.

The expression is parsed, the three kinds of node that hold durations are replaced, and the tree is
printed again: text inside label values and strings is out of reach. Comments and line breaks are
lost. Numbers stay, also one written as a duration (``time() - x > 5m``): nothing tells a number of
seconds from any other number.
"""

from datetime import timedelta
from fractions import Fraction
from textwrap import dedent

import promql_parser
from promql_parser import Expr

from deploy.scaled_time.durations import ScalingError, divide, write


def scale(expression: str, factor: Fraction) -> str:
    """Return the expression with every range, subquery step and offset divided by the factor.

    Raises:
        ScalingError: the expression is no PromQL, or less than a millisecond would be left.

    """
    tree = parse(expression)
    scaled = promql_parser.transform(tree, post_visit=lambda node: replace(node, factor))
    # The printer indents the first line too.
    return dedent(scaled.prettify())


def parse(expression: str) -> Expr:
    """Return the expression's syntax tree, or raise ScalingError."""
    try:
        return promql_parser.parse(expression)
    except ValueError as error:
        raise ScalingError(f"not a PromQL expression ({error})") from error


def replace(node: Expr, factor: Fraction) -> Expr | None:
    """Return the scaled node, None for one without durations; its children are scaled already.

    The parser's nodes cannot be changed in place, so a new one is parsed from the old one's text.
    As the parser prints it, that ends in ``[range:step] @ time offset length``.
    """
    if isinstance(node, promql_parser.VectorSelector) and node.offset:
        return parse(offset_scaled(node.prettify(), node.offset, factor))
    if isinstance(node, promql_parser.MatrixSelector):
        # Its offset is its selector's, which is scaled already.
        return parse(window_set(node.prettify(), write(divide(node.range, factor))))
    if isinstance(node, promql_parser.SubqueryExpr) and node.range:
        step = write(divide(node.step, factor)) if node.step else ""
        text = window_set(node.prettify(), f"{write(divide(node.range, factor))}:{step}")
        return parse(offset_scaled(text, node.offset, factor))
    return None


def window_set(text: str, window: str) -> str:
    """Return the text with another window: its last brackets, whatever label values hold."""
    selector, _, rest = text.rpartition("[")
    return f"{selector}[{window}]{rest.partition(']')[2]}"


def offset_scaled(text: str, offset: timedelta | None, factor: Fraction) -> str:
    """Return the text with the offset at its end divided."""
    if not offset:
        return text
    return text.removesuffix(write(offset)) + write(divide(offset, factor))
