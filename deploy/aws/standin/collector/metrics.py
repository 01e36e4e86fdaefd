"""What becomes of spans and traces, counted."""

from prometheus_client import Counter, Gauge

SPANS = Counter(
    "standin_spans_total",
    "Spans that arrived over OTLP, by what became of them: accepted or rejected.",
    ["result"],
)
DECISIONS = Counter(
    "standin_trace_decisions_total",
    "Traces that tail sampling decided on: sampled, not_sampled, or forgotten for want of memory.",
    ["decision"],
)
HELD = Gauge(
    "standin_traces_held",
    "Traces that wait for their decision.",
)
SEGMENTS = Counter(
    "standin_segments_total",
    "Segment documents, by what became of them on their way to X-Ray.",
    ["result"],
)

# What alerts or people compare exists from the start.
for result in ("accepted", "rejected"):
    SPANS.labels(result)
for decision in ("sampled", "not_sampled", "forgotten"):
    DECISIONS.labels(decision)
# X-Ray took it; X-Ray refused it; it is larger than X-Ray takes; the queue was full; X-Ray did not
# answer; what stands for X-Ray has its fill.
for result in ("sent", "refused", "too_large", "queue_full", "no_answer", "enough"):
    SEGMENTS.labels(result)
