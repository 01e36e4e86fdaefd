"""Durations in Prometheus' notation, such as ``1h30m`` or ``750ms``, divided by a factor."""

from datetime import timedelta
from fractions import Fraction

import promql_parser

MILLISECOND = timedelta(milliseconds=1)
NOTHING = timedelta(0)
# Prometheus keeps durations as 64-bit nanoseconds.
LONGEST = timedelta(microseconds=(2**63 - 1) // 1000)


class ScalingError(Exception):
    """Something in the input that can't be scaled; the message is one line that names it."""


def read(text: object) -> timedelta:
    """Return a duration's length; zero needs no unit.

    Raises:
        ScalingError: the text is no duration in Prometheus' notation.

    """
    if str(text) in {"0", "0s"}:
        return NOTHING
    # promql_parser takes 300 for seconds, as PromQL does; configuration files need a unit.
    if not str(text)[-1:].isalpha():
        raise ScalingError(f"{text!r} is no duration: write it like 15s, 1h30m or 750ms")
    try:
        return promql_parser.parse_duration(str(text))
    except (ValueError, OverflowError) as error:
        raise ScalingError(f"{text!r} is no duration ({error})") from error


def divide(length: timedelta, factor: Fraction) -> timedelta:
    """Return the length divided by the factor, rounded to the millisecond; it may be negative.

    Raises:
        ScalingError: less than a millisecond would be left, or more than 292 years: Prometheus
            can express neither.

    """
    milliseconds = round(Fraction(length // MILLISECOND) / factor)
    if length and not milliseconds:
        raise ScalingError(f"{write(length)} ÷ {float(factor):g} is less than a millisecond")
    if abs(milliseconds) > LONGEST // MILLISECOND:
        raise ScalingError(f"{write(length)} ÷ {float(factor):g} is more than 292 years")
    return milliseconds * MILLISECOND


def write(length: timedelta) -> str:
    """Return the length in Prometheus' notation."""
    sign = "-" if length < NOTHING else ""
    return sign + promql_parser.display_duration(abs(length))
