"""POST /v1/traces, answered in OTLP's own words.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request, Response

# The package has its types, but doesn't say so.
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from deploy.aws.standin.collector import otlp
from deploy.aws.standin.collector.collector import Collector

# nginx's status for a client that left; nobody reads it.
_CLIENT_LEFT = 499


def router(collector: Collector) -> APIRouter:
    """Return the route; the collector starts and stops with the application."""

    @asynccontextmanager
    async def runs(_: FastAPI) -> AsyncIterator[None]:
        collector.start()
        yield
        await run_in_threadpool(collector.stop)

    routes = APIRouter(lifespan=runs, include_in_schema=False)

    @routes.post("/v1/traces")
    async def traces(request: Request) -> Response:
        """Take spans."""
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != otlp.MEDIA:
            return _problem(415, f"This takes {otlp.MEDIA} alone, not {media!r}.")
        try:
            body = await _body(request)
            encoding = request.headers.get("content-encoding", "")
            batch = await run_in_threadpool(_take, collector, body, encoding)
        except otlp.TooLargeError:
            return _problem(413, f"A request has {otlp.LARGEST:,} bytes at most, also unpacked.")
        except otlp.BadDataError as error:
            return _problem(400, str(error))
        except ClientDisconnect:
            return Response(status_code=_CLIENT_LEFT)
        return _accepted(batch)

    return routes


def _take(collector: Collector, body: bytes, encoding: str) -> otlp.Batch:
    batch = otlp.decoded(otlp.unpacked(body, encoding))
    collector.take(batch)
    return batch


async def _body(request: Request) -> bytes:
    """Read a body of LARGEST bytes at most; raises TooLargeError as soon as it is longer."""
    chunks: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > otlp.LARGEST:
            raise otlp.TooLargeError
        chunks.append(chunk)
    return b"".join(chunks)


def _accepted(batch: otlp.Batch) -> Response:
    """Answer success; where spans were rejected, say how many and why."""
    answer = ExportTraceServiceResponse()
    if batch.rejected:
        answer.partial_success.rejected_spans = batch.rejected
        answer.partial_success.error_message = (
            "A span needs a trace id of 16 bytes, a span id of 8, neither zero, a start, "
            "and an end that is not before it."
        )
    return Response(answer.SerializeToString(), media_type=otlp.MEDIA)


def _problem(status: int, message: str) -> Response:
    body: bytes = Status(message=message).SerializeToString()
    return Response(body, status, media_type=otlp.MEDIA)
