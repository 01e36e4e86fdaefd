"""A game day: a fault at random, unnamed. Somebody finds it with what is shown, and mends it.

The fault is called `gameday` wherever it would be named: dashboards don't mark it, and the timeline
of the incident hears of it when it is over.
"""

import random
import select
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TextIO

from loadtest import baseline, observe, profiles
from loadtest.catalogue import FAULTS
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.faults import Fault
from loadtest.injections import Injection
from loadtest.narrator import Narrator, spoken
from loadtest.rules import load
from loadtest.traffic import Traffic, flowing

# What services call it; services/faults shows nothing of that name.
NAME = "gameday"
GIVEN_UP, LIST = "give up", "?"
LONGEST_SECONDS = 3600.0
_LOOK_SECONDS = 1.0

# Returns what was typed within so many seconds, None for nothing.
Ask = Callable[[float], str | None]


def eligible(endpoints: Endpoints) -> list[Fault]:
    """Return the faults that a person can wait for and find: those with a command and an alert."""
    return [
        fault
        for fault in FAULTS
        if fault.command and fault.promises and not profiles.lacks(fault, endpoints)
    ]


def terminal(stream: TextIO = sys.stdin) -> Ask:
    """Return what asks the person at the terminal.

    Raises:
        StackUnreachableError: there is no terminal, so nobody could answer.

    """
    if not stream.isatty():
        raise StackUnreachableError(
            "a game day needs somebody at a terminal: run `make gameday` in one"
        )

    def ask(seconds: float) -> str | None:
        ready, _, _ = select.select([stream], [], [], seconds)
        if not ready:
            return None
        line = stream.readline()
        # The terminal is gone.
        return line.strip().lower() if line else GIVEN_UP

    return ask


class GameDay:
    """One fault, from putting it in to the times at the end."""

    def __init__(
        self, endpoints: Endpoints, narrator: Narrator, ask: Ask, chooser: random.Random
    ) -> None:
        self._endpoints = endpoints
        self._narrator = narrator
        self._ask = ask
        self._faults = eligible(endpoints)
        self._fault = chooser.choice(self._faults)
        self._configuration = load(endpoints)
        rule = self._configuration.rule("HighErrorRate", {})
        self._timing, self._window = self._configuration.timing(rule), rule.window
        self._traffic: Traffic | None = None

    def run(self) -> bool:
        """Play it, and tell whether the fault was found.

        Raises:
            NotHealthyError: an alert is active before, or there is no traffic.
            StackUnreachableError: a service of the stack doesn't answer.

        """
        say = self._narrator.line
        baseline.refuse(baseline.active(self._endpoints))
        with flowing(self._endpoints.urls["api"]) as self._traffic:
            before = baseline.until_steady(
                self._endpoints, self._timing, self._window, self._narrator, self._pause
            )
            began = time.time()
            injections = self._put()
            try:
                say(
                    f"\n{datetime.now().astimezone():%H:%M:%S}  Something is wrong from now on. "
                    "What is it?\n"
                    "  Dashboards http://localhost:3000, pages http://localhost:8002, "
                    "`make incident`, `make status`, `make logs-query`.\n"
                    "  Acknowledge the page, find the fault, and type its name here: "
                    f"`{LIST}` lists them, `{GIVEN_UP}` ends it.\n"
                )
                found = self._until_found()
                answered = time.time()
            finally:
                self._end(injections)
            ended = time.time()
            self._tell(before.after, began, answered, ended, found=found)
        return found

    def _put(self) -> list[Injection]:
        scrape = self._configuration.scrape
        injections = [way.prepare(self._endpoints, NAME, scrape) for way in self._fault.ways]
        put: list[Injection] = []
        try:
            for one in injections:
                one.put()
                put.append(one)
        except BaseException:
            self._end(put)
            raise
        return put

    def _end(self, injections: Sequence[Injection]) -> None:
        failed: StackUnreachableError | None = None
        for one in reversed(injections):
            try:
                one.end()
            except StackUnreachableError as error:
                failed = error
        if failed is not None:
            raise failed

    def _until_found(self) -> bool:
        names = {fault.name: fault.command for fault in self._faults}
        wanted = {self._fault.name, self._fault.command, f"make chaos-{self._fault.command}"}
        until = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < until:
            self._check()
            typed = self._ask(_LOOK_SECONDS)
            if typed in wanted:
                return True
            if typed == GIVEN_UP:
                return False
            if typed == LIST:
                self._narrator.line(
                    "\n".join(f"  {fault.name:22} {fault.what}" for fault in self._faults)
                )
            elif typed and typed in {*names, *names.values()}:
                self._narrator.line(f"  It is not {typed}. Look again.")
            elif typed:
                self._narrator.line(f"  {typed} is no fault's name: `{LIST}` lists them.")
        return False

    def _tell(
        self, after: int, began: float, answered: float, ended: float, *, found: bool
    ) -> None:
        """Say what it was, and how long each step took."""
        fault, say = self._fault, self._narrator.line
        paged, acknowledged = self._pages(after)
        say(f"\n{'Found' if found else 'It was'}: {fault.name}: {fault.what}.")
        say(f"  It must page: {', '.join(one.alert for one in fault.promises)}.")
        rows = (
            ("paged", paged),
            ("acknowledged", acknowledged),
            ("answered" if found else "given up", answered),
            ("fault out", ended),
        )
        for words, at in rows:
            say(f"  {words:14} {f'after {spoken(at - began)}' if at else 'nobody did'}")
        self._endpoints.tell(
            f"game day: {fault.name}: {fault.what}, from {_clock(began)} to {_clock(ended)} UTC",
            fault=fault.name,
        )
        say("  Next: wait until it is resolved, then `make postmortem INCIDENT=last`.")

    def _pages(self, after: int) -> tuple[float | None, float | None]:
        """Return when somebody was first told of it, and when an incident was acknowledged."""
        told = [
            one.at.timestamp()
            for one in observe.deliveries(self._endpoints, after)
            if one.state == "FIRING"
        ]
        incidents = self._endpoints.get("sink", "/api/v1/incidents")["incidents"]
        seen = [_unix(one["acknowledged_at"]) for one in incidents if one["id"] > after]
        return min(told, default=None), min((at for at in seen if at), default=None)

    def _pause(self) -> None:
        time.sleep(self._timing.poll)
        self._check()

    def _check(self) -> None:
        if self._traffic is not None:
            self._traffic.check()


def _unix(at: Any) -> float:  # noqa: ANN401 - JSON
    return datetime.fromisoformat(at).timestamp() if at else 0.0


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(at))
