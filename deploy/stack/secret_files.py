"""The secrets of one project: files made at first use, never in git, never shown."""

import secrets
from pathlib import Path

# A Slack incoming webhook's path, in the form of the real ones, with the sink as the host.
SLACK_HOST = "http://sink:8002"
# PagerDuty's integration keys have 32 characters; token_hex gives two for each byte.
KEY_BYTES = 16


def ensure(folder: Path) -> None:
    """Write each secret that is not there yet; one that is there, a real one say, is kept.

    The folder lets nobody but its owner in. The files themselves are readable by all, since
    containers read them as users of their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, make in MAKERS.items():
        file = folder / name
        if not file.exists():
            file.write_text(make())
            file.chmod(0o644)


def password() -> str:
    """Return 128 random bits as 32 lower-case hexadecimal digits."""
    return secrets.token_hex(KEY_BYTES)


def slack_url() -> str:
    """Return the address of a Slack webhook at the sink, with random identifiers."""
    team, hook = (secrets.token_hex(4).upper() for _ in range(2))
    return f"{SLACK_HOST}/services/T{team}/B{hook}/{secrets.token_hex(12)}"


def aws_credentials() -> str:
    """Return credentials of no account, in the form of AWS' shared credentials file."""
    return f"[default]\naws_access_key_id = local\naws_secret_access_key = {password()}\n"


MAKERS = {
    "postgres_password": password,
    "api_database_password": password,
    "exporter_database_password": password,
    "faults_token": password,
    "slack_api_url": slack_url,
    "pagerduty_routing_key": password,
    "grafana_admin_password": password,
    "aws_credentials": aws_credentials,
}
