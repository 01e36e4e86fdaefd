"""Single settings of the collector's file: variables, numbers, durations.

https://opentelemetry.io/docs/collector/configuration/#environment-variables
"""

import os
import re
from collections.abc import Mapping
from typing import Any

import yaml

# `${env:NAME}`, `${env:NAME:-default}`, the older `${NAME}`, and `$$` for one dollar.
_VARIABLE = re.compile(r"\$\$|\$\{(?:env:)?([A-Za-z_]\w*)(?::-([^}]*))?\}")

# Go's durations (https://pkg.go.dev/time#ParseDuration), in seconds.
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


class ConfigurationError(ValueError):
    """The file can't be followed; the message says where and why."""


def expand(value: Any) -> Any:  # noqa: ANN401 - YAML
    """Replace variables of the environment; one that is a whole value becomes what YAML reads."""
    if isinstance(value, Mapping):
        return {key: expand(one) for key, one in value.items()}
    if isinstance(value, list):
        return [expand(one) for one in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    expanded = _VARIABLE.sub(_variable, value)
    if not _VARIABLE.fullmatch(value):
        return expanded
    try:
        return yaml.safe_load(expanded)
    except yaml.YAMLError:
        return expanded


def _variable(found: re.Match[str]) -> str:
    name, default = found.groups()
    return "$" if name is None else os.environ.get(name) or default or ""


def seconds(settings: Mapping[str, Any], name: str, default: str) -> float:
    """Return a duration such as `10s` or `1m30s` in seconds; raises ConfigurationError."""
    value = settings.get(name, default)
    if not _DURATION.fullmatch(str(value)):
        raise ConfigurationError(f"{name} is {value!r}: write a duration such as 10s")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(str(value)))


def number(settings: Mapping[str, Any], name: str, least: float, default: float | None) -> float:
    """Return a number that is `least` or more; raises ConfigurationError."""
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
        raise ConfigurationError(f"{name} is {value!r}: write a number of {least:g} or more")
    return value
