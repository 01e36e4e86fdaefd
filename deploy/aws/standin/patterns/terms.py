"""Patterns for unstructured events: `ERROR -timeout`, `?ERROR ?WARN`, `"internal error"`, `%4..%`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html

A term is found within words too. Optional terms (`?`) are ignored beside others, as documented.
The page says that `" "` matches everything; CloudWatch has been seen to look for the space, which
every event of that page has.
"""

from collections.abc import Callable

from lark import Token, Tree

from deploy.aws.standin.patterns import regex
from deploy.aws.standin.patterns.event import Event
from deploy.aws.standin.patterns.operands import unquoted
from deploy.aws.standin.patterns.parsing import Grammar

_GRAMMAR = Grammar("terms")


class Terms:
    """A compiled pattern for unstructured events."""

    kind = "unstructured"

    def __init__(self, text: str) -> None:
        """Compile; raises PatternError."""
        self._found = _finder(text) if text.strip() else lambda _: True

    def matches(self, event: Event) -> bool:
        """Return whether the event matches."""
        return self._found(event.text)

    def extracted(self, _: Event) -> dict[str, str]:
        """Return nothing: such events have no fields."""
        return {}

    def value(self, _: Event, selector: str) -> None:  # noqa: ARG002 - as the others
        """Return nothing, likewise."""
        return

    def selects(self, _: str) -> bool:
        """Return that no selector selects anything."""
        return False


def _finder(text: str) -> Callable[[str], bool]:
    tree = _GRAMMAR.parse(text)
    first = tree.children[0]
    if isinstance(first, Token):
        return regex.compiled(first).search
    terms: dict[str, list[str]] = {"": [], "?": [], "-": []}
    for child in tree.children:
        if isinstance(child, Tree):
            *sign, term = (one for one in child.children if isinstance(one, Token))
            text = unquoted(term) if term.type == "STRING" else str(term)
            terms["".join(sign)].append(text)
    wanted, optional, unwanted = terms.values()
    if optional and not wanted and not unwanted:
        return lambda message: any(term in message for term in optional)
    return lambda message: (
        all(term in message for term in wanted) and not any(term in message for term in unwanted)
    )
