"""The regular expressions that CloudWatch Logs has, between two %.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html: no groups, ASCII
alone, at most two in a pattern.
"""

import re
from collections.abc import Iterable

from lark import Token, Tree

from deploy.aws.standin.patterns.automaton import Automaton, Item, Kind
from deploy.aws.standin.patterns.errors import PatternError
from deploy.aws.standin.patterns.parsing import Grammar

_MOST = 2
# Items: a{3,5} has five. AWS states no bound; ours keeps the work for a character bounded.
_MOST_ITEMS = 1000

_GRAMMAR = Grammar("regex")
_MEMBER = re.compile(r"\\x[0-9A-Fa-f]{2}|\\.|.", re.DOTALL)
_REPEATS = {
    "": [Kind.ONE],
    "?": [Kind.MAYBE],
    "*": [Kind.ANY_NUMBER],
    "+": [Kind.ONE, Kind.ANY_NUMBER],
}


def check_number(tokens: Iterable[Token]) -> None:
    """Raise PatternError where a pattern has more than two."""
    found = [token for token in tokens if token.type == "REGEX"]
    if len(found) > _MOST:
        raise PatternError(f"{_MOST} regular expressions a pattern are all", _column(found[_MOST]))


def compiled(token: Token) -> Automaton:
    """Return what searches for a `%…%`; raises PatternError at its column in the pattern."""
    offset = token.start_pos or 0
    if not token[1:-1]:
        raise PatternError("a regular expression stands between the two %", offset + 2)
    tree = _GRAMMAR.parse(token[1:-1], offset + 1)
    branches = [
        [item for part in branch.children for item in _items(part, offset + 1)]
        for branch in tree.children
        if isinstance(branch, Tree)
    ]
    if sum(map(len, branches)) > _MOST_ITEMS:
        message = (
            f"an expression of at most {_MOST_ITEMS} characters and repetitions can stand here"
        )
        raise PatternError(message, offset + 2)
    return Automaton(branches)


def _column(token: Token, offset: int = 0) -> int:
    return offset + (token.start_pos or 0) + 1


def _items(part: Token | Tree[Token], offset: int) -> list[Item]:
    if isinstance(part, Token):
        return [Item(Kind.START if part == "^" else Kind.END)]
    atom, *repeat = (child for child in part.children if isinstance(child, Token))
    # «.» matches any single character.
    characters = re.compile(_atom(atom, offset), re.ASCII | re.DOTALL)
    kinds = _counted(repeat[0], offset) if "{" in "".join(repeat) else _REPEATS["".join(repeat)]
    return [Item(kind, characters) for kind in kinds]


def _counted(repeat: Token, offset: int) -> list[Kind]:
    """Return the items of {m}, {m,}, {,n} and {m,n}."""
    low, comma, high = repeat[1:-1].partition(",")
    # More digits than any bound has are as many as one too many.
    least, most = (min(int(bound[:9] or "0"), _MOST_ITEMS + 1) for bound in (low, high))
    if not high:
        return [Kind.ONE] * least + [Kind.ANY_NUMBER] * bool(comma)
    if least > most:
        raise PatternError("{m,n} where m is the smaller can stand here", _column(repeat, offset))
    return [Kind.ONE] * least + [Kind.MAYBE] * (most - least)


def _atom(atom: Token, offset: int) -> str:
    """Return the atom in Python's words; what isn't escaped there means the same."""
    if atom.type == "CHARACTER":
        return re.escape(atom)
    return _class(atom, offset) if atom.type == "CLASS" else str(atom)


def _class(token: Token, offset: int) -> str:
    negated = token.startswith("[^")
    members = _MEMBER.findall(token[2:-1] if negated else token[1:-1])
    written: list[str] = []
    while members:
        low = members.pop(0)
        if len(members) > 1 and members[0] == "-":
            high = members[1]
            del members[:2]
            if max(len(low), len(high)) > 1 or low > high:
                message = f"a class with the range {low}-{high} can't stand here"
                raise PatternError(message, _column(token, offset))
            written.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            written.append(low if len(low) > 1 else re.escape(low))
    return f"[{'^' * negated}{''.join(written)}]"
