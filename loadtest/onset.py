"""How long a fault takes to make an alert's condition true, by calculation."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loadtest.rules import Rule

# From a crash to the moment when its successor answers, without the engine's pause: the API is up
# in half a second on an idle machine, and the crash is put in again at once.
START_SECONDS = 1.0
# Docker's pause before it starts a container again: doubled after each life that was shorter than
# 10 s (https://docs.docker.com/engine/containers/start-containers-automatically/).
FIRST_PAUSE_SECONDS = 0.1
LONG_LIFE_SECONDS = 10.0
# Standard deviations: one run in seven hundred is later.
LATEST = 3


@dataclass(frozen=True)
class Onset:
    """Seconds from fault to a true condition: what to expect, and how much later chance can be."""

    seconds: float
    spread: float = 0.0


def of_share(rule: Rule, body: Mapping[str, object], hits: float) -> Onset:
    """Return the onset of a rule on the share of bad events, for `hits` a second at the point.

    A full window holds hits x window events; one strike more than the allowed share of them is
    needed, and a fault strikes at every 1/rate-th hit. In a long window that is
    share / rate x window; in a short one a single strike counts. Hits come when users come: the
    n-th is at n / hits on average, with a standard deviation of the square root of n / hits.
    A slow one counts when it ends.
    """
    strikes = math.floor(rule.share * hits * rule.window) + 1
    needed = math.ceil(strikes / number(body, "rate"))
    spread = LATEST * math.sqrt(needed) / hits
    return Onset(needed / hits + number(body, "delay_seconds"), spread)


def of_restarts(rule: Rule, body: Mapping[str, object], _: float) -> Onset:
    """Return the onset of a rule on the number of restarts: each needs a life, a pause, a start."""
    life = START_SECONDS + number(body, "delay_seconds")
    doubled = 2 if life < LONG_LIFE_SECONDS else 1
    restarts = math.floor(rule.threshold) + 1
    pauses = sum(FIRST_PAUSE_SECONDS * doubled**one for one in range(restarts))
    # A start on a busy machine takes twice as long.
    return Onset(restarts * life + pauses, restarts * START_SECONDS)


def number(body: Mapping[str, object], key: str) -> float:
    """Return a number of a fault's body, 0 where it has none; raises TypeError for another type."""
    value = body.get(key, 0)
    if not isinstance(value, int | float):
        raise TypeError(f"{key} is {value!r}, not a number")
    return float(value)


Calculation = Callable[[Rule, Mapping[str, object], float], Onset]
