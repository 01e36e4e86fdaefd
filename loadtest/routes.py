"""Alertmanager's routing tree: which settings an alert of these labels has."""

import re
from collections.abc import Mapping
from typing import Any

_MATCHER = re.compile(r'^\s*(\w+)\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*$')


def route_of(route: Mapping[str, Any], labels: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the settings of the first route that takes these labels, inherited ones included.

    https://prometheus.io/docs/alerting/latest/configuration/#route
    """
    for child in route.get("routes") or []:
        if all(_matches(matcher, labels) for matcher in child.get("matchers") or []):
            inherited = {key: value for key, value in route.items() if key != "routes"}
            return route_of({**inherited, **child}, labels)
    return route


def _matches(matcher: str, labels: Mapping[str, str]) -> bool:
    parts = _MATCHER.match(matcher)
    if parts is None:
        raise ValueError(f"{matcher!r} is no matcher of Alertmanager's")
    name, operator, wanted = parts.groups()
    value = labels.get(name, "")
    found = re.fullmatch(wanted, value) is not None if "~" in operator else value == wanted
    return found != operator.startswith("!")
