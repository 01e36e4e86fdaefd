"""The burn rates are the workbook's, and a window has as many recordings as it should."""

from datetime import timedelta

import pytest

from deploy.scaled_time.durations import read
from deploy.slo.burn import PAGES, TICKET, steps
from deploy.slo.recordings import Clock, five_minutes, window_ratio


def test_rates_and_windows_are_those_of_the_workbooks_table() -> None:
    """SRE workbook, «Alerting on SLOs», table 5-8, typed from it."""
    table = [(burn.long, burn.short, burn.rate, burn.consumed) for burn in (*PAGES, TICKET)]

    assert table == [("1h", "5m", "14.4", 2), ("6h", "30m", "6", 5), ("3d", "6h", "1", 10)]


def test_short_windows_are_a_twelfth_of_the_long_ones() -> None:
    assert {read(burn.long) / read(burn.short) for burn in (*PAGES, TICKET)} == {12}


@pytest.mark.parametrize(
    ("window", "step", "number"),
    [("1h", timedelta(seconds=15), 240), ("6h", "5m", 72), ("3d", "5m", 864), ("30d", "5m", 8640)],
)
def test_windows_steps_are_counted(window: str, step: str | timedelta, number: int) -> None:
    assert steps(window, step) == number


def test_a_part_of_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="1h is no multiple of 0:00:07"):
        steps("1h", timedelta(seconds=7))


@pytest.mark.parametrize(
    ("seconds", "number", "overlap"), [(15, 240, 4), (30, 120, 2), (5, 720, 12)]
)
def test_rules_follow_how_often_prometheus_evaluates(
    seconds: int, number: int, overlap: int
) -> None:
    clock = Clock(timedelta(seconds=seconds))

    assert f"({number} * avg_over_time(" in str(window_ratio("1m", "1h", clock.minutes("1h")))
    assert all(str(rule["expr"]).endswith(f"[5m]) / {overlap}") for rule in five_minutes(clock))
