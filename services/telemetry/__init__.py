"""What every service of the stack measures, logs and traces, and how it answers errors.

`instrument(app, service=…, version=…)` wires all of it into a FastAPI application. The modules
beside it are the parts: `metrics` declares every metric once, `logs` writes one JSON object a
line, `tracing` carries the W3C trace context, `problems` answers errors, `middleware` measures a
request, `environment` reads settings, `server` runs the application.
"""

from telemetry.app import instrument

__all__ = ["instrument"]
