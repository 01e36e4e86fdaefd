"""The part of Grafana's HTTP API that the page uses, as data."""

from typing import Any

from grafana.preview.server import provisioning, settings, upstream
from grafana.preview.server.provisioning import Stored

# What tells it from Grafana, whose version is a number.
VERSION = "preview"


def answer(path: str) -> dict[str, Any] | list[dict[str, Any]] | None:
    """Return the JSON for a path below /api/, None where there is none."""
    kind, _, uid = path.rpartition("/")
    if path == "health":
        return {"database": "ok", "version": VERSION}
    if path == "search":
        return [listed(one) for one in provisioning.dashboards(settings.provisioning())]
    if path == "frontend/settings":
        return frontend_settings()
    if path == "dashboards/home":
        return home()
    if kind == "dashboards/uid":
        return by_uid(uid)
    return None


def listed(one: Stored) -> dict[str, Any]:
    """Return a dashboard's line in a list."""
    uid = one.model["uid"]
    return {
        "uid": uid,
        "title": one.model.get("title", uid),
        "tags": one.model.get("tags") or [],
        "type": "dash-db",
        "url": f"/d/{uid}",
        "folderTitle": one.folder,
    }


def by_uid(uid: str) -> dict[str, Any] | None:
    """Return a dashboard and its folder."""
    for one in provisioning.dashboards(settings.provisioning()):
        if one.model["uid"] == uid:
            return {"dashboard": one.model, "meta": {"folderTitle": one.folder}}
    return None


def home() -> dict[str, Any]:
    """Say where the home dashboard is; the list of all where none is set."""
    file = settings.home()
    model = provisioning.dashboard(file) if file else None
    return {"redirectUri": f"/d/{model['uid']}" if model else "/dashboards"}


def frontend_settings() -> dict[str, Any]:
    """Return the data sources, with the interval at which Prometheus really scrapes."""
    found = {}
    for source in provisioning.datasources(settings.provisioning()).values():
        interval = upstream.scrape_interval(source)
        known = {"timeInterval": interval} if interval else {}
        found[source.uid] = {
            "uid": source.uid,
            "name": source.name,
            "type": source.type,
            "jsonData": source.settings | known,
        }
    return {"datasources": found}
