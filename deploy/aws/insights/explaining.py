"""What to say of a text that the grammar has no reading for."""

import difflib

from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from deploy.aws.insights.errors import Place, QueryError

COMMANDS = ("fields", "display", "filter", "parse", "stats", "sort", "limit", "dedup", "unnest")
# Documented, and not evaluated here: the command and why.
NOT_LOCAL = {
    "pattern": "needs AWS' own model of patterns",
    "anomaly": "needs AWS' own model of patterns",
    "diff": "needs AWS' own model of patterns",
    "unmask": "shows what a data protection policy hides, and nothing is hidden",
    "filterindex": "is for field indexes, and there are none; `filter` finds the same",
    "source": "chooses log groups, which SERVICE does",
} | dict.fromkeys(
    (  # noqa: SIM905 - sixteen lines less
        "accum addtotals appendcols autoregress cidrlookup countfrequent expand filldown "
        "fillmissing join json logcompare lookup outlier relevantfields sessionize"
    ).split(),
    "is not translated yet",
)
# What a person may have meant: what is there → what to write.
_HINTS = {
    "==": "`=` compares; there is no `==`",
    "--": "comments begin with `#`",
    "//": "comments begin with `#`",
    "<>": "write `!=` for unequal",
    "&&": "write `and`",
    "||": "write `or`, or one `|` before the next command",
    "!~": "write `not like`",
    '"': "this quotation mark is never closed",
    "'": "this quotation mark is never closed",
    "`": "this backtick is never closed",
    "/": "this slash begins no regular expression that ends; one stands after `like` or `=~`",
}
_NAMES = {
    "PIPE": "`|` and a command",
    "COMMA": "`,`",
    "RPAR": "`)`",
    "LPAR": "`(`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "NUMBER": "a number",
    "STRING": "a quoted text",
    "REGEX": "a regular expression between slashes",
    "FIELD": "a field",
    "$END": "the end",
    "MULTI": "`multi`",
}
_OPERATORS = frozenset(
    "COMPARISON MATCHES PLUS MINUS STAR SLASH PERCENT CIRCUMFLEX LIKE NOT IN AND OR".split()  # noqa: SIM905 - the same
)
# Where a value may begin.
_VALUE = frozenset({"FIELD", "NUMBER", "STRING"})


def explained(text: str, error: UnexpectedInput) -> QueryError:
    """Return the error that points at the place, and says what may stand there."""
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        start, end = error.token.start_pos or 0, error.token.end_pos or 0
        expected = error.accepts or error.expected
    elif isinstance(error, UnexpectedCharacters):
        start = error.pos_in_stream or 0
        end, expected = start + 1, error.allowed
    else:
        # After the last word, not after the blank lines and comments that follow it.
        start = end = _end(text)
        wanted = error.accepts or error.expected if isinstance(error, UnexpectedToken) else set()
        expected = wanted or (set(error.expected) if isinstance(error, UnexpectedEOF) else set())
    return _at(text, Place(start, end), set(expected or ()))


def _end(text: str) -> int:
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return len("\n".join(lines).rstrip())


def _at(text: str, place: Place, expected: set[str]) -> QueryError:
    found = text[place.start : place.end]
    if "FIELDS" in expected and "FIELD" not in expected:
        return _unknown_command(text, place, found)
    for written, hint in _HINTS.items():
        if text.startswith(written, place.start):
            return QueryError(hint, Place(place.start, place.start + len(written)))
        if len(written) > 1 and text.startswith(written, place.start - 1):
            return QueryError(hint, Place(place.start - 1, place.start - 1 + len(written)))
    what = f"`{found}` is not expected here" if found else "the query ends too early"
    return QueryError(f"{what}: expected {_wanted(expected)}", place)


def _unknown_command(text: str, place: Place, found: str) -> QueryError:
    if not text.strip():
        return QueryError(f"the query is empty: expected one of {', '.join(COMMANDS)}", place)
    word = found.lower()
    if word in NOT_LOCAL:
        message = f"`{found}` is not evaluated here: it {NOT_LOCAL[word]} (AWS=1 asks CloudWatch)"
        return QueryError(message, place)
    if text.startswith(("--", "//"), place.start):
        return QueryError(_HINTS["--"], Place(place.start, place.start + 2))
    if found == "|":
        return QueryError(_HINTS["||"], Place(text.rfind("|", 0, place.start), place.end))
    near = difflib.get_close_matches(word, COMMANDS, n=1)
    meant = f"; did you mean `{near[0]}`?" if near else ":"
    what = f"`{found}` is no command" if found else "a command is missing"
    return QueryError(f"{what}{meant} expected one of {', '.join(COMMANDS)}", place)


def _wanted(expected: set[str]) -> str:
    words = []
    if expected >= _VALUE:
        words.append("a field, a function or a value")
        expected = expected - _VALUE - {"LPAR", "NOT", "MINUS", "PERIOD"}
    if expected & {"COMPARISON", "PLUS"}:
        words.append("an operator")
        expected = expected - _OPERATORS
    names = (_NAMES.get(name, f"`{name.lower()}`") for name in sorted(expected))
    words.extend(dict.fromkeys(names))
    return (
        ", ".join(words[:-1]) + (" or " if words[:-1] else "") + words[-1] if words else "no more"
    )
