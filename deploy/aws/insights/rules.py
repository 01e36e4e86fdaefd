"""Which command may follow which, as AWS documents it."""

from deploy.aws.insights import syntax
from deploy.aws.insights.errors import QueryError

_MOST_STATS = 2


def check(query: syntax.Query) -> None:
    """Raise QueryError at the first command that may not stand where it does."""
    stats = [n for n, one in enumerate(query.commands) if isinstance(one, syntax.Stats)]
    if len(stats) > _MOST_STATS:
        place = query.commands[stats[_MOST_STATS]].place
        raise QueryError("a query has two stats commands at most", place)
    if len(stats) == _MOST_STATS:
        for command in query.commands[: stats[1]]:
            if isinstance(command, syntax.Sort | syntax.Limit):
                word = "sort" if isinstance(command, syntax.Sort) else "limit"
                message = f"{word} must follow the second stats command"
                raise QueryError(message, command.place)
    after = False
    for command in query.commands:
        if after and not isinstance(command, syntax.Limit):
            raise QueryError("only limit may follow dedup", command.place)
        after = after or isinstance(command, syntax.Dedup)
