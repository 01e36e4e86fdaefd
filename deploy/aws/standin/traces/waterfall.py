"""Where each span's bar stands, for the page."""

from collections.abc import Sequence
from typing import NamedTuple

from deploy.aws.standin.traces.trace import Span, Trace
from deploy.aws.standin.traces.words import duration

# Steps of indentation and colours that the style sheet has.
DEEPEST = 12
COLOURS = 6

# Per cent: what is shorter would not be seen.
_NARROWEST = 0.4

_TICKS = 4


class Bar(NamedTuple):
    """A span and its bar: start and width in per cent, `colour` the number of its service's."""

    span: Span
    offset: float
    left: float
    width: float
    depth: int
    colour: int


def bars(trace: Trace) -> Sequence[Bar]:
    """Return the bars of a trace, from its first start to its last end."""
    colours = {service: number % COLOURS for number, service in enumerate(trace.services)}
    whole = trace.seconds or 1.0
    return [
        Bar(
            span=one,
            offset=one.started - trace.started,
            left=min((one.started - trace.started) / whole * 100, 100 - _NARROWEST),
            width=max(one.seconds / whole * 100, _NARROWEST),
            depth=min(one.depth, DEEPEST),
            colour=colours[one.service],
        )
        for one in trace.spans
    ]


def ticks(trace: Trace) -> Sequence[str]:
    """Return the times below the bars, from nought to the whole."""
    return [duration(trace.seconds * step / _TICKS) for step in range(_TICKS + 1)]
