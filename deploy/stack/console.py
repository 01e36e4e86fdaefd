"""What the person at the terminal reads: steps, progress, and errors that say what to do."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Long enough not to flood a CI log, short enough to show that something still happens.
PROGRESS_SECONDS = 15


class StackError(Exception):
    """Something the person can mend; the message says how. Ends the program with exit 1."""


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)  # noqa: T201 - a terminal is what this module is for


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, show that it is still running, and say how long it took."""
    say(f"→ {title}")
    started = time.monotonic()
    done = threading.Event()

    def tick() -> None:
        while not done.wait(PROGRESS_SECONDS):
            say(f"  … {title}: {time.monotonic() - started:.0f} s")

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
    say(f"  done in {time.monotonic() - started:.1f} s")


def run(
    command: Sequence[object],
    *,
    timeout: float | None = None,
    env: dict[str, str] | None = None,
    stdin: int | None = subprocess.DEVNULL,
) -> subprocess.CompletedProcess[str]:
    """Run a command quietly and return what it printed, whatever its exit status.

    A command that is missing or runs out of time gets the shell's own statuses, 127 and 124.
    """
    words = [str(word) for word in command]
    try:
        return subprocess.run(  # noqa: S603 - every caller passes fixed words, never a shell line
            words,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **(env or {})},
            stdin=stdin,
            cwd=ROOT,
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(words, 127, "", str(error))
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", f"no answer in {timeout:.0f} s")


def must(command: Sequence[object], *, why: str, env: dict[str, str] | None = None) -> str:
    """Run a command that has to succeed and return its standard output.

    Raises:
        StackError: with `why` and the end of what the command printed.

    """
    result = run(command, env=env)
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-25:])
        raise StackError(f"{why}\n{tail}")
    return result.stdout


def fail(error: StackError) -> int:
    """Print an error to standard error and return the exit status for it."""
    print(f"\n✗ {error}", file=sys.stderr, flush=True)  # noqa: T201 - the same
    return 1
