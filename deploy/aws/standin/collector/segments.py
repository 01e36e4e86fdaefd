"""Spans as X-Ray's segment documents, as the collector's X-Ray exporter writes them.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html,
https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from deploy.aws.standin.collector import causes, http_block, sql_block
from deploy.aws.standin.collector.attributes import Value, attributes, text
from deploy.aws.standin.collector.configuration import Configuration
from deploy.aws.standin.collector.otlp import Received

# Bytes: X-Ray takes no larger document. moto would.
LARGEST = 64 * 1024

_SECOND = 1_000_000_000

# What a segment's name may not hold, and its length in characters.
_NOT_IN_NAMES = re.compile(r"[^\w\s.:/%&#=+\-@]")
_LONGEST_NAME = 200
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9.]")

_USER = "enduser.id"


class Document(NamedTuple):
    """A segment document: its trace's id (`1-…-…`), its own (16 hexadecimal digits), the JSON."""

    trace_id: str
    id: str
    text: str


def xray_id(trace_id: bytes) -> str:
    """Return a trace's id, 16 bytes, as X-Ray writes it: version, 8 and 24 hexadecimal digits."""
    digits = trace_id.hex()
    return f"1-{digits[:8]}-{digits[8:]}"


def document(received: Received, configuration: Configuration) -> Document:
    """Return a span as a segment, or a subsegment where it isn't where a service began."""
    span = received.span
    is_server = span.kind == Span.SPAN_KIND_SERVER
    is_segment = is_server or not span.parent_span_id
    found = attributes(span.attributes)
    resource = attributes(received.resource.attributes)
    annotations, metadata = _described(found, resource if is_segment else {}, configuration)
    trace_id = xray_id(span.trace_id)
    segment: dict[str, object] = {
        "id": span.span_id.hex(),
        "trace_id": trace_id,
        "parent_id": span.parent_span_id.hex(),
        "name": _name(span, found, resource),
        "type": "" if is_segment else "subsegment",
        "namespace": "remote" if span.kind == Span.SPAN_KIND_CLIENT else "",
        "start_time": span.start_time_unix_nano / _SECOND,
        "end_time": span.end_time_unix_nano / _SECOND,
        **causes.flags(span, found),
        "cause": causes.cause(span),
        "http": http_block.http_block(found, is_server=is_server),
        "sql": sql_block.sql_block(found, span.name),
        "user": text(found, _USER),
        "service": {"version": version} if (version := text(resource, "service.version")) else {},
        "aws": _aws(resource, configuration),
        "annotations": annotations,
        "metadata": {"default": metadata} if metadata else {},
    }
    written = json.dumps({key: value for key, value in segment.items() if value})
    return Document(trace_id, span.span_id.hex(), written)


def _name(span: Span, found: Mapping[str, Value], resource: Mapping[str, Value]) -> str:
    """Return the name of what worked: of the service, of what it called, at last the span's own."""
    name = text(found, "peer.service") or sql_block.database_name(found)
    if not name and span.kind == Span.SPAN_KIND_SERVER:
        name = text(resource, "service.name")
    return name or _NOT_IN_NAMES.sub("", span.name)[:_LONGEST_NAME] or "span"


def _described(
    found: Mapping[str, Value], resource: Mapping[str, Value], configuration: Configuration
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return what no other block tells: annotations, which X-Ray searches, and metadata."""
    sql = sql_block.KEYS if sql_block.sql_block(found, "") else set()
    told = ((http_block.KEYS | sql) - configuration.indexed) | {_USER}
    rest = {key: value for key, value in found.items() if key not in told}
    rest |= {f"otel.resource.{key}": value for key, value in resource.items()}
    annotations: dict[str, Value] = {}
    metadata: dict[str, Value] = {}
    for key, value in rest.items():
        indexed = configuration.index_all or key in configuration.indexed
        if indexed and isinstance(value, str | int | float):
            annotations[_NOT_IN_KEYS.sub("_", key)] = value
        elif value is not None:
            metadata[key] = value
    return annotations, metadata


def _aws(resource: Mapping[str, Value], configuration: Configuration) -> dict[str, object]:
    """Return which SDK recorded it, and where its log is, for X-Ray's link to it."""
    sdk = f"{text(resource, 'telemetry.sdk.name')} for {text(resource, 'telemetry.sdk.language')}"
    # From the environment a list comes as text (https://opentelemetry.io/docs/specs/otel/resource/sdk/).
    named = resource.get("aws.log.group.names")
    listed = named if isinstance(named, list) else str(named or "").split("&")
    groups = [str(one) for one in listed if one] or configuration.log_groups
    return {
        "xray": {"sdk": sdk, "sdk_version": text(resource, "telemetry.sdk.version")},
        "cloudwatch_logs": [{"log_group": one} for one in groups],
    }
