"""What the stand-in measures of itself."""

from prometheus_client import Counter, Gauge, Histogram

TICKS = Counter(
    "standin_ticks_total", "Ticks of the stand-in, by result: done or failed.", ["result"]
)
TICK_DURATION = Histogram(
    "standin_tick_duration_seconds",
    "Seconds that a tick took: reading logs, judging alarms, publishing.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LOG_EVENTS = Counter("standin_log_events_total", "Log events that metric filters have read.")
ALARM_STATE = Gauge(
    "standin_alarm_state", "1 for the state that an alarm has, 0 for others.", ["alarm", "state"]
)
CHANGES = Counter("standin_alarm_changes_total", "Changes of alarms' states.", ["state"])
OUTBOX = Gauge("standin_outbox_messages", "Messages of alarms that no topic has yet.")
WAITING = Gauge("standin_deliveries_waiting", "Deliveries to subscribers that are to be made yet.")
DELIVERIES = Counter(
    "standin_deliveries_total",
    "Attempts to bring a message to a subscriber: delivered, failed (to be repeated), discarded.",
    ["protocol", "result"],
)

# What people compare exists from the start.
for result in ("done", "failed"):
    TICKS.labels(result)
for protocol in ("lambda", "http", "https"):
    for result in ("delivered", "failed", "discarded"):
        DELIVERIES.labels(protocol, result)
