"""Slack's incoming webhooks: what they take, and the words with which they refuse.

Sources: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (errors and their
statuses) and, for `channel`, `fallback` and attachments, the legacy attachments' reference.
"""

import hmac
import json
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

DEFAULT_CHANNEL = "#general"
MOST_ATTACHMENTS = 100


class RefusedError(Exception):
    """What Slack would refuse: its status and its one word, in plain text."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.status = status
        self.word = word


class Webhook(NamedTuple):
    """The three parts of a webhook's path, ``/services/<team>/<hook>/<token>``."""

    team: str
    hook: str
    token: str


def webhook(url: str) -> Webhook:
    """Return the parts of a webhook's URL; raises ValueError for another URL."""
    parts = urlsplit(url).path.split("/")
    match parts:
        case ["", "services", team, hook, token]:
            return Webhook(team, hook, token)
        case _:
            raise ValueError("the URL must end in /services/T…/B…/…")


def check(asked: Webhook, expected: Webhook) -> None:
    """Refuse a webhook that isn't the expected one.

    Raises RefusedError: no_team or no_service (404) for other identifiers, invalid_token (403) for
    another secret.
    """
    if asked.team != expected.team:
        raise RefusedError(404, "no_team")
    if asked.hook != expected.hook:
        raise RefusedError(404, "no_service")
    if not hmac.compare_digest(asked.token.encode(), expected.token.encode()):
        raise RefusedError(403, "invalid_token")


def parse(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the message of a webhook's body: JSON, or a form with JSON in `payload`.

    Raises RefusedError: invalid_payload, no_text, too_many_attachments (400) or channel_not_found
    (404).
    """
    try:
        text = body.decode()
        if content_type.startswith("application/x-www-form-urlencoded"):
            text = parse_qs(text, strict_parsing=True)["payload"][0]
        message = json.loads(text)
    except (ValueError, KeyError, RecursionError) as error:
        raise RefusedError(400, "invalid_payload") from error
    if not isinstance(message, dict):
        raise RefusedError(400, "invalid_payload")
    attachments = message.get("attachments") or []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise RefusedError(400, "invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise RefusedError(400, "too_many_attachments")
    if not (message.get("text") or attachments or message.get("blocks")):
        raise RefusedError(400, "no_text")
    channel(message)
    return message


def channel(message: dict[str, Any]) -> str:
    """Return the channel that a message is for; raises RefusedError for none of Slack's."""
    name = message.get("channel") or DEFAULT_CHANNEL
    if not isinstance(name, str) or not name.startswith(("#", "@")) or len(name) > 81:  # noqa: PLR2004 - Slack's 80 characters and the sign
        raise RefusedError(404, "channel_not_found")
    return name
