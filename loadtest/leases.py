"""A fault in a service, held by renewing its lease for as long as this process lives."""

import threading
import time
from collections.abc import Mapping

from loadtest.endpoints import TIMEOUT_SECONDS, Endpoints, StackUnreachableError

# Long enough for a few lost renewals, short enough that a dead chaos run is soon forgotten.
LEASE_SECONDS = 15
RENEW_SECONDS = LEASE_SECONDS / 3
# A crashed service must have its fault again as soon as it is back.
RETURN_SECONDS = 0.1
# For a service that crashed to be back: the engine's longest pause in a short crash loop, and its
# start on a busy machine.
BACK_SECONDS = 30.0
TARGETS = ("api", "ml", "sink")


class Lease:
    """A fault that is in from `put` to `end`."""

    def __init__(
        self, endpoints: Endpoints, target: str, name: str, body: Mapping[str, object]
    ) -> None:
        self._endpoints = endpoints
        self._target = target
        self._path = f"/{name}"
        self._body = {**body, "lease_seconds": LEASE_SECONDS}
        self._crashes = body.get("effect") == "exit"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def put(self) -> None:
        """Put the fault in and keep it; raises StackUnreachableError when the service refuses."""
        self._send()
        self._thread.start()

    def end(self) -> None:
        """Take the fault out.

        Raises:
            StackUnreachableError: the service is away; the lease ends by itself.

        """
        self._done.set()
        if self._thread.is_alive():
            self._thread.join(TIMEOUT_SECONDS)
        # A service that crashed comes back without its fault, but come back it must.
        until = time.monotonic() + (BACK_SECONDS if self._crashes else 0)
        while True:
            try:
                return stop(self._endpoints, self._target, self._path)
            except StackUnreachableError as error:
                if time.monotonic() > until:
                    left = f"{error} The fault's lease ends by itself within {LEASE_SECONDS} s."
                    raise StackUnreachableError(left) from error
            time.sleep(RETURN_SECONDS)

    def _send(self) -> None:
        self._endpoints.faults("PUT", self._target, self._path, self._body)

    def _renew(self) -> None:
        while not self._done.wait(RETURN_SECONDS if self._crashes else RENEW_SECONDS):
            try:
                self._send()
            except StackUnreachableError:
                continue


def stop(endpoints: Endpoints, target: str, path: str = "") -> None:
    """Take one fault (`/name`) out of a service, or all; raises StackUnreachableError."""
    endpoints.faults("DELETE", target, path)
