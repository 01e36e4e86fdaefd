import pytest

from grafana.builder import figures
from grafana.builder.queries import availability, quantile, share


def test_amber_is_more_than_half_of_the_allowance_and_red_all_of_it() -> None:
    # 99.9 %: one of 1,000 may fail, as binary floats would not say it.
    assert figures.success("api-availability") == (
        (None, "red"),
        (0.999, "orange"),
        (0.9995, "green"),
    )
    assert figures.failure("api-availability") == (
        (None, "green"),
        (0.0005, "orange"),
        (0.001, "red"),
    )
    assert figures.remaining_minutes("api-availability", 43_200) == (
        (None, "red"),
        (0.0, "orange"),
        (21.6, "green"),
    )


@pytest.mark.parametrize(
    ("alert", "figure"), [("HighLatency", 0.5), ("PodRestartingTooMuch", 3), ("DiskFilling", 0.05)]
)
def test_a_limit_is_the_one_figure_that_an_alert_compares_with(alert: str, figure: float) -> None:
    assert figures.limit(alert) == figure


@pytest.mark.parametrize(
    ("alert", "why"), [("Watchdog", "no figure"), ("NoSuchAlert", "no figure")]
)
def test_an_alert_without_a_figure_is_refused(alert: str, why: str) -> None:
    with pytest.raises(LookupError, match=f"{alert} compares with {why}"):
        figures.limit(alert)


def test_the_promised_latency_is_the_edge_of_the_slos_bucket() -> None:
    assert figures.promised_seconds("api-latency") == 0.2


def test_none_of_none_is_zero_and_no_requests_are_no_failures() -> None:
    assert share("a", "b") == "(a / (b > 0)) or 0 * b"
    assert availability("ml-inference", "1d") == (
        '1 - (sum_over_time(slo:errors:increase1m{slo="ml-inference"}[1d])'
        ' / sum_over_time(slo:events:increase1m{slo="ml-inference"}[1d])'
        ' or 0 * slo:error_ratio:rate5m{slo="ml-inference"})'
    )


def test_a_quantile_is_of_all_instances_together() -> None:
    assert quantile(0.99, "x_bucket", by="model", window="5m") == (
        "histogram_quantile(0.99, sum by (model, le) (rate(x_bucket[5m])))"
    )
