"""A fault in a service, held by renewing its lease for as long as this process lives."""

import threading
from collections.abc import Mapping

import requests

from loadtest.endpoints import TIMEOUT_SECONDS, Endpoints, StackUnreachableError

# Long enough for a few lost renewals, short enough that a dead chaos run is soon forgotten.
LEASE_SECONDS = 15
RENEW_SECONDS = LEASE_SECONDS / 3
# A crashed service must have its fault again as soon as it is back.
RETURN_SECONDS = 0.25
TARGETS = ("api", "ml")


class Lease:
    """A fault that is in from `put` to `end`."""

    def __init__(
        self, endpoints: Endpoints, target: str, name: str, body: Mapping[str, object]
    ) -> None:
        self._endpoints = endpoints
        self._target = target
        self._name = name
        self._body = {**body, "lease_seconds": LEASE_SECONDS}
        self._crashes = body.get("effect") == "exit"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def put(self) -> None:
        """Put the fault in and keep it; raises StackUnreachableError when the service refuses."""
        self._send()
        self._thread.start()

    def end(self) -> None:
        """Take the fault out. A service that is away has lost it already, or loses it soon."""
        self._done.set()
        if self._thread.is_alive():
            self._thread.join(TIMEOUT_SECONDS)
        try:
            stop(self._endpoints, self._target, self._name)
        except StackUnreachableError:
            if not self._crashes:
                raise

    def _send(self) -> None:
        _ask(self._endpoints, "PUT", self._target, f"/faults/{self._name}", self._body)

    def _renew(self) -> None:
        while not self._done.wait(RETURN_SECONDS if self._crashes else RENEW_SECONDS):
            try:
                self._send()
            except StackUnreachableError:
                continue


def stop(endpoints: Endpoints, target: str, name: str = "") -> None:
    """Take one fault out of a service, or all; raises StackUnreachableError."""
    _ask(endpoints, "DELETE", target, f"/faults/{name}" if name else "/faults", None)


def _ask(
    endpoints: Endpoints, method: str, target: str, path: str, body: Mapping[str, object] | None
) -> None:
    # A session of its own for each call: the renewing thread shares none with the story.
    try:
        answer = requests.request(
            method,
            endpoints.urls[target] + path,
            json=body,
            headers={"Authorization": f"Bearer {endpoints.token}"},
            timeout=TIMEOUT_SECONDS,
        )
    except requests.RequestException as error:
        raise StackUnreachableError(
            f"{target} does not answer ({type(error).__name__}): `make status` shows the stack"
        ) from error
    hints = {
        401: "the fault token is not the one that the service was started with: make up",
        404: "the fault interface is off: set FAULTS_TOKEN_FILE in docker-compose.yml",
    }
    if not answer.ok:
        hint = hints.get(answer.status_code, answer.text)
        raise StackUnreachableError(f"{target} refuses the fault ({answer.status_code}): {hint}")
