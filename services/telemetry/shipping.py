"""Log lines to CloudWatch Logs from the process itself, where no log driver does it.

Standard output has every line whatever happens here; on ECS the awslogs driver reads that, and this
stays off. A line waits in a bounded queue, which nothing but memory can slow down; one thread sends
batches. CloudWatch may be slow or away: the queue fills, what finds it full is counted as dropped,
and the alert LogEventsDropped tells. Lines written = shipped + dropped + waiting, always; only a
process that is killed takes what waits along, a second's worth.

boto3 directly, and not watchtower: its queue has no bound, after five attempts in a row it drops a
batch with a Python warning and no count, and it sends again what was perhaps taken (read in 3.4.0).
A batch whose answer got lost is looked up in the stream, which has no other writer, before it is
sent again; that needs logs:GetLogEvents, without which such a batch may arrive twice.
"""

import random
import re
import socket
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from telemetry import cloudwatch, environment, logs, metrics
from telemetry.cloudwatch import Failure, LogStream
from telemetry.log_queue import Event, LogQueue

GROUP = "CLOUDWATCH_LOG_GROUP"
QUEUE_EVENTS = "CLOUDWATCH_QUEUE_EVENTS"
# Three minutes of a service that answers 50 requests a second.
DEFAULT_QUEUE_EVENTS = 10_000
_MOST_QUEUE_EVENTS = 1_000_000

# Seconds between batches that are not full.
_INTERVAL = 1.0
# Seconds between attempts: doubled each time, with jitter.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
# While the service is stopping there is no time for more.
_LAST_PAUSE = 0.2
# A batch whose answer got lost is sent again when two looks, a pause apart, don't find it: what was
# cut off may still be at work on the other side.
_LOOKS = 2

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
_GROUP_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")

_log = logs.get_logger("telemetry.shipping")


def from_environment(service: str) -> "Shipper | None":
    """Start to ship this process' lines; None where CLOUDWATCH_LOG_GROUP is unset.

    Also reads CLOUDWATCH_QUEUE_EVENTS, AWS_REGION and what boto3 reads by itself
    (AWS_ENDPOINT_URL, credentials). A setting that is of no use stops the service.
    """
    group = environment.optional(GROUP, "")
    if not group:
        return None
    if not _GROUP_NAME.fullmatch(group):
        environment.stop(f"{GROUP} is {group[:64]!r}: set it to a log group's name, as /shop/api.")
    most = environment.whole_number(QUEUE_EVENTS, DEFAULT_QUEUE_EVENTS, _MOST_QUEUE_EVENTS)
    region = environment.optional("AWS_REGION", environment.optional("AWS_DEFAULT_REGION", ""))
    try:
        client = cloudwatch.client(region or None, environment.optional("AWS_ENDPOINT_URL", ""))
    except Exception as error:  # noqa: BLE001 - boto3's are of several kinds, and all mean this
        environment.stop(f"{GROUP} is set, but there is no way there: {error} (AWS_REGION?)")
    shipper = Shipper(LogStream(client, group, stream_name(service)), LogQueue(most))
    shipper.start()
    return shipper


def stream_name(service: str) -> str:
    """Return `<service>/<host>/<start>`, which no other process has."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return re.sub("[:*]", "-", f"{service}/{socket.gethostname()}/{now}")


class Shipper:
    """Sends what its queue holds to a stream, in a thread of its own."""

    def __init__(self, stream: LogStream, queue: LogQueue) -> None:
        self.queue = queue
        self._stream = stream
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._well = True
        self._thread = threading.Thread(target=self._run, name="log-shipping", daemon=True)

    def start(self) -> None:
        """Take every line that is logged from now on."""
        metrics.LOG_SHIPPING_QUEUE.set_function(lambda: self.queue.waiting)
        logs.copy_to(self.queue.offer)
        self._thread.start()

    def finish(self) -> None:
        """Send what waits at once; `stop` gives it an end."""
        self._stopping.set()
        self.queue.ample.set()

    def stop(self, seconds: float) -> None:
        """Send what waits, within so many seconds; what is left is counted as dropped."""
        self.finish()
        self._thread.join(seconds)
        self.queue.close()
        self._stopped.set()
        logs.copy_to(None)

    def _run(self) -> None:
        while not self._stopped.is_set():
            # Asked first: what was written until then goes too.
            ends = self._stopping.is_set()
            if not ends:
                self.queue.ample.wait(_INTERVAL)
            if batch := self.queue.take():
                self._deliver(batch)
            elif ends:
                return

    def _deliver(self, batch: Sequence[Event]) -> None:
        """Send a batch until it is settled, or there is no time left."""
        failures = doubts = 0
        while not self._stopped.is_set():
            try:
                if doubts and self._stream.has(batch[-1]):
                    return self._settle(batch, {})
                if doubts <= 1:
                    return self._settle(batch, self._stream.put(batch))
                doubts -= 1
                # A second or two until the next look.
                failures = 2
            except Exception as error:  # noqa: BLE001 - sorted here; the thread must go on
                means = cloudwatch.failure(error)
                if means is Failure.REFUSED:
                    return self._divide(batch, error)
                if means is Failure.UNKNOWN:
                    doubts = _LOOKS
                if means is Failure.MISSING and self._create():
                    failures = 0
                else:
                    self._warn(cloudwatch.code(error), str(error))
            self._pause(failures)
            failures += 1
        return None

    def _create(self) -> bool:
        """Create the stream: at the start, and when CloudWatch has forgotten it."""
        try:
            self._stream.create()
        except Exception as error:  # noqa: BLE001 - as of `_deliver`
            self._warn(cloudwatch.code(error), str(error))
            return False
        return True

    def _divide(self, batch: Sequence[Event], error: Exception) -> None:
        """Find what is refused: one bad line must not cost the others."""
        self._warn(cloudwatch.code(error), str(error))
        if len(batch) == 1:
            return self._settle(batch, {"refused": 1})
        middle = len(batch) // 2
        self._deliver(batch[:middle])
        return self._deliver(batch[middle:])

    def _settle(self, batch: Sequence[Event], dropped: dict[metrics.LogLoss, int]) -> None:
        self.queue.settle(len(batch) - sum(dropped.values()), dropped)
        if dropped:
            self._warn("rejected", ", ".join(f"{n} {reason}" for reason, n in dropped.items()))
        elif not self._well:
            self._well = True
            _log.info("CloudWatch Logs takes log lines again")

    def _pause(self, failures: int) -> None:
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures, 10))
        jitter = random.uniform(0.5, 1)  # noqa: S311 - nobody gains by guessing it
        if self._stopping.wait(longest * jitter):
            self._stopped.wait(_LAST_PAUSE)

    def _warn(self, error: str, detail: str) -> None:
        """Log that lines are not taken, once until they are again."""
        if self._well:
            self._well = False
            _log.warning("CloudWatch Logs does not take log lines", error=error, detail=detail)
