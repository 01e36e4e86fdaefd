"""The dashboards' files, parsed, and their queries as Prometheus would be asked them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.stack.console import ROOT

FOLDER = ROOT / "grafana" / "dashboards"
FILES = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
# What Grafana puts in place of its own variables, for a look at any time.
INTERVALS = {"$__rate_interval": "1m", "$__interval": "15s", "$__range": "1h"}
Panel = dict[str, Any]


def panels(uid: str) -> list[Panel]:
    """Return a dashboard's panels, without the headings of sections."""
    return [panel for panel in FILES[uid]["panels"] if panel["type"] != "row"]


def all_panels() -> Iterator[tuple[str, Panel]]:
    """Return every dashboard's uid with each of its panels."""
    for uid in FILES:
        for panel in panels(uid):
            yield uid, panel


def panel(uid: str, title: str) -> Panel:
    """Return the one panel of this title."""
    (found,) = (one for one in panels(uid) if one["title"] == title)
    return found


def variables(uid: str) -> dict[str, str]:
    """Return a dashboard's variables: name → the query of its values."""
    found = FILES[uid].get("templating", {}).get("list", [])
    return {one["name"]: one["query"]["query"] for one in found}


def asked(expression: str, values: Mapping[str, str]) -> str:
    """Return a panel's expression with Grafana's and its dashboard's variables put in.

    `values` are the dashboard's, as regular expressions.
    """
    for name, text in INTERVALS.items():
        expression = expression.replace(name, text)
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], expression)


def thresholds(one: Panel) -> list[float]:
    """Return the values at which a panel's colour changes, overrides' included."""
    config = one.get("fieldConfig", {})
    found = [config.get("defaults", {}).get("thresholds", {})]
    for override in config.get("overrides", []):
        found += [each["value"] for each in override["properties"] if each["id"] == "thresholds"]
    steps = [step for each in found for step in each.get("steps", [])]
    return [step["value"] for step in steps if step["value"] is not None]


def colours(one: Panel) -> list[str]:
    """Return the colours that a panel gives to series by their names."""
    overrides = one.get("fieldConfig", {}).get("overrides", [])
    properties = [each for override in overrides for each in override["properties"]]
    return [each["value"]["fixedColor"] for each in properties if each["id"] == "color"]
