"""Durations in Prometheus' notation, such as ``5m``, ``1m30s`` or ``750ms``.

Units and their order: https://prometheus.io/docs/prometheus/latest/configuration/configuration/
(`<duration>`).
"""

import re
from typing import NamedTuple

_MILLISECONDS = {
    "y": 31_536_000_000,
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}

# Each unit at most once, the greatest first.
_NOTATION = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in _MILLISECONDS))


class Duration(NamedTuple):
    """A duration as it was written, and in seconds."""

    text: str
    seconds: float


def read(text: str) -> Duration:
    """Return the duration; raises ValueError for another notation, and for none at all (0s)."""
    match = _NOTATION.fullmatch(text)
    counts = [int(count or 0) for count in match.groups()] if match else []
    units = _MILLISECONDS.values()
    milliseconds = sum(count * unit for count, unit in zip(counts, units, strict=False))
    if not milliseconds:
        raise ValueError(f"{text!r} is no duration: write it like 5m, 1m30s or 750ms")
    return Duration(text, milliseconds / 1000)
