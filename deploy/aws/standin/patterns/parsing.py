"""Grammars, and in what words they refuse a text."""

from collections.abc import Collection
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from deploy.aws.standin.patterns.errors import PatternError

_REGEX_PART = "a letter, a digit, a space, one of :_#=@/;,- or one of ^ $ . [ \\"

# What an error calls the terminals; those that have no entry are called what they are.
_WORDS = {
    "$END": "the end of the pattern",
    # Where nothing else can be, Lark has this name for it.
    "<END-OF-FILE>": "the end of the pattern",
    "OPERATOR": "one of = != < <= > >=",
    "STRING": 'text in "double quotes"',
    "REGEX": "a regular expression in %…%",
    "BARE": "a number or a word",
    "WORD": "a word of letters, digits and _",
    "SIGN": "? or -",
    "NAME": "a field's name",
    "ELLIPSIS": "...",
    "SELECTOR": "a property such as $.level, $.users[0].id or $.['cluster.name']",
    "STATE": "NULL, TRUE or FALSE",
    "IS": "IS NULL, IS TRUE or IS FALSE",
    "NOT": "NOT EXISTS",
    "EXISTS": "EXISTS",
    "ANCHOR": _REGEX_PART,
    "CHARACTER": _REGEX_PART,
    "DOT": _REGEX_PART,
    "ESCAPE": _REGEX_PART,
    "CLASS": _REGEX_PART,
    "REPEAT": "a repetition (* + ? {m,n})",
    "VBAR": "|",
    "LSQB": "[",
    "RSQB": "]",
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
}

_OPERATORS = "^$?[]{}|\\*+."


class Grammar:
    """One of the grammars beside this file."""

    def __init__(self, name: str) -> None:
        grammar = (Path(__file__).parent / f"{name}.lark").read_text(encoding="utf-8")
        self._parser = Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False)
        # Operators have names that Lark made up.
        self._words = _WORDS | {
            terminal.name: terminal.pattern.value
            for terminal in self._parser.terminals
            if terminal.name not in _WORDS
        }

    def parse(self, text: str, offset: int = 0) -> Tree[Token]:
        """Return the tree of a text, which starts at `offset` of its pattern.

        Raises PatternError where it is not in the language.
        """
        try:
            return self._parser.parse(text)
        except UnexpectedInput as error:
            at, allowed = _place(text, error)
            raise PatternError(self._message(text, at, allowed), offset + at + 1) from None

    def _message(self, text: str, at: int, allowed: Collection[str]) -> str:
        found = repr(text[at]) if at < len(text) else "the end"
        names = sorted({self._words[name] for name in allowed})
        words = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)
        return f"{found} where only {words} can stand{_hint(text, at, allowed)}"


def _hint(text: str, at: int, allowed: Collection[str]) -> str:
    found = text[at : at + 1]
    if (found == '"' and "STRING" in allowed) or (found == "%" and "REGEX" in allowed):
        return ": the closing one is missing"
    if "CHARACTER" in allowed:
        # A symbol that no regular expression may have as it is.
        symbol = found.isascii() and found.isprintable() and found not in _OPERATORS
        return f"; \\x{ord(found):02X} matches it" if found and symbol else ""
    if at and text[at - 1].isalnum() and found.strip() and "OPERATOR" not in allowed:
        return "; text with other characters goes in double quotes"
    return ""


def _place(text: str, error: UnexpectedInput) -> tuple[int, Collection[str]]:
    """Return where it happened, and the terminals that could stand there."""
    if isinstance(error, UnexpectedToken):
        at = len(text) if error.token.type == "$END" else error.token.start_pos or 0
        return at, error.accepts or error.expected
    if isinstance(error, UnexpectedCharacters):
        return error.pos_in_stream or 0, error.allowed or ()
    raise TypeError(error)
