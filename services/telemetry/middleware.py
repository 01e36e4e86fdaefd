"""The one ASGI middleware around a request: span, request id, metrics and its log line."""

import asyncio
import logging

from opentelemetry.trace import use_span
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from telemetry import context, logs, metrics, problems, routes
from telemetry.exchange import CLIENT_LEFT, Exchange

# From here on a request is worth a WARN (specification 4.1, and 4.4's latency query).
_SLOW_SECONDS = 1.0

_INTERNAL_ERROR = 500


class TelemetryMiddleware:
    """Measures, traces and logs each HTTP request, once, whatever becomes of it.

    An exception that escapes the application is logged with the request and answered with a 500
    problem document. It goes no further, unless part of an answer was sent: then the server must
    see it to cut the connection.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.logger = logs.get_logger(f"{service}.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with its request's context, span and bookkeeping around it."""
        if scope["type"] == "lifespan":
            # By now every route is known.
            routes.preset(scope["app"].routes)
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        token = context.enter(exchange.request)
        in_progress = int(exchange.is_traffic)
        metrics.ACTIVE_CONNECTIONS.inc(in_progress)
        try:
            with use_span(exchange.span, record_exception=False, set_status_on_exception=False):
                await self._run(exchange)
        finally:
            metrics.ACTIVE_CONNECTIONS.dec(in_progress)
            context.leave(token)

    async def _run(self, exchange: Exchange) -> None:
        try:
            await self.app(exchange.scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            exchange.client_left()
        except asyncio.CancelledError as cancelled:
            exchange.client_left()
            logs.mark_logged(cancelled)
            raise
        except Exception as error:
            exchange.failed(error)
            logs.mark_logged(error)
            if exchange.started:
                raise
            answer = problems.internal_error(exchange.scope)
            await answer(exchange.scope, exchange.receive, exchange.send)
        finally:
            self._record(exchange)

    def _record(self, exchange: Exchange) -> None:
        template = routes.template(exchange.scope)
        seconds = exchange.seconds
        if exchange.is_traffic:
            metrics.record_request(exchange.method, template, exchange.status, seconds)
        level, message = _verdict(exchange, seconds)
        self.logger.log(
            level,
            message,
            status_code=exchange.status,
            duration_ms=round(seconds * 1000, 3),
            exc_info=exchange.error,
            handlers_extra=exchange.request.extra,
        )
        exchange.end_span(template)


def _verdict(exchange: Exchange, seconds: float) -> tuple[int, str]:
    """Return a request's log level and message (levels: specification 4.1)."""
    if exchange.error is not None:
        return logging.ERROR, "Request failed"
    if not exchange.is_traffic:
        return logging.DEBUG, "Request processed"
    if exchange.status >= _INTERNAL_ERROR:
        return logging.ERROR, "Request failed"
    if exchange.status == CLIENT_LEFT:
        return logging.INFO, "Client left before its answer"
    if seconds > _SLOW_SECONDS:
        return logging.WARNING, "Request processed slowly"
    return logging.INFO, "Request processed"
