"""The stretch of time that a query looks at."""

import re
import time
from dataclasses import dataclass

from deploy.aws.insights.errors import InsightsError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True)
class Window:
    """From `start` to `end`, both milliseconds since the epoch; `end` is when the query began."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """Its length."""
        return (self.end - self.start) // 1000


def since(period: str) -> Window:
    """Return the window from a period ago, such as 15m, 1h or 7d, until now.

    Raises InsightsError for anything else.
    """
    found = re.fullmatch(r"\s*(\d{1,6})\s*([smhdw])\s*", period)
    if not found or not int(found[1]):
        raise InsightsError(f"SINCE={period} is no period: use a number and s, m, h, d or w: 15m")
    end = time.time_ns() // 1_000_000
    start = end - int(found[1]) * _SECONDS[found[2]] * 1000
    return Window(max(start, 0), end)
