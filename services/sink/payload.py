"""JSON that a sender wrote, read strictly: what is kept must be valid JSON for whoever reads it."""

import json
from typing import Any, NoReturn

# Senders' messages have fewer than ten; serialisers refuse some hundreds.
_MOST_LEVELS = 64


def read_object(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object that a text holds.

    Raises ValueError for everything else, also for what Python's parser takes beyond JSON (NaN,
    infinities, lone surrogates) and for absurd depth.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
        too_deep = _levels(value) > _MOST_LEVELS
        # 1e999 becomes infinite only when it is parsed, and a surrogate fails only when encoded.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        too_deep = True
    if too_deep or not isinstance(value, dict):
        raise ValueError("no object, or nested too deeply")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _levels(value: object) -> int:
    """Return how many containers are nested."""
    match value:
        case dict():
            return 1 + max(map(_levels, value.values()), default=0)
        case list():
            return 1 + max(map(_levels, value), default=0)
        case _:
            return 0
