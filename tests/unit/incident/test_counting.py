"""Events are counted exactly, whatever becomes of the counters."""

import pytest

from deploy.incident.postmortem.counting import Interval, around, count, per_interval
from deploy.incident.postmortem.prometheus import Sample, Series
from deploy.slo import reading
from deploy.slo.document import Slo
from deploy.slo.queries import catalogue
from deploy.stack.console import ROOT

BEGIN, LENGTH = 1000.0, 15.0


def series(*values: float | None, first: float = BEGIN + 3) -> Series:
    """One sample a scrape; None is a scrape that failed."""
    samples = [
        Sample(first + place * LENGTH, value)
        for place, value in enumerate(values)
        if value is not None
    ]
    return Series({}, samples)


@pytest.fixture(scope="module")
def slos() -> dict[str, Slo]:
    return {one.name: one for one in reading.read(ROOT / "prometheus" / "slo", catalogue(ROOT))}


def counts(*given: Series) -> list[float]:
    found = per_interval(given, BEGIN, LENGTH)
    return [found[number] for number in sorted(found)]


def test_an_interval_has_what_came_since_the_last_scrape() -> None:
    assert counts(series(5, 5, 8, 20)) == [0, 3, 12]


def test_a_counter_that_began_anew_has_what_it_shows() -> None:
    assert counts(series(5, 9, 2, 3)) == [4, 2, 1]


def test_a_series_that_is_born_began_at_zero() -> None:
    assert counts(series(2, 3, first=BEGIN + 63)) == [2, 1]


def test_a_series_that_was_there_did_not() -> None:
    assert counts(series(2, 3, first=BEGIN + 14)) == [1]


def test_series_are_added_up() -> None:
    assert counts(series(0, 1, 1), series(0, 0, 5)) == [1, 5]


def test_instances_that_are_scraped_at_other_moments_share_an_interval() -> None:
    assert counts(series(0, 1, 1), series(0, 2, 2, first=BEGIN + 9)) == [3, 0]


def test_a_scrape_that_failed_is_a_gap_and_its_events_are_not_lost(slos: dict[str, Slo]) -> None:
    total, bad = series(0, 10, None, None, 40), series(0, 0, None, None, 3)
    counted = count(slos["api-availability"], [bad], [total], BEGIN, LENGTH)
    assert sum(one.total for one in counted.intervals) == 40
    assert [one.bad for one in counted.intervals] == [0, 3]
    assert counted.gaps == [(1018, 1063)]


def test_of_good_events_the_others_are_bad(slos: dict[str, Slo]) -> None:
    counted = count(slos["ml-inference"], [series(0, 8)], [series(0, 10)], BEGIN, LENGTH)
    assert counted.intervals == [Interval(BEGIN + 30, 2, 10)]


@pytest.mark.parametrize(("bad", "violating"), [(0, 0), (1, 0), (2, 1)])
def test_an_interval_counts_when_it_is_beyond_the_objective(
    slos: dict[str, Slo], bad: int, violating: int
) -> None:
    # 99.9% of 1,000 leave one.
    counted = count(slos["api-availability"], [series(0, bad)], [series(0, 1000)], BEGIN, LENGTH)
    assert len(counted.violating()) == violating


def test_without_samples_there_is_nothing(slos: dict[str, Slo]) -> None:
    counted = count(slos["api-availability"], [], [Series({}, [])], BEGIN, LENGTH)
    assert (counted.intervals, counted.gaps) == ([], [])


def test_what_calm_separates_is_another_story() -> None:
    ends = [100, 200, 1000, 1015, 1200, 1800, 9000]
    moments = [Interval(end, 1, 1) for end in ends]
    assert [one.end for one in around(moments, 1010, calm=300)] == [1000, 1015, 1200]


def test_a_page_without_impact_near_it_has_none() -> None:
    assert around([Interval(100, 1, 1)], 1010, calm=300) == []
