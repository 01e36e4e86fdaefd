"""What Prometheus has of an incident: raw samples, alerts, its own bounds.

The API is https://prometheus.io/docs/prometheus/latest/querying/api/.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import requests
import yaml

from deploy.scaled_time import durations
from deploy.stack.console import StackError

_SECONDS = 30


class Sample(NamedTuple):
    """A raw sample: Unix time in seconds, value."""

    at: float
    value: float


@dataclass(frozen=True)
class Series:
    """One series' raw samples, in the order of time."""

    labels: Mapping[str, str]
    samples: list[Sample]


class Prometheus:
    """The Prometheus at `url`. Every method raises StackError where it doesn't answer."""

    def __init__(self, url: str) -> None:
        self.url = url

    def samples(self, selector: str, begin: float, end: float) -> list[Series]:
        """Return the raw samples of a selector's series from `begin` to `end` (Unix seconds)."""
        width = max(1, round((end - begin) * 1000))
        found = self._ask("query", query=f"{selector}[{width}ms]", time=f"{end:.3f}")["result"]
        return [
            Series(
                one["metric"],
                [Sample(float(at), float(value)) for at, value in one.get("values", [])],
            )
            for one in found
        ]

    def value(self, expression: str, at: float) -> float | None:
        """Return a query's one value at a time, None where it has none."""
        found = self._ask("query", query=expression, time=f"{at:.3f}")["result"]
        return float(found[0]["value"][1]) if found else None

    def interval(self) -> float:
        """Return the scrape interval in seconds."""
        document = yaml.safe_load(self._ask("status/config")["yaml"])
        return durations.read(document["global"]["scrape_interval"]).total_seconds()

    def oldest(self) -> float:
        """Return since when there are samples (Unix seconds): retention took what was before."""
        now = self.value("vector(time())", time.time()) or 0.0
        return self.value("min(prometheus_tsdb_lowest_timestamp_seconds)", now) or now

    def _ask(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        url = f"{self.url}/api/v1/{path}"
        try:
            answer = requests.get(url, params=query, timeout=_SECONDS)
            document = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise StackError(
                f"Prometheus does not answer at {self.url} ({type(error).__name__}): without it "
                "nothing can be counted. `make up` starts it; then try again"
            ) from error
        if document.get("status") != "success":
            raise StackError(f"Prometheus refuses {path}: {document.get('error')}")
        return document["data"]
