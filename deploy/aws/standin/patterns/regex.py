"""The regular expressions that CloudWatch Logs has, between two %.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html: no groups, ASCII
alone. What the grammar lets through means the same in Python's `re`, once literal characters are
escaped. Without groups none takes exponential time.
"""

import re

from lark import Token, Tree

from deploy.aws.standin.patterns.errors import PatternError
from deploy.aws.standin.patterns.parsing import Grammar

# AWS states no bound; engines without backtracking, of which CloudWatch's must be one, have this.
_MOST_REPEATS = 1000

_GRAMMAR = Grammar("regex")
_MEMBER = re.compile(r"\\x[0-9A-Fa-f]{2}|\\.|.", re.DOTALL)


def compiled(token: Token) -> re.Pattern[str]:
    """Return what searches for a `%…%`; raises PatternError at its column in the pattern."""
    start = (token.start_pos or 0) + 1
    if not token[1:-1]:
        raise PatternError("a regular expression stands between the two %", start + 1)
    tree = _GRAMMAR.parse(token[1:-1], start)
    branches = ["".join(_part(part, start) for part in branch.children) for branch in _trees(tree)]
    # «.» matches any single character.
    return re.compile("|".join(branches), re.ASCII | re.DOTALL)


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _part(part: Token | Tree[Token], start: int) -> str:
    if isinstance(part, Token):
        # `$` in Python also stands before a last line feed.
        return r"\Z" if part == "$" else "^"
    atom, *repeat = (child for child in part.children if isinstance(child, Token))
    return _atom(atom, start) + "".join(_repeat(one, start) for one in repeat)


def _atom(atom: Token, start: int) -> str:
    if atom.type == "CHARACTER":
        return re.escape(atom)
    return _class(atom, start) if atom.type == "CLASS" else str(atom)


def _repeat(repeat: Token, start: int) -> str:
    if not repeat.startswith("{"):
        return str(repeat)
    least, comma, most = repeat[1:-1].partition(",")
    bounds = [int(bound) for bound in (least, most) if bound]
    column = start + (repeat.start_pos or 0) + 1
    if max(bounds) > _MOST_REPEATS:
        raise PatternError(f"a repetition of at most {_MOST_REPEATS} can stand here", column)
    if bounds != sorted(bounds):
        raise PatternError("{m,n} where m is the smaller can stand here", column)
    return f"{{{least or 0}{comma}{most}}}"


def _class(token: Token, start: int) -> str:
    """Write a class for Python, which sees set operators in some of its characters."""
    negated = token.startswith("[^")
    members = _MEMBER.findall(token[2:-1] if negated else token[1:-1])
    written: list[str] = []
    while members:
        low = members.pop(0)
        if len(members) > 1 and members[0] == "-":
            high = members[1]
            del members[:2]
            if min(len(low), len(high)) > 1 or low > high:
                column = start + (token.start_pos or 0) + 1
                raise PatternError(f"a class with the range {low}-{high} can't stand here", column)
            written.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            written.append(low if len(low) > 1 else re.escape(low))
    return f"[{'^' * negated}{''.join(written)}]"
