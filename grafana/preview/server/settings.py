"""What of Grafana's own configuration this follows.

https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/
"""

import os
from configparser import ConfigParser, Error
from pathlib import Path


def provisioning() -> Path:
    """Return the folder of what is provisioned."""
    return Path(os.environ.get("GF_PATHS_PROVISIONING", "/etc/grafana/provisioning"))


def page_files() -> Path:
    """Return the folder of the built page."""
    return Path(os.environ.get("PREVIEW_FILES", "/app/files"))


def port() -> int:
    """Return the port to listen on."""
    return int(os.environ.get("GF_SERVER_HTTP_PORT", "3000"))


def home() -> Path | None:
    """Return the file of the home dashboard; None where grafana.ini names none."""
    file = ConfigParser(interpolation=None)
    try:
        file.read(os.environ.get("GF_PATHS_CONFIG", "/etc/grafana/grafana.ini"), "utf-8")
    except (OSError, Error):
        return None
    place = file.get("dashboards", "default_home_dashboard_path", fallback="")
    return Path(place) if place else None
