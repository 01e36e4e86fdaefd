"""The healthy stack before a fault: no alert, nothing still to be told, traffic as it will be."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from loadtest import observe
from loadtest.endpoints import Endpoints
from loadtest.narrator import Narrator, spoken
from loadtest.rules import Timing

# A fifth of what the users drive: with less, a share of 1 % is no whole request.
LEAST_REQUESTS_PER_SECOND = 10.0
# While users arrive the rate grows by more than this from one look to the next.
STILL_GROWING = 1.15
# To wait for traffic, in scrapes: containers that have just started are slow at first.
TRAFFIC_SCRAPES = 60


class NotHealthyError(Exception):
    """The stack is not healthy before the fault: nothing could be told from what follows."""


@dataclass(frozen=True)
class Baseline:
    """What was so before the fault: requests a second, and the sink's last delivery."""

    requests: float
    after: int


def refuse_alerts(endpoints: Endpoints) -> None:
    """Raise NotHealthyError where an alert is pending or firing, or Alertmanager holds one."""
    active = {one.name: one.state for one in observe.alerts(endpoints)}
    active |= dict.fromkeys(observe.held_by_alertmanager(endpoints), "firing")
    if active:
        words = ", ".join(f"{name} is {state}" for name, state in sorted(active.items()))
        raise NotHealthyError(
            f"the stack is not healthy: {words}. `make chaos-stop` takes every fault out, and "
            "`make status` shows when it is over: a window has to forget what happened."
        )


def until_told(
    endpoints: Endpoints, timing: Timing, narrator: Narrator, pause: Callable[[], None]
) -> None:
    """Wait for the resolved notices of an earlier run, which would be taken for this one's.

    One that never comes, because Alertmanager's data were removed meanwhile, stops nobody.
    """
    due = time.monotonic() + timing.group_interval + timing.settle
    while (left := observe.unresolved(endpoints)) and time.monotonic() < due:
        wait = spoken(due - time.monotonic())
        narrator.progress(f"told as firing earlier: {', '.join(left)}; resolved in up to {wait}")
        pause()


def until_steady(
    endpoints: Endpoints, timing: Timing, narrator: Narrator, pause: Callable[[], None]
) -> Baseline:
    """Wait until requests flow and are no longer growing in number.

    Raises NotHealthyError: no traffic came, or an alert did.
    """
    deadline = time.monotonic() + TRAFFIC_SCRAPES * timing.scrape
    looked, before = time.monotonic(), 0.0
    while True:
        refuse_alerts(endpoints)
        rate = observe.requests_per_second(endpoints, timing.scrape)
        if time.monotonic() - looked >= timing.scrape:
            if LEAST_REQUESTS_PER_SECOND <= rate <= before * STILL_GROWING:
                return Baseline(rate, observe.last_seq(endpoints))
            looked, before = time.monotonic(), rate
        if time.monotonic() > deadline:
            raise NotHealthyError(
                f"too little traffic: {rate:.1f} requests/s at the API, "
                f"{LEAST_REQUESTS_PER_SECOND:g} are needed. `make status` shows whether it is up."
            )
        narrator.progress(f"{rate:.0f} requests/s at the API")
        pause()
