"""``python -m deploy.slo``: writes what the golden file shows, refuses bad files in one line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.slo.__main__ import RULES, main
from telemetry.metrics import DURATION_BUCKETS
from tests.unit.slo.conftest import NAME

GOLDEN = Path(__file__).parent / "golden.yml"
Edit = Callable[[str, str], None]

GOOD = """        good:
          metricSource:
            type: Prometheus
            spec:
              query: http_request_duration_seconds_bucket{job="shop",le="0.5"}
"""
TOTAL = 'http_request_duration_seconds_count{job="shop"}'
QUERY = "spec.indicator.spec.ratioMetric.total.metricSource.spec.query"


def run(root: Path, *words: str) -> int:
    return main(["--root", str(root), *words])


@pytest.fixture
def refusal(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Return the one line with which both modes refuse, writing nothing."""

    def line() -> str:
        told = set()
        for words in ((), ("--check",)):
            assert run(root, *words) == 2
            told.add(capsys.readouterr().err)
        assert not (root / RULES).exists()
        (found,) = told
        assert found.count("\n") == 1
        return found

    return line


def test_rules_are_exactly_the_golden_ones(root: Path) -> None:
    assert run(root) == 0

    assert (root / RULES).read_text() == GOLDEN.read_text()


def test_check_passes_after_writing_and_writes_nothing(root: Path) -> None:
    run(root)
    before = (root / RULES).stat()

    assert run(root, "--check") == 0
    assert (root / RULES).stat() == before


def test_check_names_the_file_that_differs(
    root: Path, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    run(root)
    edit('"25"', '"26"')
    before = (root / RULES).read_text()

    assert run(root, "--check") == 1
    assert capsys.readouterr().err == (
        "prometheus/rules/slo.yml is not what prometheus/slo/ says: run `make slo`\n"
    )
    assert (root / RULES).read_text() == before


def test_check_fails_where_nothing_was_written_yet(root: Path) -> None:
    assert run(root, "--check") == 1
    assert not (root / RULES).exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "target: 0.975",
            "target: 100",
            "spec.objectives[0].target: 100 is no share between 0 and 1 that leaves an error "
            "budget: write 99.9% as 0.999",
            id="objective of 100",
        ),
        pytest.param(
            "target: 0.975",
            "target: 1.0",
            "spec.objectives[0].target: 1 is no share between 0 and 1 that leaves an error "
            "budget: write 99.9% as 0.999",
            id="objective of 1.0",
        ),
        pytest.param(
            "target: 0.975",
            "target: 0",
            "spec.objectives[0].target: 0 is no share between 0 and 1 that leaves an error "
            "budget: write 99.9% as 0.999",
            id="objective of nothing",
        ),
        pytest.param(
            "target: 0.975",
            "target: most",
            "spec.objectives[0].target: 'most' can't be read: input should be a valid number",
            id="objective that is no number",
        ),
        pytest.param(
            "target: 0.975",
            "target: .nan",
            "spec.objectives[0].target: nan is no share between 0 and 1 that leaves an error "
            "budget: write 99.9% as 0.999",
            id="objective that is not a number",
        ),
        pytest.param(
            "target: 0.975",
            "target: 0.98",
            "spec.objectives[0]: displayName '97.5% under 500ms' and target 0.98 differ: begin "
            "displayName with 98%",
            id="objective with another's name",
        ),
        pytest.param(
            "duration: 30d",
            "duration: 7d",
            "spec.timeWindow[0].duration: '7d' is not supported: write 30d",
            id="wrong window",
        ),
        pytest.param(
            "isRolling: true",
            "isRolling: false",
            "spec.timeWindow[0].isRolling: False is not supported: write true",
            id="calendar window",
        ),
        pytest.param(
            "    - duration: 30d\n      isRolling: true",
            "    []",
            "spec.timeWindow: is empty: write exactly one",
            id="no window",
        ),
        pytest.param(
            "      target: 0.975",
            "      target: 0.975\n    - displayName: 90%\n      target: 0.9",
            "spec.objectives: has more than one: write exactly one",
            id="two objectives",
        ),
        pytest.param(
            "  service: shop\n", "", "spec.service: is missing: add it", id="missing field"
        ),
        pytest.param(
            '    least-failed-events: "25"\n',
            "",
            "metadata.annotations.least-failed-events: is missing: add it",
            id="missing annotation",
        ),
        pytest.param(
            '"25"',
            "25",
            "metadata.annotations.least-failed-events: 25 can't be read: input should be a valid "
            "string",
            id="annotation that is no text",
        ),
        pytest.param(
            '"25"',
            '"0"',
            "metadata.annotations.least-failed-events: '0' is not allowed: write what matches "
            "^[1-9][0-9]{0,5}$",
            id="guard of nothing",
        ),
        pytest.param(
            "  service: shop",
            "  servise: shop\n  service: shop",
            "spec.servise: is not read here: remove it, or correct its spelling",
            id="unknown field",
        ),
        pytest.param(
            "openslo/v1",
            "openslo/v1alpha",
            "apiVersion: 'openslo/v1alpha' is not supported: write 'openslo/v1'",
            id="other version",
        ),
        pytest.param(
            "Occurrences",
            "Timeslices",
            "spec.budgetingMethod: 'Timeslices' is not supported: write 'Occurrences'",
            id="other budgeting method",
        ),
        pytest.param(
            "counter: true",
            "counter: false",
            "spec.indicator.spec.ratioMetric.counter: False is not supported: write true",
            id="no counter",
        ),
        pytest.param(
            GOOD,
            GOOD + GOOD.replace("good", "bad"),
            "spec.indicator.spec.ratioMetric: has both good and bad: give one of them, the other "
            "is the rest of total",
            id="good and bad",
        ),
        pytest.param(
            GOOD,
            "",
            "spec.indicator.spec.ratioMetric: has neither good nor bad: give one of them, the "
            "other is the rest of total",
            id="neither good nor bad",
        ),
        pytest.param(
            TOTAL,
            'orders_total{job="shop"}',
            f"{QUERY}: orders_total is no counter of services/telemetry/metrics.py: write one of "
            "database_connection_attempts_total, http_request_duration_seconds_bucket, "
            "http_request_duration_seconds_count, http_requests_total, log_events_cut_total, "
            "log_events_dropped_total, log_events_shipped_total, "
            "ml_inference_duration_seconds_bucket, ml_inference_duration_seconds_count, "
            "ml_inference_total",
            id="unknown metric",
        ),
        pytest.param(
            TOTAL,
            'active_connections{job="shop"}',
            f"{QUERY}: active_connections is no counter of",
            id="a gauge",
        ),
        pytest.param(
            TOTAL,
            TOTAL + "[5m]",
            f"{QUERY}: '{TOTAL}[5m]' is more than a selector: write metric{{label=…}} alone, "
            "windows and sums are added here",
            id="range",
        ),
        pytest.param(TOTAL, f"sum({TOTAL})", "is more than a selector", id="sum"),
        pytest.param(TOTAL, TOTAL + " offset 5m", "is more than a selector", id="offset"),
        pytest.param(TOTAL, TOTAL[:-1], f"{QUERY}: '{TOTAL[:-1]}' is no PromQL (", id="no PromQL"),
        pytest.param(
            TOTAL,
            'http_requests_total{job="shop",code="200"}',
            f"{QUERY}: http_requests_total has no label code: it has instance, job, method, path, "
            "status",
            id="unknown label",
        ),
        pytest.param(
            TOTAL,
            "http_request_duration_seconds_count",
            f'{QUERY}: http_request_duration_seconds_count of every service at once: add job="…"',
            id="no job",
        ),
        pytest.param(
            'le="0.5"',
            'le="0.3"',
            "http_request_duration_seconds_bucket needs an edge of its buckets: "
            f'le="…" of {", ".join(map(str, DURATION_BUCKETS))}',
            id="no bucket's edge",
        ),
        pytest.param(
            "team: shop",
            "team: [shop]",
            "metadata.labels.team: ['shop'] can't be read: input should be a valid string",
            id="list of teams",
        ),
        pytest.param(
            "displayName: Checkout",
            "displayName: 'Checkout: all'",
            "metadata.displayName: 'Checkout: all' is not allowed: write what matches",
            id="title that would break a page",
        ),
        pytest.param("kind: SLO", "kind: [", "is no YAML (", id="YAML error"),
        pytest.param("kind: SLO", "kind: SLO\n---\na: b", "is no YAML (", id="two documents"),
    ],
)
def test_bad_file_is_one_line_with_file_field_and_fix(
    refusal: Callable[[], str], edit: Edit, old: str, new: str, message: str
) -> None:
    edit(old, new)

    line = refusal()
    assert line.startswith(f"prometheus/slo/{NAME}: ")
    assert message in line


