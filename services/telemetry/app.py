"""One call that makes a FastAPI application observable."""

import atexit
from time import monotonic

from fastapi import FastAPI, Request
from prometheus_client import REGISTRY, exposition
from prometheus_client.openmetrics import exposition as openmetrics
from starlette.responses import Response

from telemetry import environment, logs, metrics, problems, shipping, span_export, tracing
from telemetry.body_limit import LARGEST_BODY, BodyLimitMiddleware
from telemetry.middleware import TelemetryMiddleware
from telemetry.shipping import Shipper
from telemetry.span_export import Spans

# For log lines that are left when the process ends. With uvicorn's grace and the database's it must
# stay below the 10 s after which Compose kills.
_LAST_SHIPMENT = 2.0
# For what the spans had to say meanwhile.
_LAST_WORDS = 0.2


def instrument(
    app: FastAPI, *, service: str, version: str, largest_body: int = LARGEST_BODY
) -> None:
    """Wire logs, tracing, metrics, problem documents and the body limit into an application.

    Adds `GET /metrics` and `GET /livez`, neither in the OpenAPI document. Call it once, before or
    after the routes are added. LOG_LEVEL is read from the environment; a body of more than
    `largest_body` bytes is refused (413). Spans and log lines leave the process where
    OTEL_EXPORTER_OTLP_ENDPOINT and CLOUDWATCH_LOG_GROUP say where to (`span_export`, `shipping`).
    """
    logs.configure(environment.log_level())
    _send(service, version)
    metrics.name_version(version)
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimitMiddleware, largest=largest_body)
    app.add_middleware(TelemetryMiddleware, service=service)
    app.add_api_route("/metrics", _metrics, include_in_schema=False)
    app.add_api_route("/livez", _livez, include_in_schema=False)


def _send(service: str, version: str) -> None:
    """Send spans and lines to where the environment says, until the process ends."""
    metrics.preset_losses()
    provider = tracing.configure(service, version)
    spans = span_export.from_environment()
    if spans is not None:
        provider.add_span_processor(spans)
    shipper = shipping.from_environment(service)
    if spans is not None or shipper is not None:
        # Not with the application's lifespan: the server and the interpreter have last words too.
        atexit.register(_finish, spans, shipper)


def _finish(spans: Spans | None, shipper: Shipper | None) -> None:
    """Let both have their last two seconds, which are the same two."""
    began = monotonic()
    if shipper is not None:
        shipper.finish()
    if spans is not None:
        spans.shutdown()
    if shipper is not None:
        shipper.stop(max(_LAST_WORDS, _LAST_SHIPMENT - (monotonic() - began)))


async def _metrics(request: Request) -> Response:
    """Answer Prometheus in OpenMetrics where it asks for it, else in its text format 0.0.4.

    prometheus_client's own choice repeats the version that a client asks for, and fails on one
    that is no number.
    """
    if "application/openmetrics-text" in request.headers.get("accept", ""):
        text: bytes = openmetrics.generate_latest(REGISTRY)  # type: ignore[no-untyped-call]
        return Response(text, media_type=openmetrics.CONTENT_TYPE_LATEST)
    text = exposition.generate_latest(REGISTRY)
    return Response(text, media_type=exposition.CONTENT_TYPE_PLAIN_0_0_4)


async def _livez() -> dict[str, str]:
    """Answer while the event loop turns; whether the service can work is `/readyz`'s question."""
    return {"status": "alive"}
