"""Traffic that looks like users': they look, ask, think, and sometimes make a mistake."""

import ctypes
import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, task

from loadtest.catalogue import BREAST_CANCER_SHARE, DIGITS_SHARE
from loadtest.traffic import PARENT_VARIABLE

SAMPLES: dict[str, list[list[float]]] = json.loads(
    Path(__file__).with_name("samples.json").read_text()
)
# A set that stays the same: user ids in logs and in the database don't grow with the run.
USER_IDS = [f"user-{number:03}" for number in range(50)]
INVALID_BODIES: list[Any] = [
    {},
    {"model": "digits"},
    {"model": "weather", "features": [1.0]},
    {"model": "digits", "features": [1.0, 2.0]},
    {"model": "breast-cancer", "features": ["high"]},
]
PR_SET_PDEATHSIG = 1


def live_no_longer_than(parent: int) -> None:
    """End this process when its parent does, also when that is killed.

    Linux alone can; elsewhere the parent ends it, unless it is killed.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that drives this traffic is gone")


# Not set where people run Locust themselves.
if PARENT_VARIABLE in os.environ:
    live_no_longer_than(int(os.environ[PARENT_VARIABLE]))


class Person(FastHttpUser):
    """Someone who uses the API. The weights are percent of all requests."""

    wait_time = between(0.3, 0.9)
    # Connections that hang would hide that the API is down.
    connection_timeout = 3.0
    network_timeout = 6.0

    def on_start(self) -> None:
        """Take a name, and remember the last prediction."""
        self.user_id = random.choice(USER_IDS)  # noqa: S311 - not a secret
        self.own: str | None = None

    def predict(self, model: str) -> None:
        """Ask a model about a real row of its data."""
        features = random.choice(SAMPLES[model])  # noqa: S311 - not a secret
        with self.client.post(
            "/api/v1/predict",
            json={"model": model, "features": features},
            headers={"X-User-ID": self.user_id},
            name=f"POST /api/v1/predict {model}",
            catch_response=True,
        ) as response:
            if response.status_code == 201:  # noqa: PLR2004 - HTTP's own number
                self.own = response.json()["id"]

    # The two models' shares are the catalogue's: what a fault of one model does to the API's own
    # alerts follows from them.
    @task(round(100 * BREAST_CANCER_SHARE))
    def predict_breast_cancer(self) -> None:
        """Ask the small model."""
        self.predict("breast-cancer")

    @task(round(100 * DIGITS_SHARE))
    def predict_digits(self) -> None:
        """Ask the other one."""
        self.predict("digits")

    @task(30)
    def browse(self) -> None:
        """Look at the newest predictions."""
        self.client.get("/api/v1/predictions?limit=20", name="GET /api/v1/predictions")

    @task(25)
    def read_own(self) -> None:
        """Look at one's own last prediction, or at the list without one."""
        if self.own is None:
            self.browse()
            return
        self.client.get(f"/api/v1/predictions/{self.own}", name="GET /api/v1/predictions/{id}")

    @task(5)
    def make_a_mistake(self) -> None:
        """Send a body that the API must refuse."""
        with self.client.post(
            "/api/v1/predict",
            json=random.choice(INVALID_BODIES),  # noqa: S311 - not a secret
            name="POST /api/v1/predict (invalid)",
            catch_response=True,
        ) as response:
            if response.status_code == 422:  # noqa: PLR2004 - HTTP's own number
                response.success()
            else:
                response.failure(f"a body that must be refused was answered {response.status_code}")
