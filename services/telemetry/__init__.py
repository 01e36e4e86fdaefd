"""What every service of the stack measures, logs and traces, and how it answers errors.

`instrument(app, service=…, version=…)` wires all of it into a FastAPI application. The modules
beside it are the parts: `metrics` declares every metric once, `logs` writes one JSON object a
line, `tracing` makes spans, `propagation` carries traces to the next service, `problems` answers
errors, `middleware` measures a request, `environment` reads settings, `server` runs the
application. Where the environment says so, `span_export` sends spans to a collector and `shipping`
log lines to CloudWatch.
"""

from telemetry.app import instrument

__all__ = ["instrument"]
