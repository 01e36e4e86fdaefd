"""Where the stack's services answer, and how to ask them."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

# In the stack's own network; the environment names others, for a test on the host.
DEFAULTS = {
    "api": "http://api:8000",
    "ml": "http://ml:8001",
    "sink": "http://sink:8002",
    "prometheus": "http://prometheus:9090",
    "alertmanager": "http://alertmanager:9093",
}
TIMEOUT_SECONDS = 5
UNAUTHORIZED, NOT_FOUND = 401, 404


class StackUnreachableError(Exception):
    """The story can't be told: something doesn't answer; the message says what to do."""


@dataclass(frozen=True)
class Endpoints:
    """Where the stack answers.

    Attributes:
        urls: base URLs of api, ml, sink, prometheus and alertmanager.
        token: the fault interface's.
        project: the Compose project whose containers may be broken; empty where Docker is out of
            reach.

    """

    urls: Mapping[str, str]
    token: str
    project: str = ""

    def get(self, service: str, path: str, **query: str | float) -> Any:  # noqa: ANN401 - JSON
        """Return a service's JSON answer; raises StackUnreachableError."""
        answer = self._ask("GET", service, path, params=query)
        try:
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as error:
            raise StackUnreachableError(
                f"{service} answers {answer.status_code} at {answer.url}: `make logs S={service}`"
            ) from error

    def tell(self, text: str, **data: str) -> None:
        """Put a chaos event on the timeline of the incidents of its time.

        A sink that is away, or has no timeline yet, misses it: the fault is what matters.
        """
        body = {"kind": "chaos", "text": text, "by": "chaos", "data": data}
        with suppress(StackUnreachableError):
            self._ask("POST", "sink", "/api/v1/timeline", json=body)

    def faults(
        self, method: str, target: str, path: str, body: Mapping[str, object] | None = None
    ) -> None:
        """Speak with a service's fault interface.

        Raises:
            StackUnreachableError: the service is away, or refuses; says why and what to do.

        """
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self._ask(method, target, f"/faults{path}", json=body, headers=headers)
        if answer.ok:
            return
        why = {
            UNAUTHORIZED: "its token is another one. `make up` gives both sides the same.",
            NOT_FOUND: "its fault interface is off: FAULTS_TOKEN_FILE in docker-compose.yml.",
        }.get(answer.status_code, answer.text)
        raise StackUnreachableError(f"{target} refuses the fault ({answer.status_code}): {why}")

    def _ask(self, method: str, service: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - as requests takes them
        url = self.urls[service] + path
        # A session of its own for each call: threads share none.
        with requests.Session() as session:
            # A company's proxy, which the engine may put into each container's environment, knows
            # nothing of the stack's network.
            session.trust_env = False
            try:
                return session.request(method, url, timeout=TIMEOUT_SECONDS, **options)
            except requests.RequestException as error:
                raise StackUnreachableError(
                    f"{service} does not answer at {url} ({type(error).__name__}). "
                    "Is the stack up? `make up` starts it, `make status` shows it."
                ) from error


def from_environment() -> Endpoints:
    """Return the endpoints that API_URL, ML_URL, …, FAULTS_TOKEN_FILE and STACK_PROJECT name.

    Raises StackUnreachableError where the token's file can't be read.
    """
    urls = {name: os.environ.get(f"{name.upper()}_URL", url) for name, url in DEFAULTS.items()}
    file = Path(os.environ.get("FAULTS_TOKEN_FILE", "/run/secrets/faults_token"))
    try:
        token = file.read_text().strip()
    except OSError as error:
        raise StackUnreachableError(
            f"the fault token can't be read from {file} ({error.strerror}): `make up` makes it"
        ) from error
    return Endpoints(urls, token, os.environ.get("STACK_PROJECT", ""))
