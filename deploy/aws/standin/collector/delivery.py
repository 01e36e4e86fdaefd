"""Segment documents on their way to X-Ray, in a thread of their own.

https://docs.aws.amazon.com/xray/latest/api/API_PutTraceSegments.html
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from deploy.aws.standin.collector import metrics
from telemetry import logs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_xray import XRayClient

    from deploy.aws.standin.collector.segments import Document

# Documents in one call, as the exporter has it.
_LARGEST_CALL = 50

# Traces that may wait to be sent: some seconds of an outage, in which every trace is kept.
_QUEUE = 1_000

# Seconds between one try and the next; after the last one documents are given up.
PAUSES = (0.5, 1.0, 2.0)

# Seconds that what waits has to be sent in when the process ends.
_GRACE = 2.0

# moto never forgets a trace: 10,000 of five spans took 276 MB (28 kB each), while a call took the
# same time at any number. So this many are put there; the stand-in's own store has the newest.
MOST_TRACES = 5_000

# Seconds between two questions whether moto, restarted, has room again.
_ASK_AGAIN = 60.0

_SERVER_ERROR = 500
_THROTTLED = "ThrottledException"

_log = logs.get_logger("standin.collector")


class Delivery:
    """Puts traces into X-Ray and never lets anybody wait: what it can't send is counted.

    `client` must not try again by itself. Nothing is sent before `start`.
    """

    def __init__(
        self,
        client: XRayClient,
        *,
        most_traces: int = MOST_TRACES,
        pauses: Sequence[float] = PAUSES,
        queue: int = _QUEUE,
    ) -> None:
        self._client = client
        self._pauses = pauses
        self._most_traces = most_traces
        self._queue: Queue[Sequence[Document]] = Queue(queue)
        self._ends = Event()
        self._thread = Thread(target=self._run, name="x-ray", daemon=True)
        # How many are there is not known before it was asked.
        self._there = most_traces
        self._asked: float | None = None
        self._answers = True

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, for as long as there is time, and end."""
        self._ends.set()
        self._thread.join(_GRACE)

    def offer(self, documents: Sequence[Document]) -> None:
        """Take the documents of one trace, or count them where the queue is full."""
        try:
            self._queue.put_nowait(documents)
        except Full:
            metrics.SEGMENTS.labels("queue_full").inc(len(documents))

    def _run(self) -> None:
        while not (self._ends.is_set() and self._queue.empty()):
            try:
                documents = self._queue.get(timeout=0.2)
            except Empty:
                continue
            if self._has_room():
                self._there += 1
                self._send(documents)
            else:
                metrics.SEGMENTS.labels("enough").inc(len(documents))

    def _has_room(self) -> bool:
        """Say whether another trace may be put; from time to time ask how many are there."""
        now = time.monotonic()
        is_time = self._asked is None or now - self._asked > _ASK_AGAIN
        if self._there >= self._most_traces and is_time:
            try:
                self._there = self._count()
            except (BotoCoreError, ClientError):
                # It will not take the trace either, which is then counted as what it is.
                return True
            self._asked = now
        return self._there < self._most_traces

    def _count(self) -> int:
        """Return how many traces there are of any time."""
        answer = self._client.get_trace_summaries(
            StartTime=datetime.fromtimestamp(0, UTC),
            EndTime=datetime.now(UTC) + timedelta(days=1),
        )
        return answer["TracesProcessedCount"]

    def _send(self, documents: Sequence[Document]) -> None:
        for first in range(0, len(documents), _LARGEST_CALL):
            texts = [one.text for one in documents[first : first + _LARGEST_CALL]]
            lost, reason = self._put(texts)
            metrics.SEGMENTS.labels("sent").inc(len(texts) - lost)
            metrics.SEGMENTS.labels(reason).inc(lost)

    def _put(self, texts: Sequence[str]) -> tuple[int, str]:
        """Put documents in one call, trying again; return how many X-Ray hasn't got, and why."""
        for pause in (*self._pauses, 0):
            try:
                answer = self._client.put_trace_segments(TraceSegmentDocuments=texts)
            except (BotoCoreError, ClientError) as error:
                if _is_final(error):
                    _log.error("X-Ray refuses segments", exc_info=error)
                    return len(texts), "refused"
                # Whoever stops doesn't wait.
                self._ends.wait(pause)
            else:
                self._tell(answers=True)
                return len(answer["UnprocessedTraceSegments"]), "refused"
        self._tell(answers=False)
        return len(texts), "no_answer"

    def _tell(self, *, answers: bool) -> None:
        """Log that X-Ray stopped to answer, or answers again; not each trace that is lost."""
        if answers == self._answers:
            return
        self._answers = answers
        if answers:
            _log.info("X-Ray answers again")
        else:
            _log.warning("X-Ray does not answer: traces are kept here, and counted as not sent")


def _is_final(error: BotoCoreError | ClientError) -> bool:
    """Say whether the same call would be refused again."""
    if not isinstance(error, ClientError):
        return False
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status < _SERVER_ERROR and error.response["Error"]["Code"] != _THROTTLED
