"""Slack's incoming webhooks: what they take, and the words with which they refuse.

Words and their meaning: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
("Handling errors"). Statuses of invalid_payload and channel_not_found:
https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks; of the other
words they are not documented, and are those that clients report. service_unavailable is what all
of Slack's Web API says of itself. `channel` and `username` are
honoured as the legacy webhooks do, which Alertmanager is written for.
"""

import hmac
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from sink.payload import read_object

# Where a message without a channel goes: a webhook's own channel.
DEFAULT_CHANNEL = "#general"
MOST_ATTACHMENTS = 100

# Characters, with the sign: Slack's names have at most 80.
_LONGEST_CHANNEL = 81

_FORM = "application/x-www-form-urlencoded"


class RefusedError(Exception):
    """A refusal: its status, and the word that is the whole body, in plain text."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.status = status
        self.word = word


class Webhook(NamedTuple):
    """A webhook's path, ``/services/<team>/<service>/<token>``; the token is its only secret."""

    team: str
    service: str
    token: str


def webhook(url: str) -> Webhook:
    """Return the webhook of a URL, whatever its host; raises ValueError for another path."""
    match urlsplit(url).path.split("/"):
        case ["", "services", team, service, token] if team and service and token:
            return Webhook(team, service, token)
        case _:
            raise ValueError("it must hold a URL that ends in /services/T…/B…/…")


def check(asked: Webhook, expected: Webhook) -> None:
    """Let the expected webhook in.

    Raises RefusedError: no_team or no_service (404) for another identifier, invalid_token (403).
    """
    if asked.team != expected.team:
        raise RefusedError(404, "no_team")
    if asked.service != expected.service:
        raise RefusedError(404, "no_service")
    if not hmac.compare_digest(asked.token.encode(), expected.token.encode()):
        raise RefusedError(403, "invalid_token")


def unavailable() -> RefusedError:
    """Return the refusal of everybody, while Slack itself fails."""
    return RefusedError(503, "service_unavailable")


def parse(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the message in a body: JSON, or a form whose `payload` is JSON.

    Raises RefusedError: invalid_payload, no_text, too_many_attachments (400), or
    channel_not_found (404).
    """
    try:
        is_form = content_type.partition(";")[0].strip().lower() == _FORM
        message = read_object(_form_payload(body) if is_form else body)
        attachments = _attachments(message)
    except ValueError as error:
        raise RefusedError(400, "invalid_payload") from error
    if len(attachments) > MOST_ATTACHMENTS:
        raise RefusedError(400, "too_many_attachments")
    if not (message.get("text") or attachments or message.get("blocks")):
        raise RefusedError(400, "no_text")
    channel(message)
    return message


def _form_payload(body: bytes) -> str:
    fields = parse_qs(body.decode())
    if "payload" not in fields:
        raise ValueError("the form has no payload")
    return fields["payload"][0]


def _attachments(message: dict[str, Any]) -> list[dict[str, Any]]:
    attachments = message.get("attachments") or []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise ValueError("attachments are objects in a list")
    return attachments


def channel(message: dict[str, Any]) -> str:
    """Return the channel (#) or person (@) that a message is for; raises RefusedError."""
    name = message.get("channel") or DEFAULT_CHANNEL
    if not isinstance(name, str) or name[0] not in "#@" or not 1 < len(name) <= _LONGEST_CHANNEL:
        raise RefusedError(404, "channel_not_found")
    return name
