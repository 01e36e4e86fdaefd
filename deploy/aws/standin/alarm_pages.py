"""What the alarms' page and the JSON beside it show."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.aws.standin import traces
from deploy.aws.standin.alarms.evaluation import StateValue
from deploy.aws.standin.assembly import Standin
from deploy.aws.standin.subscriptions import Subscription
from deploy.aws.standin.traces.pages import SECURITY

# The traces' pages have the frame that all pages have.
_FOLDERS = [Path(__file__).with_name("templates"), Path(traces.__file__).with_name("templates")]

_FIRST: tuple[StateValue, ...] = ("ALARM", "INSUFFICIENT_DATA", "OK")

_environment = Environment(
    loader=FileSystemLoader(_FOLDERS),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def alarms(standin: Standin) -> list[dict[str, Any]]:
    """Return every alarm, as JSON: name, title, state, reason, since, and its history."""
    register = standin.watch.register
    titles = {one.name: _title(one.properties) for one in standin.template.resources()}
    return [
        {
            "name": one.name,
            "title": titles.get(one.name) or one.name,
            "state": one.state,
            "reason": one.reason,
            "since": _utc(one.since),
            "history": [
                {**past._asdict(), "at": _utc(past.at)} for past in register.history(one.name)
            ],
        }
        for one in register.standings().values()
    ]


def resources(standin: Standin) -> list[dict[str, Any]]:
    """Return the template's resources, as JSON: id, type, name, by whom they are held, and how."""
    return [asdict(one) for one in standin.provisioner.held]


def page(standin: Standin) -> HTMLResponse:
    """Return the page."""
    found = sorted(alarms(standin), key=lambda one: (_FIRST.index(one["state"]), one["name"]))
    states = Counter(one["state"] for one in found)
    held = Counter((one.type, one.by, one.note) for one in standin.provisioner.held)
    text = _environment.get_template("alarms.html").render(
        alarms=found,
        counts={state: states[state] for state in _FIRST},
        problem=standin.engine.problem,
        factor=standin.settings.scale.factor,
        waiting=standin.engine.waiting,
        subscriptions=[_shown(one) for one in standin.subscriptions.all()],
        held=[
            {"type": kind, "by": by, "note": note, "count": count}
            for (kind, by, note), count in sorted(held.items())
        ],
    )
    return HTMLResponse(text.encode("utf-8", "replace"), headers=SECURITY)


def _shown(one: Subscription) -> dict[str, Any]:
    """Say who a subscriber is. An address may hold a key: only its host is shown."""
    who = one.endpoint.rpartition(":")[2]
    if one.is_http:
        who = "/".join(one.endpoint.split("/")[:3])
    topic = one.topic.rpartition(":")[2]
    return {"topic": topic, "who": f"{one.protocol}: {who}", "confirmed": one.confirmed}


def _title(properties: dict[str, Any]) -> str:
    """Return the summary in an alarm's description, or nothing."""
    try:
        return str(json.loads(properties.get("AlarmDescription", ""))["summary"])
    except (KeyError, TypeError, ValueError):
        return ""


def _utc(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")
