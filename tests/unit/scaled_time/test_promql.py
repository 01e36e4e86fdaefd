"""Durations in PromQL are divided wherever they are, and nothing else changes."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given

from deploy.scaled_time.durations import ScalingError
from deploy.scaled_time.promql import scale
from tests.unit.scaled_time import expressions as made_up

MILLISECOND = timedelta(milliseconds=1)
TWENTY = Fraction(20)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("rate(a[5m])", "rate(a[15s])", id="range"),
        pytest.param("rate(a[15s])", "rate(a[750ms])", id="down to milliseconds"),
        pytest.param("a offset 1h", "a offset 3m", id="offset"),
        pytest.param("a offset -1h", "a offset -3m", id="offset into the future"),
        pytest.param("rate(a[5m] offset 1h)", "rate(a[15s] offset 3m)", id="range and offset"),
        pytest.param("rate(a[5m] @ end())", "rate(a[15s] @ end())", id="range at a moment"),
        pytest.param("max_over_time(a[1h:5m])", "max_over_time(a[3m:15s])", id="subquery"),
        pytest.param("max_over_time(a[1h:])", "max_over_time(a[3m:])", id="subquery, no step"),
        pytest.param(
            "max_over_time(rate(a[5m])[1h:5m] offset 1d)",
            "max_over_time(rate(a[15s])[3m:15s] offset 1h12m)",
            id="range in a subquery",
        ),
    ],
)
def test_duration_is_divided(expression: str, expected: str) -> None:
    assert scale(expression, TWENTY) == expected


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param('a{window="5m"} > 0.5', id="label value and latency threshold"),
        pytest.param('a{b="x[5m] offset 1h"}', id="what looks like a range in a label value"),
        pytest.param('label_replace(a, "b", "5m", "c", "[1h]")', id="strings"),
        pytest.param("job:http_requests:rate5m > 300", id="metric name and seconds"),
        pytest.param("a @ 1609746000.000", id="moment"),
    ],
)
def test_what_is_no_duration_stays(expression: str) -> None:
    assert scale(expression, TWENTY) == expression


@pytest.mark.parametrize("expression", ["rate(a[5m]", "", "rate(a[five minutes])", "a{"])
def test_no_promql_is_said_so(expression: str) -> None:
    with pytest.raises(ScalingError, match="not a PromQL expression"):
        scale(expression, TWENTY)


def test_less_than_a_millisecond_is_refused() -> None:
    with pytest.raises(ScalingError, match="5m ÷ 1e\\+06 is less than a millisecond"):
        scale("rate(a[5m])", Fraction(1_000_000))


@given(expression=made_up.expressions)
def test_factor_one_keeps_the_meaning(expression: str) -> None:
    once = scale(expression, Fraction(1))

    assert made_up.canonical(once) == made_up.canonical(expression)
    assert scale(once, Fraction(1)) == once


@given(expression=made_up.expressions, factor=made_up.factors.map(Fraction))
def test_every_duration_is_divided_and_every_string_stays(
    expression: str, factor: Fraction
) -> None:
    scaled = scale(expression, factor)

    before = made_up.lengths_in(expression)
    assert made_up.lengths_in(scaled) == [
        round(length / MILLISECOND / factor) * MILLISECOND for length in before
    ]
    assert made_up.strings_in(scaled) == made_up.strings_in(expression)


@given(expression=made_up.expressions)
def test_nothing_but_durations_changes(expression: str) -> None:
    """Halved and doubled, the tree is the same: millisecond lengths are even here."""
    doubled = scale(expression, Fraction(1, 2))

    assert made_up.canonical(scale(doubled, Fraction(2))) == made_up.canonical(expression)


@given(
    expression=made_up.expressions,
    first=made_up.factors.map(Fraction),
    second=made_up.factors.map(Fraction),
)
def test_two_factors_are_their_product_to_the_millisecond(
    expression: str, first: Fraction, second: Fraction
) -> None:
    stepwise = made_up.lengths_in(scale(scale(expression, first), second))
    at_once = made_up.lengths_in(scale(expression, first * second))

    # All three roundings are off by half a millisecond at most; the second division divides the
    # first's error too.
    allowed = 1 + Fraction(1, 2) / second
    for one, other in zip(stepwise, at_once, strict=True):
        assert Fraction(abs(one - other) // MILLISECOND) <= allowed
