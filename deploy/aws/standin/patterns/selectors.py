"""Selectors of properties in a JSON event: `$.users[0].id`, `$.['cluster.name']`, `$.list[*]`.

A `*` selects every element of a list and every value of an object.
"""

import re
from collections.abc import Sequence

_STEP = re.compile(r"\['([^']+)'\]|\[(\d+)\]|(\*)|([A-Za-z0-9_-]+)")
_WHOLE = re.compile(
    r"\$\.(?:[A-Za-z0-9_-]+|\['[^']+'\])(?:\.(?:[A-Za-z0-9_-]+|\['[^']+'\])|\[\d+\])*", re.ASCII
)
# More digits are no index of a list that fits in a log event.
_MOST_DIGITS = 9

# A key, an index, or None for every one.
Step = str | int | None


def steps(selector: str) -> tuple[Step, ...]:
    """Return the steps of a selector that the grammar has accepted."""
    found: list[Step] = []
    for step in _STEP.finditer(selector, 2):
        quoted, index, star, name = step.groups()
        if index is not None:
            found.append(int(index[:_MOST_DIGITS]) if len(index) <= _MOST_DIGITS else 10**9)
        else:
            found.append(None if star else quoted or name)
    return tuple(found)


def is_single(selector: str) -> bool:
    """Return whether this is a selector of one property: what a metric's value can be."""
    return _WHOLE.fullmatch(selector) is not None


def selected(document: object, path: Sequence[Step]) -> list[object]:
    """Return what a path selects: nothing where a property is missing."""
    found = [document]
    for step in path:
        found = [child for one in found for child in _children(one, step)]
    return found


def _children(document: object, step: Step) -> Sequence[object]:
    if isinstance(document, dict):
        if step is None:
            return list(document.values())
        return [document[step]] if step in document else ()
    if isinstance(document, list):
        if step is None:
            return document
        return document[step : step + 1] if isinstance(step, int) else ()
    return ()
