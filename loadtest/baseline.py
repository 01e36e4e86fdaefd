"""The healthy stack before a fault: no alert, nothing still to be told, traffic as it will be."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from loadtest import observe
from loadtest.endpoints import Endpoints
from loadtest.narrator import Narrator, spoken
from loadtest.rules import Configuration, Timing

# A fifth of what the users drive: with less, a share of 1 % is no whole request.
LEAST_REQUESTS_PER_SECOND = 10.0
# While users arrive the rate grows by more than this from one look to the next.
STILL_GROWING = 1.15
# Seconds of traffic. A scaled window is full by then. Filling a longer one would try patience: in
# it a fault's share is greater at first, and the alert comes sooner than calculated.
LONGEST_FILL = 20.0
# Of a burn rate's threshold: with more in its windows, a small fault can be the last straw.
REMEMBERED = 0.5
# To wait for traffic, in scrapes: containers that have just started are slow at first.
TRAFFIC_SCRAPES = 60


class NotHealthyError(Exception):
    """The stack is not healthy before the fault: nothing could be told from what follows."""


@dataclass(frozen=True)
class Baseline:
    """What was so before the fault: requests a second, and the sink's last delivery."""

    requests: float
    after: int


def active(endpoints: Endpoints) -> dict[str, str]:
    """Return the alerts that are pending or firing, by name; Alertmanager may hold one longer."""
    found = {one.name: one.state for one in observe.alerts(endpoints)}
    found |= dict.fromkeys(observe.held_by_alertmanager(endpoints), "firing")
    return {name: state for name, state in found.items() if name not in observe.LASTING}


def refuse(alerts: dict[str, str]) -> None:
    """Raise NotHealthyError where an alert is active."""
    if alerts:
        raise NotHealthyError(
            f"the stack is not healthy: {_words(alerts)}. `make chaos-stop` takes every fault out, "
            "and `make status` shows when it is over: a window has to forget what happened."
        )


def _words(alerts: dict[str, str]) -> str:
    return ", ".join(f"{name} is {state}" for name, state in sorted(alerts.items()))


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
    endpoints: Endpoints,
    timing: Timing,
    window: float,
    narrator: Narrator,
    pause: Callable[[], None],
) -> Baseline:
    """Wait until requests have flowed for a while, at one rate, and no alert is active.

    Where there was no traffic, a few slow answers of containers that have just started are more
    than 1 %: such an alert is pending for a while. `window` is the rule's, in seconds.

    Raises NotHealthyError: no traffic came, or an alert fires or stays.
    """
    looked, before = time.monotonic(), 0.0
    filled = looked + min(window, LONGEST_FILL)
    deadline = looked + TRAFFIC_SCRAPES * timing.scrape
    while True:
        alerts = active(endpoints)
        rate = observe.requests_per_second(endpoints, timing.scrape)
        now = time.monotonic()
        _refuse(alerts, rate, late=now > deadline)
        if now - looked >= timing.scrape:
            steady = LEAST_REQUESTS_PER_SECOND <= rate <= before * STILL_GROWING
            if steady and now >= filled and not alerts:
                return Baseline(rate, observe.last_seq(endpoints))
            looked, before = now, rate
        narrator.progress(f"{rate:.0f} requests/s at the API; {_words(alerts) or 'no alert'}")
        pause()


def remembered(endpoints: Endpoints, configuration: Configuration, narrator: Narrator) -> set[str]:
    """Return the burn-rate alerts that may come along, because their windows hold an older outage.

    They look back for hours; what failed then and what fails now is more than a budget allows.
    """
    found = set()
    for rule in configuration.rules:
        for group in rule.burns:
            burn = max(group, key=lambda one: one.window)
            ratio = observe.value(endpoints, burn.ratio) or 0.0
            if ratio > REMEMBERED * burn.threshold:
                found.add(rule.name)
                narrator.say("note", f"{rule.name} may come too: {burn.ratio} is {ratio:.2%} yet")
    return found


def _refuse(alerts: dict[str, str], rate: float, *, late: bool) -> None:
    if late or "firing" in alerts.values():
        refuse(alerts)
    if late:
        raise NotHealthyError(
            f"too little traffic, or never at one rate: {rate:.1f} requests/s at the API, "
            f"{LEAST_REQUESTS_PER_SECOND:g} are needed. `make status` shows whether it is up."
        )
