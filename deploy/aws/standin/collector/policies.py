"""Which traces are kept: three of the collector's tail sampling policies, decided as it decides.

https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/processor/tailsamplingprocessor
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

STATUS_CODES = {
    "OK": Status.STATUS_CODE_OK,
    "ERROR": Status.STATUS_CODE_ERROR,
    "UNSET": Status.STATUS_CODE_UNSET,
}

# FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/), salted as the collector salts it:
# locally the same traces are kept as in AWS.
_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_LARGEST = 2**64 - 1
DEFAULT_SALT = "default-hash-seed"

_NANOSECONDS = 1_000_000


class Policy(Protocol):
    """One reason to keep a trace; one that holds is enough."""

    @property
    def words(self) -> str:
        """What it keeps, for people."""

    def keeps(self, trace_id: bytes, spans: Sequence[Span]) -> bool:
        """Say whether it keeps a trace, by all of its spans that have come."""


@dataclass(frozen=True, slots=True)
class StatusCode:
    """Keeps a trace where any span has one of these codes: OK, ERROR, UNSET."""

    codes: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it keeps, for people."""
        return f"every trace with a span whose status is {' or '.join(self.codes)}"

    def keeps(self, _: bytes, spans: Sequence[Span]) -> bool:
        """Say whether a span has one of the codes."""
        wanted = {STATUS_CODES[code] for code in self.codes}
        return any(span.status.code in wanted for span in spans)


@dataclass(frozen=True, slots=True)
class Latency:
    """Keeps a trace that took this long, in milliseconds, from its first start to its last end."""

    threshold_ms: int

    @property
    def words(self) -> str:
        """What it keeps, for people."""
        return f"every trace of {self.threshold_ms:,} ms or more"

    def keeps(self, _: bytes, spans: Sequence[Span]) -> bool:
        """Say whether first start and last end are so far apart; whole milliseconds count."""
        started = min(span.start_time_unix_nano for span in spans)
        ended = max(span.end_time_unix_nano for span in spans)
        return (ended - started) // _NANOSECONDS >= self.threshold_ms


@dataclass(frozen=True, slots=True)
class Probabilistic:
    """Keeps this percentage of all traces, 0 … 100: always the same ones, chosen by their ids."""

    percentage: float
    salt: str = DEFAULT_SALT

    @property
    def words(self) -> str:
        """What it keeps, for people."""
        return f"{self.percentage:g} % of all traces, whatever they are"

    def keeps(self, trace_id: bytes, _: Sequence[Span]) -> bool:
        """Say whether the trace is among those, by the hash of its id (16 bytes)."""
        hashed = _OFFSET
        for byte in self.salt.encode() + trace_id:
            hashed = ((hashed ^ byte) * _PRIME) & _LARGEST
        return hashed <= int(self.percentage / 100 * _LARGEST)
