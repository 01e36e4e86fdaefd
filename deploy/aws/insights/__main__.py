"""``python -m deploy.aws.insights``: what `make logs-query` calls."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

from deploy.aws.insights import saved, source, table
from deploy.aws.insights.engine import Engine, Result
from deploy.aws.insights.errors import InsightsError, QueryError
from deploy.aws.insights.window import Window, since
from deploy.stack import settings
from deploy.stack.console import StackError
from deploy.stack.project import SERVICES, Project

# The query, where no shell and no make has its hands on it.
VARIABLE = "LOGS_QUERY"
FAILED, WRONG_QUERY, INTERRUPTED = 1, 2, 130


def main(arguments: list[str] | None = None) -> int:
    """Answer one query; return 0, 1 where something is missing, 2 where the query is wrong."""
    options = parse(arguments)
    text = ""
    try:
        text = saved.text(" ".join(options.query) or os.environ.get(VARIABLE, ""))
        window = since(options.since)
        answer = remote if options.aws else local
        result, told = answer(text, services(options.service), window)
    except QueryError as error:
        return tell(error.pointed_out(text), WRONG_QUERY)
    except (InsightsError, StackError) as error:
        return tell(str(error), FAILED)
    except KeyboardInterrupt:
        return tell("interrupted", INTERRUPTED)
    show(result, told, as_json=options.json)
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.aws.insights", description=__doc__)
    parser.add_argument("query", nargs="*", help=f"a saved query or a text (or in {VARIABLE})")
    parser.add_argument("--since", default="1h", help="how far to look back: 15m, 1h, 7d")
    parser.add_argument("--service", default="", help="api, ml or sink; several with a comma")
    parser.add_argument("--aws", action="store_true", help="ask CloudWatch Logs Insights")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(arguments)


def services(given: str) -> list[str]:
    """Return the services, which are log groups to CloudWatch; all of them by default.

    Raises InsightsError for a name that is none.
    """
    names = given.replace(",", " ").split() or list(SERVICES)
    for name in names:
        if name not in SERVICES:
            raise InsightsError(f"SERVICE={name} has no logs here: use {', '.join(SERVICES)}")
    return names


def local(text: str, names: list[str], window: Window) -> tuple[Result, list[str]]:
    """Answer a query from the local stack's lines, with sentences on what was read."""
    tally = source.Tally()
    project = Project(settings.read()["COMPOSE_PROJECT_NAME"])
    began = time.monotonic()
    with Engine(window) as engine:
        statement = engine.prepare(text)
        raw = source.read(project, names, window)
        engine.load(source.events(raw, window, tally))
        result = engine.run(statement)
        absent = engine.absent(statement) if lacking(result) else []
    seconds = time.monotonic() - began
    told = f"{len(result.rows):,} rows from {tally.events:,} events, {tally.bytes / 1e6:,.1f} MB, "
    hints = [f"no event has the field `{name}`" for name in absent if tally.events]
    if not tally.bytes:
        hints = ["Docker has no line of that time: `make status`, or a longer SINCE"]
    return result, [f"{told}in {seconds:.1f} s", *tally.explained(), *hints]


def lacking(result: Result) -> bool:
    """Tell whether a result has no rows, or a column without a value."""
    columns = zip(*result.rows, strict=True) if result.rows else [[None]]
    return any(all(value is None for value in column) for column in columns)


def remote(text: str, names: list[str], window: Window) -> tuple[Result, list[str]]:
    """Answer a query from CloudWatch, with a sentence on what it cost."""
    try:
        from deploy.aws.insights import cloudwatch  # noqa: PLC0415 - boto3 is for this alone
    except ImportError:
        raise InsightsError("boto3 is not installed: `pip install boto3`") from None
    result, cost = cloudwatch.ask(cloudwatch.client(), text, names, window, progress=progress())
    return result, [f"{len(result.rows):,} rows; {cost}"]


def progress() -> Callable[[str], None]:
    """Return what shows that something is still going on: one line, on a terminal alone."""
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda said: say(f"\r\x1b[K{said}", sys.stderr, end="")


def show(result: Result, told: list[str], *, as_json: bool) -> None:
    """Print the answer to stdout and what is said about it to stderr."""
    if sys.stderr.isatty():
        say("\r\x1b[K", sys.stderr, end="")
    if as_json:
        say(table.as_json(result))
    elif result.rows:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        say(table.as_table(result, width))
    if result.more:
        count = len(result.rows)
        told = [*told, f"there are more than these {count:,} rows: filter, or set a higher limit"]
    for sentence in told:
        say(sentence, sys.stderr)


def say(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print to stdout or to the stream given."""
    print(text, file=stream or sys.stdout, end=end, flush=True)


def tell(message: str, status: int) -> int:
    """Print an error and return the exit status."""
    say(f"✗ {message}", sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