def test_two_slos_of_one_name_are_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = root / "prometheus/slo"
    shutil.copy(folder / NAME, folder / "orders.yaml")

    assert run(root) == 2
    assert capsys.readouterr().err == (
        "prometheus/slo/orders.yaml: metadata.name: another file has 'checkout' too: choose "
        "another\n"
    )


def test_every_bad_file_is_told_and_nothing_is_written(
    root: Path, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    run(root)
    before = (root / RULES).read_text()
    edit("target: 0.975", "target: 100")
    (root / "prometheus/slo/empty.yml").write_text("")
    (root / "prometheus/slo/latin.yaml").write_bytes(b"kind: \xe9")

    assert run(root) == 2
    checkout, empty, latin = capsys.readouterr().err.splitlines()
    assert checkout.startswith("prometheus/slo/checkout.yaml: spec.objectives[0].target: 100")
    assert empty.startswith("prometheus/slo/empty.yml: the file: is no mapping of fields")
    assert latin.startswith("prometheus/slo/latin.yaml: is no YAML (")
    assert (root / RULES).read_text() == before


def test_a_folder_without_slos_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "prometheus/slo" / NAME).unlink()

    assert run(root) == 2
    assert "has no SLO: write one there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("interval", "message"),
    [
        ("7s", "1m is no multiple of 0:00:07: write one of 5s, 10s, 15s, 20s, 30s"),
        ("often", "'often' is no duration"),
    ],
)
def test_evaluations_must_divide_a_minute(
    root: Path, capsys: pytest.CaptureFixture[str], interval: str, message: str
) -> None:
    file = root / "prometheus/prometheus.yml"
    file.write_text(
        file.read_text().replace("evaluation_interval: 15s", f"evaluation_interval: {interval}")
    )

    assert run(root) == 2
    error = capsys.readouterr().err
    assert error.startswith("prometheus/prometheus.yml: global.evaluation_interval: ")
    assert message in error
