"""The command `parse`: globs, regular expressions, CSV, logfmt.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html
"""

from deploy.aws.insights import syntax, values
from deploy.aws.insights.errors import QueryError
from deploy.aws.insights.expressions import Compiler
from deploy.aws.insights.patterns import from_glob, groups
from deploy.aws.insights.values import Value

_CSV = r"""'(?:^|,)("(?:[^"]|"")*"|[^,]*)'"""
_LOGFMT = r"""'([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)'"""


def parse(compiler: Compiler, command: syntax.Parse) -> None:
    """Add the command's fields to the relation and show them."""
    source = values.text(compiler.field(command.source)) if command.source else "message"
    names = [name.name for name in command.names]
    match command.pattern:
        case syntax.Text():
            found = _glob(compiler, source, command.pattern, len(names))
        case syntax.Regex():
            names, found = _regex(compiler, source, command)
        case _ if command.how == "csv":
            found = _csv(compiler, source, len(names))
        case _:
            found = [_logfmt(source)]
            if len(names) > 1:
                raise QueryError(
                    "logfmt has one name: its keys follow a dot", command.names[1].place
                )
    for name, value in zip(names, compiler.relation.add(found), strict=True):
        compiler.relation.name(name, value)
    compiler.relation.show(names)


def _glob(compiler: Compiler, source: str, pattern: syntax.Text, count: int) -> list[Value]:
    stars = pattern.value.count("*")
    if stars != count:
        message = f"stars in the pattern: {stars}; names after `as`: {count}"
        raise QueryError(message, pattern.place)
    regex = compiler.relation.parameters.add(from_glob(pattern.value))
    return _groups(compiler, source, regex, list(range(1, count + 1)), "'s'")


def _regex(compiler: Compiler, source: str, command: syntax.Parse) -> tuple[list[str], list[Value]]:
    if not isinstance(command.pattern, syntax.Regex):
        raise TypeError(command)
    regex = compiler.regex(command.pattern)
    chosen = _chosen(command, groups(command.pattern.value))
    if not command.multi:
        return list(chosen.values()), _groups(compiler, source, regex, list(chosen), "''")
    # A row for each match, and one for an event without.
    lists = [f"regexp_extract_all({source}, {regex}, {number})" for number in chosen]
    found = [f"unnest(CASE WHEN len({one}) = 0 THEN [NULL] ELSE {one} END)" for one in lists]
    return list(chosen.values()), [Value(sql, "any") for sql in found]


def _chosen(command: syntax.Parse, found: list[str | None]) -> dict[int, str]:
    """Return the groups to keep: number → name."""
    place = command.pattern.place if command.pattern else command.place
    unnamed = [number for number, name in enumerate(found, 1) if name is None]
    names = [name.name for name in command.names]
    named = {number: name for number, name in enumerate(found, 1) if name is not None}
    if len(names) == len(found):
        named = dict(enumerate(names, 1))
    elif len(names) == len(unnamed):
        named |= dict(zip(unnamed, names, strict=True))
    elif names:
        message = f"groups in the expression: {len(found)}; names after `as`: {len(names)}"
        raise QueryError(message, place)
    if not named:
        raise QueryError("the expression needs a named group: (?<name>…)", place)
    return named


def _groups(
    compiler: Compiler, source: str, regex: str, numbers: list[int], options: str
) -> list[Value]:
    """Match once and return each group: null where there is no match."""
    names = ", ".join(f"'g{number}'" for number in range(1, max(numbers, default=0) + 1))
    sql = (
        f"CASE WHEN regexp_matches({source}, {regex}, {options}) "
        f"THEN regexp_extract({source}, {regex}, [{names}], {options}) END"
    )
    (matched,) = compiler.relation.add([Value(sql, "any")])
    return [Value(f"{matched.sql}.g{number}", "any") for number in numbers]


def _csv(compiler: Compiler, source: str, count: int) -> list[Value]:
    cells = f"regexp_extract_all({source}, {_CSV}, 1)"
    (found,) = compiler.relation.add([Value(cells, "any")])
    return [Value(f"unquoted({found.sql}[{number}])", "any") for number in range(1, count + 1)]


def _logfmt(source: str) -> Value:
    keys = f"regexp_extract_all({source}, {_LOGFMT}, 1)"
    found = (
        f"list_transform(regexp_extract_all({source}, {_LOGFMT}, 2), lambda one: unescaped(one))"
    )
    return Value(f"TRY(to_json(map({keys}, {found})))", "json")
