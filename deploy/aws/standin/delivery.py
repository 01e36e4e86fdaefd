"""Brings messages to their subscribers, with the retries that AWS makes.

A message and a subscriber are one row, which is done when the subscriber has taken it. Only a crash
between its answer and our commit repeats a delivery; by the message's id the subscriber knows it.
"""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from deploy.aws.standin import figures
from deploy.aws.standin.scale import Scale
from deploy.aws.standin.senders import DeliveryError, Function, Message, event, invoke, post
from deploy.aws.standin.state import State
from deploy.aws.standin.subscriptions import Subscription, Subscriptions

_log = logging.getLogger("standin.delivery")

# More subscribers than these can't hang at the same time without holding up another.
_WORKERS = 8

# Seconds, unscaled and real, between two requests to confirm a subscription.
_ASKED_EVERY = 60
_LEAST_PAUSE = 5.0

# Takes what a function could not: its ARN, the event and the error.
DeadLetters = Callable[[str, str, str], None]


class Deliveries:
    """The deliveries that are to be made. `functions` are handlers by the function's ARN."""

    def __init__(
        self,
        state: State,
        subscriptions: Subscriptions,
        functions: Mapping[str, Function],
        dead_letters: DeadLetters,
        scale: Scale,
    ) -> None:
        self._state = state
        self._subscriptions = subscriptions
        self._functions = functions
        self._dead_letters = dead_letters
        self._scale = scale
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="delivery")
        self._busy: dict[str, Future[None]] = {}
        self._asked: dict[str, float] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Wait for what is being delivered; the rest is in the file."""
        self._workers.shutdown(cancel_futures=True)

    def pump(self, now: float) -> None:
        """Begin all deliveries that are due, each subscriber's in a thread of its own.

        A subscriber that is slow or dead holds up nobody else.
        """
        for one in self._subscriptions.all():
            with self._lock:
                if one.arn not in self._busy and self._has_work(one, now):
                    self._busy[one.arn] = self._workers.submit(self._serve, one, now)

    @property
    def under_way(self) -> list[Future[None]]:
        """What is being delivered just now, a subscriber each."""
        with self._lock:
            return list(self._busy.values())

    def waiting(self) -> int:
        """Count the deliveries that are to be made yet."""
        return len(self._state.rows("SELECT 1 FROM deliveries WHERE status = 'pending'"))

    def _has_work(self, one: Subscription, now: float) -> bool:
        return not one.confirmed or bool(self._due(one, now))

    def _due(self, one: Subscription, now: float) -> list[sqlite3.Row]:
        return self._state.rows(
            "SELECT deliveries.*, messages.envelope FROM deliveries JOIN messages"
            " USING (message_id) WHERE subscription = ? AND"
            " (status = 'pending' AND next_at <= ? OR status = 'failed') ORDER BY deliveries.seq",
            *(one.arn, now),
        )

    def _serve(self, one: Subscription, now: float) -> None:
        try:
            if not one.confirmed:
                self._ask(one, now)
                return
            for row in self._due(one, now):
                self._deliver(one, row, now)
        except Exception:  # noqa: BLE001 - whatever it is, other subscribers must be told
            _log.exception("Deliveries to %s stopped; they go on at the next tick", _name(one))
        finally:
            with self._lock:
                self._busy.pop(one.arn)

    def _ask(self, one: Subscription, now: float) -> None:
        pause = max(self._scale.seconds(_ASKED_EVERY), _LEAST_PAUSE)
        if now - self._asked.get(one.arn, float("-inf")) < pause:
            return
        self._asked[one.arn] = now
        try:
            post(one, self._subscriptions.confirmation(one, now))
        except DeliveryError as error:
            _log.warning("%s was not asked to confirm: %s", _name(one), error)

    def _deliver(self, one: Subscription, row: sqlite3.Row, now: float) -> None:
        message: Message = json.loads(row["envelope"])
        message = {**message, "UnsubscribeURL": self._subscriptions.unsubscribe_url(one.arn)}
        if row["status"] == "failed":
            self._bury(one, row, message)
            return
        try:
            self._send(one, message)
        except DeliveryError as error:
            self._failed(one, row, error, now)
        else:
            self._mark(row, "delivered")
            figures.DELIVERIES.labels(one.protocol, "delivered").inc()
            _log.info("%s has message %s", _name(one), row["message_id"])

    def _send(self, one: Subscription, message: Message) -> None:
        if one.is_http:
            post(one, message)
            return
        function = self._functions.get(one.endpoint)
        if function is None:
            raise DeliveryError(f"there is no function {one.endpoint}", final=True)
        invoke(function, one, message)

    def _failed(
        self, one: Subscription, row: sqlite3.Row, error: DeliveryError, now: float
    ) -> None:
        attempts = row["attempts"] + 1
        final = error.final or attempts > len(one.waits)
        figures.DELIVERIES.labels(one.protocol, "failed").inc()
        if final:
            _log.error(
                "%s does not get message %s after %d attempts: %s",
                *(_name(one), row["message_id"], attempts, error),
            )
            self._mark(row, "failed", error=str(error), attempts=attempts)
            return
        wait = self._scale.seconds(one.waits[attempts - 1])
        _log.warning("%s gets its message again in %.1f s: %s", _name(one), wait, error)
        self._mark(row, "pending", error=str(error), attempts=attempts, next_at=now + wait)

    def _bury(self, one: Subscription, row: sqlite3.Row, message: Message) -> None:
        """Discard a message, as AWS does; a function's goes to its dead letter queue first."""
        if one.protocol == "lambda":
            body = json.dumps(event(one, message))
            self._dead_letters(one.endpoint, body, row["error"] or "")
        figures.DELIVERIES.labels(one.protocol, "discarded").inc()
        self._mark(row, "discarded")

    def _mark(self, row: sqlite3.Row, status: str, **columns: object) -> None:
        changed = {"status": status, **columns}
        assignments = ", ".join(f"{column} = ?" for column in changed)
        with self._state.transaction() as transaction:
            transaction.execute(
                f"UPDATE deliveries SET {assignments} WHERE seq = ?",  # noqa: S608 - our own names
                (*changed.values(), row["seq"]),
            )


def _name(one: Subscription) -> str:
    """Name a subscriber in the log; an address holds a key, so only its protocol is said."""
    topic = one.topic.rpartition(":")[2]
    return f"{one.protocol} subscriber {one.arn.rpartition(':')[2][:8]} of {topic}"
