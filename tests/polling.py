"""Waiting in tests: for a condition, with its description, never for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

import requests

T = TypeVar("T")
STEP_SECONDS = 0.2


def wait_for(probe: Callable[[], T], description: str, *, seconds: float) -> T:
    """Call `probe` until it returns something true, and return that.

    A connection that fails counts as not yet.

    Raises:
        AssertionError: after `seconds`, with the description and the last value or error seen.

    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            last: object = probe()
        except requests.RequestException as error:
            last = error
        else:
            if last:
                return last
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s until {description}; last: {last!r}")
        time.sleep(STEP_SECONDS)
