"""The queries with which anybody can repeat a postmortem's numbers."""

from deploy.incident.postmortem.facts import Spent

_SINK = "http://localhost:8002"


def incident(number: int) -> str:
    """Return where the sink has the incident and its timeline."""
    return f"{_SINK}/api/v1/incidents/{number}"


def of(one: Spent, until: float) -> dict[str, str]:
    """Return PromQL for an SLO's failed events, all events, minutes of impact, budget left.

    `until` is when the window ended. The difference of two samples is exact where no counter began
    anew; `increase` would extrapolate.
    """
    total = one.slo.ratio.total.metric_source.spec.query
    part, length = one.slo.part, one.counted.length
    says_good = one.slo.ratio.good is not None
    bad = f"({_new(total, one)}) - ({_new(part, one)})" if says_good else _new(part, one)
    step = f"{round(length * 1000)}ms"
    span = f"{round((one.end - one.begin) * 1000)}ms"
    some, every = _last(part, step), _last(total, step)
    failed = f"{every} - {some}" if says_good else some
    beyond = f"({failed}) / ({every}) > bool {one.slo.budget}"
    return {
        "bad": bad,
        "total": _new(total, one),
        "minutes": f"sum_over_time(({beyond})[{span}:{step}] @ {one.end:.3f}) * {length:g} / 60",
        "budget": f"slo:error_budget:remaining_ratio{one.slo.selector} @ {until:.3f}",
    }


def _new(selector: str, one: Spent) -> str:
    """Return what a counter grew by from the first interval of impact to the last."""
    begin, end = f"{one.begin:.3f}", f"{one.end:.3f}"
    return f"sum({selector} @ {end}) - (sum({selector} @ {begin}) or vector(0))"


def _last(selector: str, step: str) -> str:
    """Return what a counter grew by in one interval."""
    return f"(sum({selector}) - sum({selector} offset {step}))"
