"""What Grafana would be provisioned with: data sources, and where dashboards are.

https://grafana.com/docs/grafana/latest/administration/provisioning/
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

# As Go's os.ExpandEnv has it: a variable that is not set is empty.
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class Datasource(NamedTuple):
    """A provisioned data source: `url` without a slash at its end, `settings` its jsonData."""

    uid: str
    name: str
    type: str
    url: str
    settings: dict[str, Any]


class Stored(NamedTuple):
    """A provisioned dashboard: the title of its folder, its file, its JSON."""

    folder: str
    file: Path
    model: dict[str, Any]


def documents(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the YAML documents of a folder, with the environment's variables in their values."""
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        yield interpolated(yaml.safe_load(file.read_text("utf-8")) or {})


def interpolated(value: Any) -> Any:  # noqa: ANN401 - YAML
    """Replace `$NAME` and `${NAME}` in each text from the environment, as Grafana does.

    `$$` is one dollar; what a variable holds is not looked at again.
    """
    if isinstance(value, dict):
        return {key: interpolated(one) for key, one in value.items()}
    if isinstance(value, list):
        return [interpolated(one) for one in value]
    if not isinstance(value, str):
        return value
    return "$".join(_VARIABLE.sub(_held, part) for part in value.split("$$"))


def _held(found: re.Match[str]) -> str:
    return os.environ.get(found.group(1) or found.group(2), "")


def datasources(provisioning: Path) -> dict[str, Datasource]:
    """Return the data sources by their uid."""
    found = [
        Datasource(
            one["uid"], one["name"], one["type"], one["url"].rstrip("/"), one.get("jsonData") or {}
        )
        for document in documents(provisioning / "datasources")
        for one in document.get("datasources") or []
    ]
    return {one.uid: one for one in found}


def dashboards(provisioning: Path) -> list[Stored]:
    """Return every dashboard as its file has it now, in the order of titles.

    A file that is no JSON object with a uid is left out: Grafana, too, shows the others.
    """
    found = []
    for document in documents(provisioning / "dashboards"):
        for provider in document.get("providers") or []:
            for file in sorted(Path(provider["options"]["path"]).rglob("*.json")):
                model = dashboard(file)
                if model is not None:
                    found.append(Stored(provider.get("folder") or "", file, model))
    return sorted(found, key=lambda one: str(one.model.get("title")))


def dashboard(file: Path) -> dict[str, Any] | None:
    """Return a dashboard's JSON, None where the file holds none."""
    try:
        model = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return model if isinstance(model, dict) and model.get("uid") else None
