"""How long a fault takes to make an alert's condition true, by calculation."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from loadtest.history import MINUTES_BACK
from loadtest.rules import Configuration, Rule

# From a crash to the moment when its successor answers, without the engine's pause: the API is up
# in half a second on an idle machine, and the crash is put in again at once.
START_SECONDS = 1.0
# Docker's pause before it starts a container again: doubled after each life that was shorter than
# 10 s (https://docs.docker.com/engine/containers/start-containers-automatically/).
FIRST_PAUSE_SECONDS = 0.1
LONG_LIFE_SECONDS = 10.0
# Standard deviations: one run in seven hundred is later.
LATEST = 3
# Prometheus tells Alertmanager that an alert lasts four times as long as until it will be sent
# again (rules/manager.go, `SendAlerts`).
LASTS_RESENDS = 4
# What a burn rate is computed from: its window smooths the first minute.
BASE = "slo:errors:increase1m"
# What windows of days are computed from. It is recorded once in its own five minutes.
SLOW_BASE = "slo:errors:increase5m"


@dataclass(frozen=True)
class Onset:
    """Seconds from fault to a true condition: what to expect, and how much later chance can be."""

    seconds: float
    spread: float = 0.0


@dataclass(frozen=True)
class Load:
    """What a calculation may know: `requests` a second at the API, those that come by the fault.

    `paged` has the seconds until the pages of the fault's promises that come before this one,
    `held` what the ratios of burn rates are already, by their selectors.
    """

    configuration: Configuration
    requests: float
    hits: float
    paged: Mapping[str, float] = field(default_factory=dict)
    held: Mapping[str, float] = field(default_factory=dict)


Calculation = Callable[[Rule, Mapping[str, object], Load], Onset]


def of_share(rule: Rule, body: Mapping[str, object], load: Load) -> Onset:
    """Return the onset of a rule on the share of bad events.

    A full window holds hits x window events; one strike more than the allowed share of them is
    needed, and a fault strikes at every 1/rate-th hit. In a long window that is
    share / rate x window; in a short one a single strike counts. Hits come when users come: the
    n-th is at n / hits on average, with a standard deviation of the square root of n / hits.
    A slow one counts when it ends.
    """
    strikes = math.floor(rule.share * load.hits * rule.window) + 1
    needed = math.ceil(strikes / number(body, "rate"))
    spread = LATEST * math.sqrt(needed) / load.hits
    return Onset(needed / load.hits + number(body, "delay_seconds"), spread)


def of_restarts(rule: Rule, body: Mapping[str, object], _: Load) -> Onset:
    """Return the onset of a rule on the number of restarts: each needs a life, a pause, a start."""
    life = START_SECONDS + number(body, "delay_seconds")
    doubled = 2 if life < LONG_LIFE_SECONDS else 1
    restarts = math.floor(rule.threshold) + 1
    pauses = sum(FIRST_PAUSE_SECONDS * doubled**one for one in range(restarts))
    # A start on a busy machine takes twice as long.
    return Onset(restarts * life + pauses, restarts * START_SECONDS)


def _next_scrape(
    _: Rule, __: Mapping[str, object], load: Load, *, delay: float, scrapes: float
) -> Onset:
    # A scrape that hangs is given up when the next is due.
    return Onset(delay + scrapes * load.configuration.scrape, load.configuration.scrape)


def at_once(*, delay: float = 0.0) -> Calculation:
    """Return the calculation for what the next scrape sees, once `delay` seconds are over."""
    return partial(_next_scrape, delay=delay, scrapes=0)


def at_the_second_look() -> Calculation:
    """Return the calculation for a counter that must be seen twice to have an increase."""
    return partial(_next_scrape, delay=0.0, scrapes=1)


def _of_burn(
    rule: Rule,
    _: Mapping[str, object],
    load: Load,
    *,
    bad: float,
    past: float,
    delay: float,
) -> Onset:
    """Return the onset of a burn rate while a share `bad` of all events fails.

    The window, which counts time before the first event as good, must hold threshold x window of
    failure. The recordings that it is made of see an event over their own window (a minute) evenly:
    after t < minute they hold bad x t² / 2 minute of it, later bad x (t - minute / 2). `delay` is
    how long an event takes to fail.
    """
    # All windows of a group must hold it, and the first group that can is enough. What a window
    # holds already is less to wait for; as it moves on, it loses what failed in the past.
    possible = [group for group in rule.burns if bad > max(burn.threshold for burn in group)]
    needed, window = min(
        max(
            (
                (burn.threshold - load.held.get(burn.ratio, 0.0)) * burn.window / (bad - past),
                burn.window,
            )
            for burn in group
        )
        for group in possible
    )
    recordings = load.configuration.recordings
    base = recordings[BASE]
    early = math.sqrt(2 * base * needed)
    seconds = early if early < base else needed + base / 2
    # Recordings that are read by recordings: each looks at what the one before left.
    spread = 3 * load.configuration.evaluation
    if window > MINUTES_BACK * base:
        spread += recordings[SLOW_BASE]
    return Onset(seconds + delay, spread)


def _of_overflow(_: Rule, __: Mapping[str, object], load: Load, *, room: int) -> Onset:
    return Onset(room / load.requests, LATEST * math.sqrt(room) / load.requests)


def of_overflow(room: int) -> Calculation:
    """Return the calculation for a queue of so many that each API request adds one to."""
    return partial(_of_overflow, room=room)


def of_burn(bad: float, *, past: float = 0.0, delay: float = 0.0) -> Calculation:
    """Return the calculation for a share `bad` of failing events, after a share `past`."""
    return partial(_of_burn, bad=bad, past=past, delay=delay)


def _after(_: Rule, __: Mapping[str, object], load: Load, *, alert: str) -> Onset:
    return Onset(load.paged[alert], load.configuration.scrape)


def after_page_of(alert: str) -> Calculation:
    """Return the calculation for what begins when another promise's page is sent."""
    return partial(_after, alert=alert)


def of_silence(_: Rule, __: Mapping[str, object], load: Load) -> Onset:
    """Return the onset of a heartbeat that no longer comes: the last one was just before."""
    return Onset(load.configuration.heartbeat, _beat(load.configuration))


def of_silence_behind(_: Rule, __: Mapping[str, object], load: Load) -> Onset:
    """Return the same where Alertmanager goes on with what it was last told, until that ends."""
    configuration = load.configuration
    lasts = LASTS_RESENDS * configuration.resend
    return Onset(lasts + configuration.heartbeat, configuration.resend + _beat(configuration))


def _beat(configuration: Configuration) -> float:
    """Return the longest pause between heartbeats, in seconds."""
    watchdog = configuration.rule("Watchdog", {})
    return 2 * configuration.timing(watchdog).group_interval


def number(body: Mapping[str, object], key: str) -> float:
    """Return a number of a fault's body, 0 where it has none; raises TypeError for another type."""
    value = body.get(key, 0)
    if not isinstance(value, int | float):
        raise TypeError(f"{key} is {value!r}, not a number")
    return float(value)
