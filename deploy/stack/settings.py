"""The values of .env, each overridden by the environment, as Compose itself reads them."""

import os

from deploy.stack.console import ROOT, StackError

PORTS = (
    "API_PORT",
    "ML_PORT",
    "SINK_PORT",
    "PROMETHEUS_PORT",
    "ALERTMANAGER_PORT",
    "GRAFANA_PORT",
    "AWS_PORT",
)
HIGHEST_PORT = 65535
# The stand-in built from distribution packages for each upstream image: setting → build target.
UPSTREAM = {
    "PYTHON_IMAGE": "python",
    "POSTGRES_IMAGE": "postgres",
    "PROMETHEUS_IMAGE": "prometheus",
    "ALERTMANAGER_IMAGE": "alertmanager",
    "NODE_EXPORTER_IMAGE": "node-exporter",
    "POSTGRES_EXPORTER_IMAGE": "postgres-exporter",
    "CADVISOR_IMAGE": "cadvisor",
    "GRAFANA_IMAGE": "grafana",
}


def read() -> dict[str, str]:
    """Return .env's settings with the environment's values over them.

    Raises:
        StackError: a line is no ``NAME=value``, or a port is no number from 0 to 65535.

    """
    settings = {}
    for number, line in enumerate((ROOT / ".env").read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise StackError(f".env, line {number}: expected NAME=value, found {line!r}")
        settings[name] = os.environ.get(name, value)
    for name in PORTS:
        check_port(name, settings[name])
    if settings["MIRROR"] and not settings["MIRROR"].endswith("/"):
        raise StackError(f"MIRROR={settings['MIRROR']} needs a slash at its end")
    return settings


def check_port(name: str, value: str) -> None:
    """Raise StackError unless the value is a port number."""
    if not (value.isdecimal() and int(value) <= HIGHEST_PORT):
        raise StackError(f"{name}={value} is no port: use a number from 0 to {HIGHEST_PORT}")
