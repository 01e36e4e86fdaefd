"""A past for an SLO: what Prometheus would have recorded had a share of its events failed for days.

Hours of a slow leak need not be waited for: the stack is given them, and the fault adds the rest.
"""

from collections.abc import Iterator, Mapping

from loadtest.rules import Configuration, Rule

# Requests a second, as users make them.
USUAL = 55.0
# The recordings that windows are computed from, and of which window each holds the events.
STEPS = {"increase1m": "slo:errors:increase1m", "increase5m": "slo:errors:increase5m"}
# Windows that each has to fill: six hours, and three days.
MINUTES_BACK, FIVES_BACK = 6 * 60, 3 * 24 * 12


def openmetrics(configuration: Configuration, rule: Rule, share: float, now: float) -> str:
    """Return OpenMetrics text with an SLO's recordings up to `now`, a Unix time in seconds.

    As far back as the rule of a burn rate looks. `share` is that of the events which failed.
    """
    labels = {name: rule.labels[name] for name in ("slo", "job", "team")}
    steps = {"increase1m": MINUTES_BACK}
    minutes = MINUTES_BACK * configuration.recordings[STEPS["increase1m"]]
    if any(burn.window > minutes for group in rule.burns for burn in group):
        steps["increase5m"] = FIVES_BACK
    text = []
    for kind in ("events", "errors"):
        for step, number in steps.items():
            name = f"slo:{kind}:{step}"
            window = configuration.recordings[STEPS[step]]
            events = USUAL * window * (share if kind == "errors" else 1.0)
            text.append(f"# TYPE {name} gauge")
            text.extend(_samples(name, labels, events, times(configuration, step, number, now)))
    return "\n".join([*text, "# EOF", ""])


def times(configuration: Configuration, step: str, number: int, now: float) -> Iterator[float]:
    """Return when each recording was made, `number` of its windows back."""
    window = configuration.recordings[STEPS[step]]
    every = configuration.evaluation if step == "increase1m" else window
    count = round(number * window / every)
    for back in range(count, 0, -1):
        yield now - back * every


def _samples(
    name: str, labels: Mapping[str, str], value: float, at: Iterator[float]
) -> Iterator[str]:
    joined = ",".join(f'{key}="{text}"' for key, text in labels.items())
    for time in at:
        yield f"{name}{{{joined}}} {value:g} {time:.3f}"
