"""A trace's id in its two forms: 32 hexadecimal digits (W3C), `1-8-24` digits (X-Ray)."""

import re
import time
from typing import NamedTuple, Self

_EITHER = re.compile(r"(?:1-([0-9a-f]{8})-([0-9a-f]{24})|([0-9a-f]{8})([0-9a-f]{24}))", re.ASCII)

# Seconds. X-Ray keeps traces for 30 days; clocks may differ.
_OLDEST = 30 * 24 * 3600
_AHEAD = 300


class TraceId(NamedTuple):
    """The first 8 digits, which are a time where X-Ray's form is followed, and the other 24."""

    first: str
    rest: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the id that a text is, in either form and case, None where it is none."""
        found = _EITHER.fullmatch(text.lower())
        if found is None:
            return None
        first, rest = found.group(1) or found.group(3), found.group(2) or found.group(4)
        return cls(first, rest) if (first + rest).strip("0") else None

    @property
    def xray(self) -> str:
        """X-Ray's form."""
        return f"1-{self.first}-{self.rest}"

    @property
    def hex(self) -> str:
        """W3C's form."""
        return self.first + self.rest

    @property
    def raw(self) -> bytes:
        """The 16 bytes."""
        return bytes.fromhex(self.hex)

    @property
    def started(self) -> float | None:
        """When the trace began, in seconds since 1970; None where the id doesn't say."""
        seconds = int(self.first, 16)
        return seconds if -_AHEAD < time.time() - seconds < _OLDEST else None
