"""Ask Prometheus what panels ask, and nothing else.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

import json
import re
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

import yaml

from grafana.preview.server.provisioning import Datasource

# No administration, no targets, no configuration, no flags.
READABLE = re.compile(
    r"api/v1/(query|query_range|query_exemplars|series|labels|label/[A-Za-z_]\w*/values|rules|alerts)"
)
FORM = "application/x-www-form-urlencoded"
# Prometheus itself gives up on a query after two minutes; nobody looks at a panel for so long.
SECONDS = 30
SETTINGS_SECONDS = 2
BAD_GATEWAY = 502


class Answer(NamedTuple):
    """What is sent on: status, media type, encoding (empty for none), body."""

    status: int
    media: str
    encoding: str
    body: bytes


def opener() -> OpenerDirector:
    """Return what opens addresses: a company's proxy knows nothing of the stack's network."""
    return build_opener(ProxyHandler({}))


def ask(source: Datasource, path: str, query: str, form: bytes | None, accepted: str) -> Answer:
    """Send a question to Prometheus and return its answer, also where that is an error.

    Args:
        source: the data source.
        path: matches READABLE.
        query: the part of the address after `?`, empty for none.
        form: the fields of a POST, None for a GET.
        accepted: the encodings that the browser takes.

    """
    request = Request(  # noqa: S310 - a provisioned address
        f"{source.url}/{path}" + (f"?{query}" if query else ""),
        data=form,
        headers={"Accept-Encoding": accepted} | ({"Content-Type": FORM} if form else {}),
    )
    try:
        with opener().open(request, timeout=SECONDS) as answer:
            return Answer(
                answer.status,
                answer.headers.get_content_type(),
                answer.headers.get("Content-Encoding", ""),
                answer.read(),
            )
    except HTTPError as error:
        media = error.headers.get_content_type()
        return Answer(error.code, media, error.headers.get("Content-Encoding", ""), error.read())
    except (URLError, OSError) as error:
        text = f"{source.name} does not answer: {getattr(error, 'reason', error)}"
        body = json.dumps({"status": "error", "errorType": "unavailable", "error": text})
        return Answer(BAD_GATEWAY, "application/json", "", body.encode())


def scrape_interval(source: Datasource) -> str | None:
    """Return how often Prometheus scrapes by its own configuration; None where it doesn't say.

    Grafana is told the interval of real time. Where time is scaled, scrapes are closer together.
    """
    address = f"{source.url}/api/v1/status/config"
    try:
        with opener().open(address, timeout=SETTINGS_SECONDS) as answer:
            loaded = yaml.safe_load(json.load(answer)["data"]["yaml"])
        return str(loaded["global"]["scrape_interval"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return None
