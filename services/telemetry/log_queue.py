"""Log lines that wait for CloudWatch Logs, and batches of them that PutLogEvents takes.

The limits are PutLogEvents' own, as of
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html.
"""

import json
import threading
from collections import deque
from typing import NamedTuple

from telemetry import metrics
from telemetry.redaction import clip

MOST_EVENTS = 10_000
# Of all messages in UTF-8, with 26 for each event; and so of one event.
MOST_BYTES = 1_048_576
OVERHEAD = 26
LONGEST_MESSAGE = MOST_BYTES - OVERHEAD
# Milliseconds between a batch's first event and its last.
LONGEST_SPAN = 24 * 60 * 60 * 1000

# Characters of all lines that wait: ten thousand usual ones are a third of it, and a service's
# container has memory for it besides its own.
MOST_CHARACTERS = 16 * 1024 * 1024

CUT = "[cut: too long for CloudWatch Logs]"
_KEPT_OF_EXTRA = 64 * 1024


class Event(NamedTuple):
    """A line as PutLogEvents takes it; `timestamp` in milliseconds since 1970, `size` in bytes."""

    timestamp: int
    message: str
    size: int


def event(timestamp: int, line: str) -> Event:
    """Return the event of a line; what UTF-8 can't say is escaped, and a line too long is cut."""
    message = line if line.isascii() else line.encode("utf-8", "backslashreplace").decode("utf-8")
    size = _bytes(message)
    if size > LONGEST_MESSAGE:
        message = _cut(message)
        size = _bytes(message)
        metrics.LOG_EVENTS_CUT.inc()
    return Event(timestamp, message, size + OVERHEAD)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8"))


def _cut(line: str) -> str:
    """Return the line as JSON without most of its `extra`, so that filters still read the rest."""
    try:
        record = json.loads(line)
        extra = clip(json.dumps(record["extra"]), _KEPT_OF_EXTRA)
        shorter = json.dumps(record | {"extra": {"cut": f"{extra} {CUT}"}})
    except (ValueError, LookupError, TypeError):
        shorter = line
    if _bytes(shorter) <= LONGEST_MESSAGE:
        return shorter
    # A character that the border divides is left out.
    kept = line.encode("utf-8")[: LONGEST_MESSAGE - len(CUT) - 1]
    return f"{kept.decode('utf-8', 'ignore')} {CUT}"


class LogQueue:
    """Lines in the order they were written, at most `most` of them; threads may share it.

    `waiting` counts what was offered and taken in and is not settled yet. Each line that was ever
    offered is waiting, or counted as shipped or dropped (telemetry.metrics).
    """

    def __init__(self, most: int, most_characters: int = MOST_CHARACTERS) -> None:
        self.waiting = 0
        # Set when there is so much that it should go at once.
        self.ample = threading.Event()
        self._most = most
        self._most_characters = most_characters
        self._enough = min(MOST_EVENTS, max(1, most // 2))
        self._characters = 0
        self._closed = False
        self._lines: deque[tuple[int, str]] = deque()
        # Not a plain lock: a finalizer that logs may run inside.
        self._lock = threading.RLock()

    def offer(self, timestamp: int, line: str) -> None:
        """Take a line in, or count it as dropped where there is no room. Waits for nobody."""
        with self._lock:
            if self._closed:
                return metrics.record_log_events(0, {"shutdown": 1})
            characters = self._characters + len(line)
            if self.waiting >= self._most or characters > self._most_characters:
                return metrics.record_log_events(0, {"queue_full": 1})
            self.waiting += 1
            self._characters = characters
            self._lines.append((timestamp, line))
            if self._has_enough() and not self.ample.is_set():
                self.ample.set()
        return None

    def take(self) -> list[Event]:
        """Return the next batch, in the order of its timestamps; empty where nothing waits.

        For one consumer. Its lines go on waiting until they are settled.
        """
        batch: list[Event] = []
        size = characters = 0
        earliest = latest = 0
        while self._lines and len(batch) < MOST_EVENTS:
            timestamp, line = self._lines[0]
            one = event(timestamp, line)
            earliest = min(earliest, timestamp) if batch else timestamp
            latest = max(latest, timestamp) if batch else timestamp
            size += one.size
            if size > MOST_BYTES or latest - earliest > LONGEST_SPAN:
                break
            self._lines.popleft()
            characters += len(line)
            batch.append(one)
        with self._lock:
            self._characters -= characters
            if not self._has_enough():
                self.ample.clear()
        # Threads may have written at the same time; a stable sort keeps what one of them wrote.
        return sorted(batch, key=lambda one: one.timestamp)

    def settle(self, shipped: int, dropped: dict[metrics.LogLoss, int]) -> None:
        """Count what became of lines that were taken; after `close`, nothing: it has counted."""
        with self._lock:
            if self._closed:
                return
            self.waiting -= shipped + sum(dropped.values())
            metrics.record_log_events(shipped, dropped)

    def close(self) -> None:
        """Count everything that waits as dropped, and take nothing in any more."""
        with self._lock:
            self.settle(0, {"shutdown": self.waiting})
            self._closed = True
            self._lines.clear()
            self._characters = 0

    def _has_enough(self) -> bool:
        return len(self._lines) >= self._enough or self._characters >= MOST_BYTES
