"""Durations are read, divided and written as Prometheus understands them."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.scaled_time.durations import ScalingError, divide, read, write

lengths = st.integers(0, 10**12).map(lambda n: timedelta(milliseconds=n))


@given(length=lengths)
def test_what_is_written_reads_the_same(length: timedelta) -> None:
    assert read(write(length)) == length


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15), ("1h30m", 5400), ("750ms", 0.75), ("2w", 1_209_600), ("0", 0), ("0s", 0), (0, 0)],
)
def test_notation_is_prometheus_own(text: object, seconds: float) -> None:
    assert read(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "5", 300, "5 m", "1.5h", "-5m", "five minutes", "1m1h", "5m ", None, True, "9" * 30],
)
def test_anything_else_is_refused_by_its_name(text: object) -> None:
    with pytest.raises(ScalingError, match="is no duration"):
        read(text)


@pytest.mark.parametrize(
    ("text", "factor", "expected"),
    [
        ("5m", "20", "15s"),
        ("15s", "20", "750ms"),
        ("30s", "20", "1s500ms"),
        ("10s", "3", "3s333ms"),
        ("20s", "3", "6s667ms"),
        ("1m", "0.5", "2m"),
        ("0s", "20", "0s"),
        ("20ms", "20", "1ms"),
    ],
)
def test_division_rounds_to_the_millisecond(text: str, factor: str, expected: str) -> None:
    assert write(divide(read(text), Fraction(factor))) == expected


def test_a_negative_offset_stays_negative() -> None:
    assert write(divide(-read("5m"), Fraction(20))) == "-15s"


@pytest.mark.parametrize(
    ("text", "factor", "reason"),
    [("9ms", "20", "less than a millisecond"), ("1y", "1/300", "more than 292 years")],
)
def test_what_prometheus_cannot_express_is_refused(text: str, factor: str, reason: str) -> None:
    with pytest.raises(ScalingError, match=reason):
        divide(read(text), Fraction(factor))
