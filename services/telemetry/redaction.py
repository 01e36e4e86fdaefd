"""Values made fit for a log line: bounded, finite, plain JSON types, and without secrets."""

import math
import re
from collections.abc import Mapping

# Characters. A line must stay far below CloudWatch's limit for one event (256 KiB).
LONGEST_TEXT = 8 * 1024

# More would be a data dump, not a log line.
_MOST_ITEMS = 64
_DEEPEST = 4
_WIDEST_INTEGER = 64

REDACTED = "[redacted]"

_SECRET_KEY = re.compile(
    r"passw(or)?d|secret|token|authorization|cookie|credential|(api|routing|private)[_-]?key",
    re.IGNORECASE,
)

# Each alternative starts with a literal and runs over characters that the literal doesn't
# contain, so that a hostile text costs linear time.
_SECRET_TEXT = re.compile(
    r"(?P<url>://[^\s/:@]*:)[^\s/]+(?=@)"
    r"|(?P<bearer>\bbearer\s{1,4})[^\s\"',;]+"
    r"|(?P<pair>(?:password|passwd|secret|token)[\"']?\s{0,4}[=:]\s{0,4}[\"']?)[^\s\"',;&]+",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Blank passwords in URLs, bearer tokens and `password=…` pairs."""
    return _SECRET_TEXT.sub(lambda match: f"{match[match.lastgroup or 0]}{REDACTED}", text)


def clip(text: str, longest: int) -> str:
    """Return at most `longest` characters, the last one an ellipsis where some are missing."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def clean_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Bound a text, then redact it: a secret that the bound cuts in two is still one."""
    return redact(clip(text, longest))


def text_of(value: object) -> str:
    """Return the value's text, bounded and redacted; of a value that has none, its type."""
    try:
        return clean_text(str(value))
    except Exception:  # noqa: BLE001 - a broken `__str__` must not cost the line
        return f"<{type(value).__name__} without text>"


def clean(value: object, depth: int = 0) -> object:
    """Return the value as JSON can say it.

    Numbers that JSON lacks (NaN, infinities) or that readers round (beyond 64 bits) become text,
    and so do values of other types and containers below the fourth level; of a container, the
    first 64 items are kept.
    """
    match value:
        case None | bool():
            return value
        case int() if value.bit_length() <= _WIDEST_INTEGER:
            return value
        case float() if math.isfinite(value):
            return value
        case Mapping() if depth < _DEEPEST:
            return clean_mapping(value, depth + 1)
        case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
            return [clean(item, depth + 1) for item in list(value)[:_MOST_ITEMS]]
        case _:
            return text_of(value)


def clean_mapping(values: Mapping[object, object], depth: int = 0) -> dict[str, object]:
    """Clean every value, and blank those whose key names a secret."""
    cleaned: dict[str, object] = {}
    for key, value in list(values.items())[:_MOST_ITEMS]:
        name = clip(str(key), 128)
        cleaned[name] = REDACTED if _SECRET_KEY.search(name) else clean(value, depth)
    return cleaned
