"""What receivers are sent: the texts of alertmanager.yml rendered by amtool."""

import re
from pathlib import Path
from typing import Any

import yaml

from deploy.stack.console import ROOT
from tests.tools import amtool

CONFIG = ROOT / "alertmanager" / "alertmanager.yml"
DATA = Path(__file__).parent / "notifications"
# Between two texts in what amtool prints: they may hold anything else, blank lines included.
MARK = re.compile(r"^=== (.+) ===\n", re.MULTILINE)


def receiver(name: str) -> dict[str, list[dict[str, Any]]]:
    """Return a receiver of alertmanager.yml by its name."""
    return next(r for r in yaml.safe_load(CONFIG.read_text())["receivers"] if r["name"] == name)


def texts(value: object, path: str) -> dict[str, str]:
    """Return every templated text in a receiver's configuration by its dotted path."""
    if isinstance(value, dict):
        found = [texts(inner, f"{path}.{key}") for key, inner in value.items()]
    elif isinstance(value, list):
        found = [texts(inner, f"{path}.{number}") for number, inner in enumerate(value)]
    else:
        return {path: value} if isinstance(value, str) and "{{" in value else {}
    return {key: text for part in found for key, text in part.items()}


def render(case: str) -> dict[str, str]:
    """Render every text of Slack and PagerDuty for the notification in notifications/<case>.json.

    Returns the texts by their place, such as ``slack.title`` or ``pagerduty.details.since``.
    """
    critical = receiver("pagerduty-critical")
    wanted = texts(critical["slack_configs"][0], "slack")
    wanted |= texts(critical["pagerduty_configs"][0], "pagerduty")
    template = "".join(f"\n=== {place} ===\n{text}" for place, text in wanted.items())
    printed = amtool(
        "template",
        "render",
        "--template.glob=/etc/alertmanager/templates/*.tmpl",
        f"--template.data=/data/{case}.json",
        f"--template.text={template}",
        mounts={DATA: "/data"},
    )
    _, *parts = MARK.split(printed)
    # One line end is the mark's, the last one amtool's own.
    return {
        place: text.removesuffix("\n") for place, text in zip(parts[::2], parts[1::2], strict=True)
    }
