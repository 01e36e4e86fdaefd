"""The alarms' states and their history, and what goes out for a change: in one transaction."""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from deploy.aws.standin.alarms.evaluation import StateValue
from deploy.aws.standin.alarms.message import Change
from deploy.aws.standin.alarms.reasons import INITIAL
from deploy.aws.standin.state import State, trim


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm's state and why, since when it has it and since when the alarm is known."""

    name: str
    state: StateValue
    reason: str
    reason_data: str
    since: float
    created: float


class Past(NamedTuple):
    """One change of an alarm's state, for people; `at` in seconds since 1970."""

    at: float
    old: StateValue
    new: StateValue
    reason: str


class Outgoing(NamedTuple):
    """A message for a topic (its ARN)."""

    topic: str
    subject: str
    body: str

    @property
    def digest(self) -> str:
        """What the message is recognised by when it comes back from moto, which names it anew."""
        return hashlib.sha256(f"{self.topic}\n{self.body}".encode()).hexdigest()


class Register:
    """All alarms' standings, as they are in the file."""

    def __init__(self, state: State) -> None:
        self._state = state

    def enrol(self, names: Iterable[str], now: float) -> None:
        """Begin with exactly these alarms; those that are known keep their state, as in AWS."""
        known = {row["name"] for row in self._state.rows("SELECT name FROM alarms")}
        wanted = set(names)
        with self._state.transaction() as transaction:
            transaction.executemany(
                "INSERT INTO alarms VALUES (?, 'INSUFFICIENT_DATA', ?, '{}', ?, ?)",
                [(name, INITIAL, now, now) for name in sorted(wanted - known)],
            )
            transaction.executemany(
                "DELETE FROM alarms WHERE name = ?", [(name,) for name in known - wanted]
            )

    def standings(self) -> dict[str, Standing]:
        """Return every alarm's standing by its name."""
        rows = self._state.rows("SELECT * FROM alarms ORDER BY name")
        return {row["name"]: Standing(**row) for row in rows}

    def history(self, name: str, newest: int = 20) -> list[Past]:
        """Return an alarm's last changes, the newest first."""
        rows = self._state.rows(
            "SELECT at, old, new, reason FROM history WHERE alarm = ? ORDER BY seq DESC LIMIT ?",
            *(name, newest),
        )
        return [Past(*row) for row in rows]

    def record(
        self, changes: Mapping[Change, Iterable[Outgoing]], settings: Mapping[str, str]
    ) -> None:
        """Keep changes, their messages and where the evaluation is, all of it or nothing."""
        with self._state.transaction() as transaction:
            for change, messages in changes.items():
                _keep(transaction, change)
                transaction.executemany(
                    "INSERT OR IGNORE INTO outbox (digest, topic, subject, body, next_at)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [(one.digest, *one, change.at) for one in messages],
                )
            transaction.executemany(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)", list(settings.items())
            )
            if changes:
                trim(transaction, "history")


def _keep(transaction: sqlite3.Connection, change: Change) -> None:
    transaction.execute(
        "UPDATE alarms SET state = ?, reason = ?, reason_data = ?, since = ? WHERE name = ?",
        (change.new, change.reason, change.reason_data, change.at, change.name),
    )
    transaction.execute(
        "INSERT INTO history (alarm, at, old, new, reason) VALUES (?, ?, ?, ?, ?)",
        (change.name, change.at, change.old, change.new, change.reason),
    )
