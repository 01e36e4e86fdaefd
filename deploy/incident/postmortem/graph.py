"""The incident as a picture: what failed of all requests, interval by interval, and when who acted.

Plain SVG in one colour scheme for light pages and dark ones; no script, no font of its own.
"""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from deploy.incident.postmortem.counting import Interval

_WIDTH, _HEIGHT = 960, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 46, 34
_GRID, _INK, _BAD, _ALL = "#8a8f98", "#6b7079", "#d9304a", "#9db7d5"
_STEPS = 4
_OPEN = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
    'font-family="sans-serif" font-size="12">'
)


class Mark(NamedTuple):
    """Something that happened, at a time in Unix seconds."""

    at: float
    words: str


class Frame(NamedTuple):
    """The part of time (Unix seconds) and of numbers that is shown."""

    begin: float
    end: float
    most: float

    def x(self, at: float) -> float:
        """Return where a time is."""
        share = (at - self.begin) / max(self.end - self.begin, 1e-9)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return where a number is."""
        return _HEIGHT - _BOTTOM - value / self.most * (_HEIGHT - _TOP - _BOTTOM)


def draw(
    intervals: Sequence[Interval],
    length: float,
    marks: Sequence[Mark],
    ticks: Sequence[Mark],
    title: str,
) -> str:
    """Return the picture of intervals of `length` seconds; `title` is also its text for readers.

    Bars are requests per interval: pale what was answered, red what failed. `marks` are named
    lines, `ticks` the labels below.
    """
    frame = Frame(
        intervals[0].end - length,
        max(intervals[-1].end, *(mark.at for mark in marks)),
        max(1.0, *(float(one.total) for one in intervals)),
    )
    parts = [
        _OPEN,
        f"<title>{escape(title)}</title>",
        *_grid(frame),
        *(bar for one in intervals for bar in _bars(frame, one, length)),
        *(_tick(frame, tick, place, len(ticks)) for place, tick in enumerate(ticks)),
        *(_mark(frame, mark, place) for place, mark in enumerate(marks)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _grid(frame: Frame) -> list[str]:
    lines = []
    for step in range(_STEPS + 1):
        value = frame.most * step / _STEPS
        y = frame.y(value)
        lines.append(
            f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{_GRID}" stroke-opacity="0.35"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{_INK}">'
            f"{value:.0f}</text>"
        )
    return lines


def _bars(frame: Frame, one: Interval, length: float) -> list[str]:
    x = frame.x(one.end - length)
    width = max(frame.x(one.end) - x - 0.5, 0.5)
    return [
        f'<path d="M{x:.1f} {frame.y(bottom):.1f}V{frame.y(top):.1f}h{width:.1f}'
        f'V{frame.y(bottom):.1f}z" fill="{colour}"/>'
        for bottom, top, colour in ((0, one.bad, _BAD), (one.bad, one.total, _ALL))
        if top > bottom
    ]


def _tick(frame: Frame, tick: Mark, place: int, count: int) -> str:
    # The first and the last would stand half outside.
    anchor = {0: "start", count - 1: "end"}.get(place, "middle")
    return (
        f'<text x="{frame.x(tick.at):.1f}" y="{_HEIGHT - 12}" text-anchor="{anchor}" '
        f'fill="{_INK}">{escape(tick.words)}</text>'
    )


def _mark(frame: Frame, mark: Mark, place: int) -> str:
    x = frame.x(mark.at)
    # Two that are close must not cover each other's words.
    y = 14 + 15 * (place % 2)
    anchor = "end" if x > _WIDTH * 0.8 else "start"
    return (
        f'<path d="M{x:.1f} {y + 3}V{_HEIGHT - _BOTTOM}" stroke="{_INK}" '
        f'stroke-dasharray="4 3"/><text x="{x:.1f}" y="{y}" text-anchor="{anchor}" '
        f'fill="{_INK}">{escape(mark.words)}</text>'
    )
