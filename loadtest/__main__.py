"""``python -m loadtest``: chaos, load and drills, as make's targets call them."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from loadtest import leases, observe
from loadtest.baseline import NotHealthyError
from loadtest.catalogue import BY_COMMAND, BY_NAME, FAULTS, Fault
from loadtest.endpoints import Endpoints, StackUnreachableError, from_environment
from loadtest.narrator import Narrator
from loadtest.rules import load_rules, load_timing
from loadtest.story import BrokenPromiseError, Story
from loadtest.traffic import flowing

KEPT, BROKEN, NOT_RUN, INTERRUPTED = 0, 1, 2, 130
LOAD_PROGRESS_SECONDS = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 as promised, 1 a broken promise, 2 could not run, 130 interrupted."""
    options = parse(arguments)
    narrator = Narrator()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        options.run(options, from_environment(), narrator)
    except (StackUnreachableError, NotHealthyError) as error:
        narrator.line(f"✗ {error}")
        return NOT_RUN
    except BrokenPromiseError as error:
        narrator.line(f"✗ {error}")
        return BROKEN
    except KeyboardInterrupt:
        narrator.line("interrupted: no traffic flows, no fault is in")
        return INTERRUPTED
    return KEPT


def _interrupt(_: int, __: FrameType | None) -> None:
    # Impatience must not stop the cleaning up: a second Ctrl-C does nothing.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtest", description=__doc__)
    commands = parser.add_subparsers(required=True)
    chaos = commands.add_parser("chaos", help="put a fault in and tell what becomes of it")
    chaos.add_argument("fault", choices=[*BY_COMMAND, "stop"])
    chaos.set_defaults(run=run_chaos)
    drill = commands.add_parser("drill", help="the same, by the fault's full name")
    drill.add_argument("fault", choices=list(BY_NAME))
    drill.set_defaults(run=run_drill)
    for one in (chaos, drill):
        one.add_argument("--json", type=Path, metavar="FILE", help="write the outcome there")
    load = commands.add_parser("load", help="drive traffic until Ctrl-C")
    load.set_defaults(run=run_load)
    return parser.parse_args(arguments)


def run_chaos(options: argparse.Namespace, endpoints: Endpoints, narrator: Narrator) -> None:
    """Run the fault that the command names, or take all out."""
    if options.fault != "stop":
        tell(BY_COMMAND[options.fault], endpoints, narrator, options.json)
        return
    for target in leases.TARGETS:
        leases.stop(endpoints, target)
        narrator.line(f"{target}: no fault is in")


def run_drill(options: argparse.Namespace, endpoints: Endpoints, narrator: Narrator) -> None:
    """Run a fault by its name."""
    tell(BY_NAME[options.fault], endpoints, narrator, options.json)


def tell(fault: Fault, endpoints: Endpoints, narrator: Narrator, file: Path | None) -> None:
    """Run a fault's story and sum it up, however it ended."""
    story = Story(fault, endpoints, narrator)
    try:
        story.run()
    finally:
        if story.outcome is not None:
            narrator.line(story.outcome.summary())
            if file is not None:
                file.write_text(json.dumps(story.outcome.as_dict(), indent=2) + "\n")


def run_load(_: argparse.Namespace, endpoints: Endpoints, narrator: Narrator) -> None:
    """Drive traffic and show its rate."""
    timing = load_timing(endpoints, load_rules(endpoints)[FAULTS[0].alert])
    narrator.line("driving traffic until Ctrl-C")
    with flowing(endpoints.urls["api"]) as traffic:
        while True:
            time.sleep(LOAD_PROGRESS_SECONDS)
            traffic.check()
            rate = observe.requests_per_second(endpoints, timing.scrape)
            narrator.line(f"  {rate:.0f} requests/s at the API")


if __name__ == "__main__":
    sys.exit(main())
