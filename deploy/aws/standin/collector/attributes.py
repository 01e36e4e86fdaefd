"""Attributes of spans and resources as plain values, as JSON can hold them."""

import base64
import math
from collections.abc import Iterable, Mapping

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Value = str | bool | int | float | list["Value"] | dict[str, "Value"] | None

# Lists in lists in lists: only an attack goes deeper.
_DEEPEST = 8


def attributes(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    """Return attributes by their keys; of a key that comes twice the last."""
    return _mapping(pairs, 0)


def text(found: Mapping[str, Value], key: str) -> str:
    """Return an attribute that is text; empty where there is none."""
    value = found.get(key)
    return value if isinstance(value, str) else ""


def _mapping(pairs: Iterable[KeyValue], depth: int) -> dict[str, Value]:
    return {pair.key: _plain(pair.value, depth) for pair in pairs}


def _plain(value: AnyValue, depth: int) -> Value:
    kind = value.WhichOneof("value")
    if kind is None or depth > _DEEPEST:
        return None
    if kind == "array_value":
        return [_plain(one, depth + 1) for one in value.array_value.values]
    if kind == "kvlist_value":
        return _mapping(value.kvlist_value.values, depth + 1)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    plain: str | bool | int | float = getattr(value, kind)
    # JSON has no NaN and no infinity.
    return str(plain) if isinstance(plain, float) and not math.isfinite(plain) else plain
