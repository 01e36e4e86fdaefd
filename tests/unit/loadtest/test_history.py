"""A past is what Prometheus would have recorded."""

from loadtest import history
from loadtest.rules import Burn, Configuration, Rule

STEPS = {"slo:errors:increase1m": 60.0, "slo:errors:increase5m": 300.0}
REAL = Configuration((), STEPS, 15, 15, 60, {}, 300)
LABELS = {"slo": "api-availability", "job": "api", "team": "platform"}
NOW = 1_000_000.0


def rule(*windows: float) -> Rule:
    burns = (tuple(Burn("", 0.001, window) for window in windows),)
    return Rule("", "", 0, 0, 0, None, {**LABELS, "severity": "x"}, burns=burns)


PAGE, TICKET = rule(300, 21_600), rule(21_600, 259_200)


def series(name: str, rule: Rule = TICKET) -> list[tuple[float, float]]:
    """Return a recording's (time, value)."""
    lines = history.openmetrics(REAL, rule, 0.01, NOW).splitlines()
    head = f'{name}{{slo="api-availability",job="api",team="platform"}} '
    found = [line.removeprefix(head).split() for line in lines if line.startswith(head)]
    return [(float(at), float(value)) for value, at in found]


def test_six_hours_are_recorded_at_every_evaluation_and_three_days_every_five_minutes() -> None:
    minutes, fives = series("slo:errors:increase1m"), series("slo:errors:increase5m")

    assert len(minutes) == 6 * 60 * 4
    assert [at for at, _ in minutes[-2:]] == [NOW - 30, NOW - 15]
    assert len(fives) == 3 * 24 * 12
    assert fives[-1][0] == NOW - 300


def test_what_a_page_looks_back_on_is_no_matter_of_days() -> None:
    assert len(series("slo:errors:increase1m", PAGE)) == 6 * 60 * 4
    assert series("slo:errors:increase5m", PAGE) == []


def test_the_share_has_failed_throughout() -> None:
    for step in ("increase1m", "increase5m"):
        events = [value for _, value in series(f"slo:events:{step}")]
        errors = [value for _, value in series(f"slo:errors:{step}")]
        assert sum(errors) == 0.01 * sum(events)


def test_it_is_openmetrics() -> None:
    text = history.openmetrics(REAL, TICKET, 0.01, NOW)

    assert text.endswith("\n# EOF\n")
    assert text.count("# TYPE ") == 4
