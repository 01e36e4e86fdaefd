"""From received spans to stored traces: sampled, written as segments, stored, sent to X-Ray."""

import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

from deploy.aws.standin.collector import metrics
from deploy.aws.standin.collector.configuration import Configuration
from deploy.aws.standin.collector.delivery import Delivery
from deploy.aws.standin.collector.otlp import Batch, Received
from deploy.aws.standin.collector.sampling import TailSampler, Whereabouts
from deploy.aws.standin.collector.segments import LARGEST, Document, document
from telemetry import logs

# Seconds between two looks for traces whose time has come.
_STEP = 0.25

_log = logs.get_logger("standin.collector")

Store = Callable[[Sequence[Document]], None]


class Collector:
    """Takes spans and never lets anybody wait.

    `store` keeps the documents of a trace and may be called again for the same trace; `delivery`
    puts them into X-Ray.
    """

    def __init__(self, configuration: Configuration, store: Store, delivery: Delivery) -> None:
        self.configuration = configuration
        self._store = store
        self._delivery = delivery
        self._sampler = TailSampler(configuration)
        self._ends = Event()
        self._thread = Thread(target=self._run, name="tail-sampling", daemon=True)

    def start(self) -> None:
        """Begin to decide on traces, and to send them."""
        self._delivery.start()
        self._thread.start()

    def stop(self) -> None:
        """Decide on every trace at once, by the spans that have come, and end."""
        self._ends.set()
        self._thread.join()
        for received in self._sampler.due(float("inf")):
            self._keep(received)
        self._delivery.stop()

    def take(self, batch: Batch) -> None:
        """Take the spans of a request, and count those that were rejected."""
        metrics.SPANS.labels("accepted").inc(len(batch.spans))
        metrics.SPANS.labels("rejected").inc(batch.rejected)
        for late in self._sampler.add(batch.spans, time.monotonic()):
            self._keep(late)

    def whereabouts(self, trace_id: bytes) -> Whereabouts:
        """Return what is known of a trace, 16 bytes."""
        return self._sampler.whereabouts(trace_id)

    def _run(self) -> None:
        while not self._ends.wait(_STEP):
            for received in self._sampler.due(time.monotonic()):
                self._keep(received)

    def _keep(self, received: Sequence[Received]) -> None:
        """Store and send a trace; one that can't be kept must not stop those after it."""
        try:
            documents = [document(one, self.configuration) for one in received]
            fitting = [one for one in documents if len(one.text) <= LARGEST]
            metrics.SEGMENTS.labels("too_large").inc(len(documents) - len(fitting))
            if fitting:
                self._store(fitting)
                self._delivery.offer(fitting)
        except Exception as error:  # noqa: BLE001 - see above
            _log.error("A trace was not kept", exc_info=error)
