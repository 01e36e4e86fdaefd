"""Tells a story on a terminal or into a file: lines with times, and how far a wait has come."""

import shutil
import sys
import time
from datetime import UTC, datetime
from typing import TextIO

# In a file, progress is a line now and then; a terminal rewrites one line.
PROGRESS_SECONDS = 30.0
_CLEAR_LINE = "\r\x1b[K"
_MINUTE = 60


class Narrator:
    """Prints one line an event: wall-clock time (UTC), seconds from the fault, what, how."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._terminal = self._stream.isatty()
        self._told = time.monotonic()
        self.zero: float | None = None

    def line(self, text: str) -> None:
        """Print one line at once."""
        clear = _CLEAR_LINE if self._terminal else ""
        self._stream.write(f"{clear}{text}\n")
        self._stream.flush()
        self._told = time.monotonic()

    def say(self, event: str, text: str) -> None:
        """Tell an event. Seconds are counted from `zero`, a Unix time, once that is set."""
        self.line(f"{self._stamp()}  {event:<9} {text}")

    def progress(self, text: str) -> None:
        """Show how far a wait has come: on one line of a terminal, or now and then in a file."""
        if self._terminal:
            line = f"{self._stamp()}  …         {text}"
            # A line that wraps could not be rewritten.
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(_CLEAR_LINE + line[:width])
            self._stream.flush()
        elif time.monotonic() - self._told >= PROGRESS_SECONDS:
            self.say("…", text)

    def _stamp(self) -> str:
        elapsed = "" if self.zero is None else f"{time.time() - self.zero:+.1f} s"
        return f"{datetime.now(UTC):%H:%M:%S} {elapsed:>10}"


def spoken(seconds: float) -> str:
    """Return a duration as Prometheus writes it, in whole seconds: 130 → ``2m10s``."""
    minutes, rest = divmod(round(max(seconds, 0)), _MINUTE)
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
