"""Read a query's text, or say where it stops making sense and what is expected there."""

from pathlib import Path

from lark import Lark, Tree
from lark.exceptions import UnexpectedInput

from deploy.aws.insights.building import Builder
from deploy.aws.insights.explaining import explained
from deploy.aws.insights.syntax import Query

_GRAMMAR = (Path(__file__).parent / "grammar.lark").read_text()
_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True)


def parse(text: str) -> Query:
    """Return the query of this text.

    Raises QueryError, which knows the place, where it is not in the language or not local.
    """
    try:
        tree = _PARSER.parse(text)
    except UnexpectedInput as error:
        raise explained(text, error) from None
    if not isinstance(tree, Tree):
        raise TypeError(tree)
    return Builder(text).query(tree)
