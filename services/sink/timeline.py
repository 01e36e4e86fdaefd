"""An incident with all that is known of it: who does what, and its timeline.

The timeline is made of PagerDuty's events on the incident and of the journal's entries: the
incident's own, and those of its time that belong to none, from some time before the page on,
because what caused it came first.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sink.deliveries import utc
from sink.journal import Entry

# Real time; a scaled stack divides it.
BEFORE = timedelta(minutes=30)

# What a person's button says.
_WITHOUT_WORDS = {"acknowledge": "Acknowledged", "resolve": "Resolved"}
_EVENTS = {"trigger": "page", "acknowledge": "acknowledged", "resolve": "resolved"}


def told(incident: dict[str, Any], entries: Iterable[Entry]) -> dict[str, Any]:
    """Return an incident of `incidents.from_events` with what the journal says of it.

    Adds `declared` (null, or severity, commander, channel, at, by: the last declaration) and
    `escalated_to` (null, or the last level that was called).
    """
    own = [one for one in entries if one.incident == incident["id"]]
    declared = [one for one in own if one.kind == "declared"]
    escalated = [one for one in own if one.kind == "escalated"]
    return {
        **incident,
        "declared": _declaration(declared[-1]) if declared else None,
        "escalated_to": escalated[-1].data["level"] if escalated else None,
    }


def of(
    incident: dict[str, Any], entries: Iterable[Entry], before: timedelta
) -> list[dict[str, Any]]:
    """Return an incident's timeline, oldest first: `at`, `kind`, `text`, `by`, `data` of each.

    `kind` is page, acknowledged, resolved, or one of `journal.KINDS`. `before` is how long before
    the page what belongs to no incident is listed.
    """
    begin = utc(datetime.fromisoformat(incident["triggered_at"]) - before)
    # Without an end everything until now, whatever the clock of the one who says it.
    end = incident["resolved_at"] or "9"
    lines = [_line(one) for one in entries if _belongs(one, incident["id"], begin, end)]
    lines += [_event(one) for one in incident["events"]]
    return sorted(lines, key=lambda line: str(line["at"]))


def channel(incident: dict[str, Any]) -> str:
    """Return the name of an incident's Slack channel, as ``#inc-20261125-higherrorrate-15``.

    Slack's names are lower case, of at most 80 characters:
    https://api.slack.com/methods/conversations.create#naming
    """
    words = "".join(one if one.isalnum() else "-" for one in str(incident["class"] or "incident"))
    day = incident["triggered_at"][:10].replace("-", "")
    return f"#inc-{day}-{words.lower()[:40]}-{incident['id']}"


def _belongs(entry: Entry, incident: int, begin: str, end: str) -> bool:
    if entry.incident is not None:
        return entry.incident == incident
    return begin <= entry.at <= end


def _declaration(entry: Entry) -> dict[str, Any]:
    return {**entry.data, "at": entry.at, "by": entry.by}


def _line(entry: Entry) -> dict[str, Any]:
    shown = ("at", "kind", "text", "by", "data")
    return {name: value for name, value in asdict(entry).items() if name in shown}


def _event(event: dict[str, Any]) -> dict[str, Any]:
    by = event["by"] or str(event["client"] or "unnamed")
    return {
        "at": event["received_at"],
        "kind": _EVENTS[event["action"]],
        "text": str(event["summary"] or _WITHOUT_WORDS.get(event["action"], "")),
        "by": by,
        "data": {},
    }
