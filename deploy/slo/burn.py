"""How fast an error budget may burn before somebody is told.

The table is the SRE workbook's: chapter «Alerting on SLOs», section 6 «Multiwindow, Multi-Burn-Rate
Alerts», table 5-8 (https://sre.google/workbook/alerting-on-slos/). An alert needs both windows: the
long one says that enough was burnt to matter, the short one (a twelfth of it) that it still burns,
so that the alert ends soon after its cause. Both pages are one alert, as in the workbook: an outage
that is fast and then slow is one incident.
"""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from deploy.scaled_time.durations import read
from deploy.slo.document import WINDOW

MONTH = read(WINDOW)


@dataclass(frozen=True)
class Burn:
    """A share of the month's budget, burnt in the long window."""

    # Percent of the month's budget.
    consumed: int
    long: str
    short: str

    @property
    def rate(self) -> str:
        """How many times faster than a month's budget may burn, such as 14.4."""
        return f"{float(Fraction(self.consumed, 100) * Fraction(MONTH / read(self.long))):g}"


PAGES = (Burn(consumed=2, long="1h", short="5m"), Burn(consumed=5, long="6h", short="30m"))
TICKET = Burn(consumed=10, long="3d", short="6h")


def steps(window: str, step: str | timedelta) -> int:
    """Return how many steps a window has.

    Raises:
        ValueError: the window isn't a whole number of them.

    """
    length = read(step) if isinstance(step, str) else step
    if read(window) % length:
        raise ValueError(f"{window} is no multiple of {length}")
    return read(window) // length
