"""Times of which moto knows nothing, because it was away or has lost what it had.

What is missing then is no missing data of the services'.
"""

import json
from typing import NamedTuple

from deploy.aws.standin.state import State

_GAP = "moto had a gap"


class Gap(NamedTuple):
    """When moto could take nothing, or lost what it had; seconds since 1970."""

    since: float
    until: float


def read_gap(state: State) -> Gap | None:
    """Return the last gap."""
    found = state.get(_GAP)
    return Gap(*json.loads(found)) if found else None


def note_gap(state: State, gap: Gap) -> None:
    """Remember a gap, also over a restart. Where it follows on the last one, both are one."""
    last = read_gap(state)
    since = last.since if last and last.until >= gap.since else gap.since
    state.put(_GAP, json.dumps([since, gap.until]))
