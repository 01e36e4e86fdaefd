"""Spans as OTLP carries them over HTTP, in its binary form.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

MEDIA = "application/x-protobuf"

# Bytes of a request, also unpacked. The protocol recommends 20 MiB; a batch of 512 spans is below
# 1 MiB, and this process may take a quarter of a gigabyte in all.
LARGEST = 8 * 1024 * 1024

# zlib's number for a gzip header, and nothing else.
_GZIP = 16 + zlib.MAX_WBITS

_TRACE_ID = 16
_SPAN_ID = 8


class TooLargeError(ValueError):
    """More than LARGEST bytes."""


class BadDataError(ValueError):
    """A body that can't be decoded; the message says why."""


class Received(NamedTuple):
    """A span and what sent it."""

    span: Span
    resource: Resource


class Batch(NamedTuple):
    """The spans of a request that can be used, and how many can't for want of an id or an end."""

    spans: list[Received]
    rejected: int


def unpacked(body: bytes, encoding: str) -> bytes:
    """Return a body without its Content-Encoding: gzip, identity or none.

    Raises TooLargeError, and BadDataError for another encoding or what is no gzip.
    """
    if encoding.lower() in {"", "identity"}:
        return body
    if encoding.lower() != "gzip":
        raise BadDataError(f"Content-Encoding {encoding!r} is neither gzip nor identity")
    unzip = zlib.decompressobj(_GZIP)
    try:
        text = unzip.decompress(body, LARGEST + 1)
    except zlib.error as error:
        raise BadDataError(f"the body is no gzip: {error}") from None
    if len(text) > LARGEST:
        raise TooLargeError
    if not unzip.eof:
        raise BadDataError("the gzip ends too early")
    return text


def decoded(body: bytes) -> Batch:
    """Read a serialized ExportTraceServiceRequest; raises BadDataError."""
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise BadDataError("the body is no ExportTraceServiceRequest") from None
    spans = list(_spans(request))
    usable = [one for one in spans if _is_usable(one.span)]
    return Batch(usable, len(spans) - len(usable))


def _spans(request: ExportTraceServiceRequest) -> Iterator[Received]:
    for of_resource in request.resource_spans:
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield Received(span, of_resource.resource)


def _is_usable(span: Span) -> bool:
    """Say whether ids have their lengths and aren't zero, and the end is not before the start."""
    return (
        len(span.trace_id) == _TRACE_ID
        and len(span.span_id) == _SPAN_ID
        and any(span.trace_id)
        and any(span.span_id)
        and len(span.parent_span_id) in {0, _SPAN_ID}
        and 0 < span.start_time_unix_nano <= span.end_time_unix_nano
    )
