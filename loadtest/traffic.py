"""Locust as a child process: it lives no longer than its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# With think times of half a second, about 60 requests a second: enough that a share of 1 % is
# several requests in the shortest window, little enough for a laptop.
USERS = 36
SPAWN_PER_SECOND = 18
STOP_SECONDS = 10
# Tells Locust whose child it is.
PARENT_VARIABLE = "LOADTEST_PARENT"
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def command(host: str) -> list[str]:
    """Return the command line that drives users at `host` until it is stopped."""
    return [
        *(sys.executable, "-m", "locust", "--headless", "--locustfile", str(LOCUSTFILE)),
        *("--users", str(USERS), "--spawn-rate", str(SPAWN_PER_SECOND), "--host", host),
        *("--only-summary", "--loglevel", "WARNING", "--stop-timeout", "2"),
    ]


@contextmanager
def flowing(host: str) -> Iterator[subprocess.Popen[bytes]]:
    """Drive users at the API while the context lasts."""
    locust = subprocess.Popen(  # noqa: S603 - our own interpreter and file
        command(host),
        env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is the parent's to handle; it ends the child itself.
        start_new_session=True,
    )
    try:
        yield locust
    finally:
        locust.send_signal(signal.SIGTERM)
        try:
            locust.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            locust.kill()
            locust.wait()
