"""Metric math: what each operator and function yields, period by period."""

import pytest

from deploy.aws.standin.alarms.expression import evaluate
from deploy.aws.standin.alarms.series import ExpressionError, Series

ERRORS = Series((2.0, 0.0, None, 8.0))
REQUESTS = Series((4.0, 0.0, 10.0, 16.0))
SILENT = Series((None, None, None, None))
KNOWN = {"errors": ERRORS, "requests": REQUESTS, "silent": SILENT}


def values(text: str) -> list[float | None]:
    return list(evaluate(text, KNOWN, KNOWN).values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("errors", [2, 0, None, 8]),
        ("errors / requests", [0.5, None, None, 0.5]),
        ("100 * errors / requests", [50, None, None, 50]),
        ("errors + requests", [6, 0, None, 24]),
        ("requests - errors * 2", [0, 0, None, 0]),
        ("(requests - errors) * 2", [4, 0, None, 16]),
        ("-errors + 1", [-1, 1, None, -7]),
        ("requests ^ 2 - 1", [15, -1, 99, 255]),
        ("-requests ^ 2", [-16, 0, -100, -256]),
        ("requests - 1 - 1", [2, -2, 8, 14]),
        ("errors > 1", [1, 0, None, 1]),
        ("errors == 0", [0, 1, None, 0]),
        ("requests > 3 AND requests < 12", [1, 0, 1, 0]),
        ("requests <= 0 || requests >= 16", [0, 1, 0, 1]),
        ("FILL(errors, 0)", [2, 0, 0, 8]),
        ("FILL(errors, REPEAT)", [2, 0, 0, 8]),
        ("FILL(errors, LINEAR)", [2, 0, 4, 8]),
        ("FILL(silent, 0)", [0, 0, 0, 0]),
        ("FILL(silent, REPEAT)", [None, None, None, None]),
        ("IF(requests > 3, errors / requests, 0)", [0.5, 0, None, 0.5]),
        ("IF(requests >= 10, requests)", [None, None, 10, 16]),
        ("IF(FILL(errors, 0) > 0, 1, 0)", [1, 0, 0, 1]),
        ("SUM([errors, requests])", [6, 0, 10, 24]),
        ("SUM(METRICS())", [6, 0, 10, 24]),
        ('MAX(METRICS("err"))', [2, 0, None, 8]),
        ("SUM(FILL(METRICS(), 1))", [7, 1, 12, 25]),
        ("AVG([errors, requests])", [3, 0, 10, 12]),
        ("MIN([errors, requests])", [2, 0, 10, 8]),
        ("errors / SUM(errors)", [0.2, 0, None, 0.8]),
        ("ABS(errors - requests)", [2, 0, None, 8]),
        ("CEIL(errors / 3)", [1, 0, None, 3]),
        ("FLOOR(errors / 3)", [0, 0, None, 2]),
        ("DIFF(requests)", [None, -4, 10, 6]),
        ("RATE(requests) * 60", [None, -4, 10, 6]),
        ("requests / PERIOD(requests) * 60", [4, 0, 10, 16]),
        ("1.5e1 + errors * 0", [15, 15, None, 15]),
    ],
)
def test_an_expression_yields(text: str, expected: list[float | None]) -> None:
    assert values(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("errors +", "no metric math at column"),
        ("errors $ 2", r"no metric math at column 8"),
        ("unknown + 1", "no metric or expression has the id unknown"),
        ("ANOMALY_DETECTION_BAND(errors)", r"ANOMALY_DETECTION_BAND\(\) is unknown here; known"),
        ("FILL(errors)", r"FILL\(\) takes other arguments"),
        ("FILL(errors, 'x')", r"FILL\(\) fills with a number, REPEAT or LINEAR"),
        ("FILL(1, 1)", r"FILL\(\) takes time series"),
        ("SUM(1)", "an aggregate takes time series"),
        ("METRICS() + 1", "an operator takes numbers and single time series"),
        ("METRICS(1)", "METRICS"),
        ("[errors, 1]", "a list holds single time series"),
        ("IF(1, 2, 3)", "IF"),
        ("PERIOD(1)", "PERIOD"),
        ("DIFF(1)", "DIFF"),
        ("1 + 1", "an alarm needs one time series"),
        ("METRICS()", "an alarm needs one time series"),
        ("errors * (1 / 0)", "a calculation with constants has no result"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        values(text)
