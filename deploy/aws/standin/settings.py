"""The stand-in's settings, from the environment; a wrong one is one line that says what to do."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.aws.standin.scale import FACTORS, Scale

# Names that mean this machine, or the Compose network's store.
_LOCAL_NAMES = ("localhost", "moto")

_PORTS = range(1, 65536)

LOG_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")


class SettingsError(ValueError):
    """A setting that is missing or of no use; its text is the line for people."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where everything is. `url` is where moto and subscribers find the stand-in."""

    endpoint: str
    region: str
    template: Path
    collector: Path
    database: Path
    scale: Scale
    sink_url: str
    url: str
    port: int
    log_level: str


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsError for the first that is missing or wrong."""
    port = _port(environment.get("STANDIN_PORT") or "8003")
    level = (environment.get("LOG_LEVEL") or "INFO").upper()
    if level not in LOG_LEVELS:
        raise SettingsError(
            f"LOG_LEVEL is {level[:32]!r}: set it to one of {', '.join(LOG_LEVELS)}."
        )
    for name in ("SLACK_API_URL_FILE", "PAGERDUTY_ROUTING_KEY_FILE"):
        # The notifier reads them anew for each message; that they are missing is said now.
        _file(environment, name)
    return Settings(
        endpoint=_local_endpoint(_required(environment, "AWS_ENDPOINT_URL")),
        region=_required(environment, "AWS_REGION"),
        template=_file(environment, "STANDIN_TEMPLATE"),
        collector=_file(environment, "STANDIN_COLLECTOR"),
        database=Path(_required(environment, "STANDIN_DATABASE")),
        scale=_scale(environment.get("STANDIN_FACTOR") or "1"),
        sink_url=_url(environment, "SINK_URL"),
        url=_url(environment, "STANDIN_URL", f"http://aws:{port}"),
        port=port,
        log_level=level,
    )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingsError(
            f"{name} is not set: set it in this service's environment (docker-compose.yml)."
        )
    return value


def _local_endpoint(url: str) -> str:
    """Return moto's address; whatever could be AWS, or anybody else's, is refused."""
    if not _is_local(url):
        raise SettingsError(
            f"AWS_ENDPOINT_URL is {url[:200]!r}, and this stands in for AWS: point it at moto on "
            "this machine or a private network, such as http://moto:5000."
        )
    return url.rstrip("/")


def _is_local(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or parts.username is not None:
        return False
    if host in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # 169.254.169.254 is private too, and is a cloud's own.
    return address.is_loopback or (
        address.is_private and not address.is_link_local and not address.is_unspecified
    )


def _url(environment: Mapping[str, str], name: str, default: str = "") -> str:
    url = environment.get(name) or default or _required(environment, name)
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise SettingsError(f"{name} is {url[:200]!r}: write an address such as http://sink:8002.")
    return url.rstrip("/")


def _file(environment: Mapping[str, str], name: str) -> Path:
    file = Path(_required(environment, name))
    try:
        with file.open("rb"):
            return file
    except OSError as error:
        raise SettingsError(f"{name}: cannot read {file} ({error.strerror}).") from None


def _scale(text: str) -> Scale:
    try:
        return Scale(int(text))
    except ValueError:
        raise SettingsError(
            f"STANDIN_FACTOR is {text[:32]!r}: set it to one of {', '.join(map(str, FACTORS))}."
        ) from None


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in _PORTS:
        raise SettingsError(f"STANDIN_PORT is {text[:32]!r}: set it to a port, 1 to 65535.")
    return int(text)
