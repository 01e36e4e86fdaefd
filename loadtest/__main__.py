"""``python -m loadtest``: chaos, load and drills, as make's targets call them."""

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from loadtest import leases, observe
from loadtest.catalogue import BY_COMMAND, BY_NAME, Fault
from loadtest.endpoints import Endpoints, StackUnreachableError, from_environment
from loadtest.rules import load_timing
from loadtest.story import BrokenPromiseError, NotHealthyError, Outcome, Story
from loadtest.traffic import flowing

KEPT, BROKEN, NOT_RUN, INTERRUPTED = 0, 1, 2, 130
LOAD_PROGRESS_SECONDS = 10.0


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 as promised, 1 a broken promise, 2 could not run, 130 interrupted."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        options.run(options, from_environment())
    except (StackUnreachableError, NotHealthyError) as error:
        say(f"✗ {error}")
        return NOT_RUN
    except BrokenPromiseError as error:
        say(f"✗ {error}")
        return BROKEN
    except KeyboardInterrupt:
        say("interrupted: every fault is out, no traffic flows")
        return INTERRUPTED
    return KEPT


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
        one.add_argument("--json", type=Path, help="write the outcome into this file")
    load = commands.add_parser("load", help="drive traffic until Ctrl-C")
    load.set_defaults(run=run_load)
    return parser.parse_args(arguments)


def run_chaos(options: argparse.Namespace, endpoints: Endpoints) -> None:
    """Run the fault that the command names, or take all out."""
    if options.fault == "stop":
        for target in leases.TARGETS:
            leases.stop(endpoints, target)
            say(f"{target}: no fault is in")
        return
    tell(BY_COMMAND[options.fault], endpoints, options.json)


def run_drill(options: argparse.Namespace, endpoints: Endpoints) -> None:
    """Run a fault by its name."""
    tell(BY_NAME[options.fault], endpoints, options.json)


def tell(fault: Fault, endpoints: Endpoints, file: Path | None) -> None:
    """Run a fault's story and sum it up."""
    outcome = Story(fault, endpoints, say).run()
    say(summary(outcome))
    if file is not None:
        file.write_text(json.dumps(outcome.as_dict(), indent=2) + "\n")


def summary(outcome: Outcome) -> str:
    """Return the story as a table: event, seconds from the fault, share of the minimum."""
    lines = [f"\n{outcome.fault} → {outcome.alert}, nothing else arrived"]
    lines += [
        f"  {event:<32} {at:8.1f} s   {at / outcome.minimum:5.2f}"
        for event, at in sorted(outcome.events.items(), key=lambda pair: pair[1])
    ]
    lines.append(
        f"  theoretical minimum to the page  {outcome.minimum:8.1f} s    1.00, "
        f"allowed {outcome.deadline:.1f} s"
    )
    return "\n".join(lines)


def run_load(_: argparse.Namespace, endpoints: Endpoints) -> None:
    """Drive traffic and show its rate."""
    scrape = load_timing(endpoints).scrape
    say("driving traffic until Ctrl-C")
    with flowing(endpoints.urls["api"]) as locust:
        while locust.poll() is None:
            try:
                locust.wait(LOAD_PROGRESS_SECONDS)
            except subprocess.TimeoutExpired:
                rate = observe.requests_per_second(endpoints, scrape)
                say(f"  {rate:.0f} requests/s at the API")
    raise StackUnreachableError(f"Locust ended by itself with status {locust.returncode}")


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
