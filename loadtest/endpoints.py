"""Where the stack's services answer, and how to ask them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
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


class StackUnreachableError(Exception):
    """The story can't be told: something doesn't answer; the message says what to do."""


@dataclass(frozen=True)
class Endpoints:
    """Base URLs of api, ml, sink, prometheus and alertmanager, and the fault interface's token."""

    urls: Mapping[str, str]
    token: str
    session: requests.Session = field(default_factory=requests.Session, compare=False)

    def get(self, service: str, path: str, **query: str | float) -> Any:  # noqa: ANN401 - JSON
        """Return a service's JSON answer; raises StackUnreachableError."""
        url = self.urls[service] + path
        try:
            answer = self.session.get(url, params=query, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as error:
            raise StackUnreachableError(
                f"{service} does not answer at {url} ({type(error).__name__}). "
                "Is the stack up? `make up` starts it, `make status` shows it."
            ) from error


def from_environment() -> Endpoints:
    """Return the endpoints that API_URL, ML_URL, … and FAULTS_TOKEN_FILE name.

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
    return Endpoints(urls, token)
