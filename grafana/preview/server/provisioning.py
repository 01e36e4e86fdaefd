"""What Grafana would be provisioned with: data sources, and where dashboards are.

https://grafana.com/docs/grafana/latest/administration/provisioning/
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml


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
    """Yield the YAML documents of a folder, `$NAME` replaced from the environment as Grafana does.

    `$$` is one dollar.
    """
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        text = os.path.expandvars(file.read_text("utf-8")).replace("$$", "$")
        yield yaml.safe_load(text) or {}


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
