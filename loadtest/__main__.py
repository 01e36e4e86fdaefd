"""``python -m loadtest``: chaos, load and drills, as make's targets call them."""

import argparse
import random
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from loadtest import gameday, leases, observe, profiles, scorecard
from loadtest.baseline import NotHealthyError
from loadtest.catalogue import BY_COMMAND, BY_NAME, FAULTS
from loadtest.drill import KEPT, NO_VERDICT, Drill
from loadtest.endpoints import Endpoints, StackUnreachableError, from_environment
from loadtest.faults import Fault
from loadtest.narrator import Narrator
from loadtest.rules import load
from loadtest.story import BrokenPromiseError, Story
from loadtest.traffic import flowing

SUCCESS, BROKEN, NOT_RUN, INTERRUPTED = 0, 1, 2, 130
LOAD_PROGRESS_SECONDS = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 as promised, 1 a broken promise, 2 could not run, 130 interrupted."""
    options = parse(arguments)
    narrator = Narrator()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return options.run(options, from_environment(), narrator) or SUCCESS
    except (StackUnreachableError, NotHealthyError) as error:
        narrator.line(f"✗ {error}")
        return NOT_RUN
    except BrokenPromiseError as error:
        narrator.line(f"✗ {error}")
        return BROKEN
    except KeyboardInterrupt:
        narrator.line("interrupted: no traffic flows, no fault is in")
        return INTERRUPTED


def _interrupt(_: int, __: FrameType | None) -> None:
    # Impatience must not stop the cleaning up: a second Ctrl-C does nothing.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtest", description=__doc__)
    commands = parser.add_subparsers(required=True)
    chaos = commands.add_parser("chaos", help="put a fault in and tell what becomes of it")
    chaos.add_argument("fault", choices=[*BY_COMMAND, "stop"])
    chaos.set_defaults(run=run_chaos)
    drill = commands.add_parser("drill", help="run faults one after the other, and keep the score")
    drill.add_argument("faults", nargs="*", metavar="fault", help="default: every one")
    drill.add_argument("--rounds", type=int, default=1)
    drill.add_argument("--factor", type=int, default=1, help="of the stack, for the scorecard")
    drill.add_argument("--fresh", action="store_true", help="empty Prometheus before each")
    drill.add_argument("--out", type=Path, help="folder for scorecard.json and scorecard.md")
    drill.set_defaults(run=run_drill)
    playing = commands.add_parser("gameday", help="put an unnamed fault in, for somebody to find")
    playing.add_argument("--seed", type=int, help="choose the same fault again")
    playing.set_defaults(run=run_gameday)
    driving = commands.add_parser("load", help="drive traffic until Ctrl-C")
    driving.set_defaults(run=run_load)
    options = parser.parse_args(arguments)
    unknown = set(getattr(options, "faults", [])) - BY_NAME.keys()
    if unknown:
        drill.error(f"no fault {', '.join(sorted(unknown))}; there are {', '.join(BY_NAME)}")
    if getattr(options, "rounds", 1) < 1:
        drill.error("--rounds: at least 1")
    return options


def run_chaos(options: argparse.Namespace, endpoints: Endpoints, narrator: Narrator) -> None:
    """Run the fault that the command names, or take all out."""
    if options.fault == "stop":
        for target in leases.TARGETS:
            leases.stop(endpoints, target)
            narrator.line(f"{target}: no fault is in")
        return
    story = Story(BY_COMMAND[options.fault], endpoints, narrator)
    try:
        story.run()
    finally:
        if story.outcome is not None:
            narrator.line(story.outcome.summary())


def run_drill(options: argparse.Namespace, endpoints: Endpoints, narrator: Narrator) -> int:
    """Run faults by their names, and write the scorecard, however they end."""
    faults = [BY_NAME[name] for name in options.faults] or possible(endpoints, narrator)
    drill = Drill(endpoints, narrator, options.fresh)
    try:
        drill.run(faults, options.rounds)
    finally:
        narrator.line("\n" + scorecard.markdown(drill.results, options.factor, options.rounds))
        if options.out is not None:
            scorecard.write(options.out, drill.results, options.factor, options.rounds)
    verdicts = {one.verdict for one in drill.results}
    if NO_VERDICT in verdicts:
        return NOT_RUN
    return SUCCESS if verdicts == {KEPT} else BROKEN


def run_gameday(options: argparse.Namespace, endpoints: Endpoints, narrator: Narrator) -> None:
    """Play a game day."""
    ask = gameday.terminal()
    gameday.GameDay(endpoints, narrator, ask, random.Random(options.seed)).run()  # noqa: S311 - a game


def possible(endpoints: Endpoints, narrator: Narrator) -> list[Fault]:
    """Return every fault but those of a profile that the stack runs without; name these."""
    skipped = [fault for fault in FAULTS if profiles.lacks(fault, endpoints)]
    for fault in skipped:
        narrator.line(f"skipped: {profiles.advice(fault)}")
    return [fault for fault in FAULTS if fault not in skipped]


def run_load(_: argparse.Namespace, endpoints: Endpoints, narrator: Narrator) -> None:
    """Drive traffic and show its rate."""
    scrape = load(endpoints).scrape
    narrator.line("driving traffic until Ctrl-C")
    with flowing(endpoints.urls["api"]) as traffic:
        while True:
            time.sleep(LOAD_PROGRESS_SECONDS)
            traffic.check()
            rate = observe.requests_per_second(endpoints, scrape)
            narrator.line(f"  {rate:.0f} requests/s at the API")


if __name__ == "__main__":
    sys.exit(main())
