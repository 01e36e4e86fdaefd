"""Locust as a child process: it lives no longer than its parent."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from loadtest.endpoints import StackUnreachableError

# With think times of half a second, about 55 requests a second: enough that a share of 1 % is
# several requests in the shortest window, little enough for a laptop.
USERS = 36
SPAWN_PER_SECOND = 18
STOP_SECONDS = 10
# Of what Locust prints when it ends by itself: the reason stands last.
SHOWN_LINES = 5
# Tells Locust whose child it is.
PARENT_VARIABLE = "LOADTEST_PARENT"
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


class Traffic:
    """The running Locust."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """Locust's process."""
        return self._process.pid

    def check(self) -> None:
        """Raise StackUnreachableError, with its last words, where Locust has ended by itself."""
        if self._process.poll() is None:
            return
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()[-SHOWN_LINES:]
        words = "\n".join(lines) or "no word"
        raise StackUnreachableError(
            f"Locust ended by itself with status {self._process.returncode}: {words}"
        )

    def stop(self) -> None:
        """Send the users away."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def command(host: str, times: float = 1.0) -> list[str]:
    """Return the command line that drives users at `host` until it is stopped."""
    users, rate = round(USERS * times), round(SPAWN_PER_SECOND * times)
    return [
        *(sys.executable, "-m", "locust", "--headless", "--locustfile", str(LOCUSTFILE)),
        *("--users", str(users), "--spawn-rate", str(rate), "--host", host),
        *("--only-summary", "--loglevel", "WARNING", "--stop-timeout", "2"),
    ]


def start(host: str, times: float = 1.0, report: Path | None = None) -> Traffic:
    """Drive users at the API, `times` the usual number, until `stop`.

    Locust writes what it counted into `report` (a .json) when it ends: a list with an object for
    each kind of request.
    """
    root = str(LOCUSTFILE.parents[1])
    log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [*command(host, times), *(["--json-file", str(report.with_suffix(""))] if report else [])],
        # The locustfile imports this package, wherever the command was called.
        env={**os.environ, "PYTHONPATH": root, PARENT_VARIABLE: str(os.getpid())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
        # Ctrl-C is the parent's to handle; it ends the child itself.
        start_new_session=True,
    )
    return Traffic(process, log)


@contextmanager
def flowing(host: str) -> Iterator[Traffic]:
    """Drive users at the API while the context lasts."""
    traffic = start(host)
    try:
        yield traffic
    finally:
        traffic.stop()
