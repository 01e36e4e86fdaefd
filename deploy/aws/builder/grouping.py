"""What Alertmanager calls one incident: its dedup_key at PagerDuty, from alertmanager.yml.

Alertmanager groups alerts by their route and its `group_by` labels, and gives PagerDuty the SHA-256
of that group's key, in hexadecimal. The key is the matchers of every route from the root down, each
in braces and joined by slashes, a colon, and the group's labels:

    {}/{severity="critical"}:{alertname="HighErrorRate", severity="critical"}

Read in Alertmanager 0.33's source: `Route.Key` and `aggrGroup.GroupKey` in dispatch/, `Key.Hash` in
notify/util.go. tests/routing holds a running Alertmanager to it.
"""

import hashlib
import re
from functools import cache
from typing import Any

import yaml

from deploy.aws.builder.rules import ROOT, Alert

_MATCHER = re.compile(r'(\w+)="([^"\\]*)"')


class GroupingError(Exception):
    """alertmanager.yml routes an alert in a way that is not understood here; says which."""


def dedup_key(alert: Alert) -> str | None:
    """Return what PagerDuty knows this alert's incident by; None where PagerDuty isn't told of it.

    Raises:
        GroupingError: the routes use more than equality matchers, one level deep.

    """
    labels = {"alertname": alert.name, "severity": alert.severity}
    document = _document()
    root = document["route"]
    for route in root["routes"]:
        matchers = [_parsed(text, route) for text in route["matchers"]]
        if all(labels.get(name) == value for name, value in matchers):
            key = _group_key(root, matchers, labels) if _pages(document, route) else None
            return None if key is None else hashlib.sha256(key.encode()).hexdigest()
    return None


def _group_key(
    root: dict[str, Any], matchers: list[tuple[str, str]], labels: dict[str, str]
) -> str:
    chain = ",".join(f'{name}="{value}"' for name, value in sorted(matchers))
    group = ", ".join(f'{name}="{labels[name]}"' for name in sorted(root["group_by"]))
    return f"{{}}/{{{chain}}}:{{{group}}}"


def _parsed(text: str, route: dict[str, Any]) -> tuple[str, str]:
    found = _MATCHER.fullmatch(text)
    if found is None or route.keys() & {"routes", "group_by", "continue"}:
        raise GroupingError(f"alertmanager.yml: the route with {text} is more than this can follow")
    return found[1], found[2]


def _pages(document: dict[str, Any], route: dict[str, Any]) -> bool:
    (receiver,) = (one for one in document["receivers"] if one["name"] == route["receiver"])
    return "pagerduty_configs" in receiver


@cache
def _document() -> dict[str, Any]:
    text = (ROOT / "alertmanager" / "alertmanager.yml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document
