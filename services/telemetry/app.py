"""One call that makes a FastAPI application observable."""

from fastapi import FastAPI, Request
from prometheus_client import REGISTRY, exposition
from prometheus_client.openmetrics import exposition as openmetrics
from starlette.responses import Response

from telemetry import environment, logs, metrics, problems, tracing
from telemetry.body_limit import LARGEST_BODY, BodyLimitMiddleware
from telemetry.middleware import TelemetryMiddleware


def instrument(
    app: FastAPI, *, service: str, version: str, largest_body: int = LARGEST_BODY
) -> None:
    """Wire logs, tracing, metrics, problem documents and the body limit into an application.

    Adds `GET /metrics` and `GET /livez`, neither in the OpenAPI document. Call it once, before or
    after the routes are added. LOG_LEVEL is read from the environment; a body of more than
    `largest_body` bytes is refused (413).
    """
    logs.configure(environment.log_level())
    tracing.configure(service, version)
    metrics.name_version(version)
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimitMiddleware, largest=largest_body)
    app.add_middleware(TelemetryMiddleware, service=service)
    app.add_api_route("/metrics", _metrics, include_in_schema=False)
    app.add_api_route("/livez", _livez, include_in_schema=False)


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
