"""The drill's scorecard: fault → alert → seconds to each step, over all rounds."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtest.drill import KEPT, Result
from loadtest.faults import Fault
from loadtest.outcome import Told

COLUMNS = ("pending", "firing", "PagerDuty", "Slack", "resolved")
NOTHING = "-"
_ABOUT = (
    "Written by `make drill`: each fault of the catalogue put into a running stack, and what "
    "became of it. Do not edit."
)
_FIGURES = (
    "Every duration of Prometheus and Alertmanager was divided by {factor}. Seconds are as "
    "measured: from the fault, and for resolved from its end. {rounds} Minimum is what the "
    "configured intervals add up to, each at its worst phase, and in brackets the same unscaled."
)
# The share of rounds that were at least as quick as the second figure of a cell.
LATE = 0.95


@dataclass(frozen=True)
class Line:
    """One promise of one fault, over all rounds that have a verdict; times in seconds."""

    fault: Fault
    alert: str
    told: Sequence[Told]
    outs: Sequence[float]

    def times(self, column: str) -> list[float]:
        """Return how long each round took to this column's step."""
        found = []
        for told, out in zip(self.told, self.outs, strict=True):
            events = _events(told, column)
            if events:
                # Resolved counts from the fault's end.
                found.append(max(events) - (out if column == "resolved" else 0.0))
        return found


def _events(told: Told, column: str) -> list[float]:
    match column:
        case "PagerDuty":
            return [at for event, at in told.events.items() if event == "paged pagerduty"]
        case "Slack":
            return [at for event, at in told.events.items() if event.startswith("paged #")]
        case _:
            return [at for event, at in told.events.items() if event.startswith(column)]


def lines(results: Sequence[Result]) -> list[Line]:
    """Return a line for each promise, in the catalogue's order."""
    found = []
    for fault in dict.fromkeys(result.fault for result in results):
        outcomes = [one.outcome for one in results if one.fault is fault and one.outcome]
        for number, promise in enumerate(fault.promises):
            told = [one.told[number] for one in outcomes]
            found.append(Line(fault, promise.alert, told, [one.fault_out or 0 for one in outcomes]))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of all doesn't exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * round(share * 100) // 100) - 1)]


def cell(values: Sequence[float]) -> str:
    """Return p50 and p95 as ``17.1 / 17.9``; one figure where there was one round."""
    if not values:
        return NOTHING
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{statistics.median(values):.1f} / {percentile(values, LATE):.1f}"


def markdown(results: Sequence[Result], factor: int, rounds: int) -> str:
    """Return the scorecard for docs/."""
    kept = sum(one.verdict == KEPT for one in results)
    extras = sum(len(one.outcome.extras) for one in results if one.outcome)
    head = [
        "# Scorecard",
        "",
        _ABOUT,
        "",
        _FIGURES.format(factor=factor, rounds=_rounds(rounds)),
        "",
        f"Kept: {kept} of {len(results)} stories. Unexpected notifications: {extras}.",
        "",
        f"| fault | alert | {' | '.join(COLUMNS)} | minimum | page ÷ minimum | verdict |",
        "|---|---|" + "---|" * (len(COLUMNS) + 3),
    ]
    return "\n".join([*head, *_rows(results, factor)]) + "\n"


def _rounds(rounds: int) -> str:
    return "One round." if rounds == 1 else f"{rounds} rounds: p50 / p95."


def _rows(results: Sequence[Result], factor: int) -> Iterable[str]:
    for line in lines(results):
        cells = " | ".join(cell(line.times(column)) for column in COLUMNS)
        ratios = cell([round(one.ratio, 2) for one in line.told if one.measures()])
        minimum = line.told[0].plan.paged if line.told else 0.0
        theory = f"{minimum:.1f} ({minimum * factor:.0f})"
        yield (
            f"| {line.fault.what} (`{line.fault.name}`) | {line.alert} | {cells} | {theory} | "
            f"{ratios} | {_verdict(results, line.fault)} |"
        )
    for fault in dict.fromkeys(one.fault for one in results if not one.fault.promises):
        nothing = " | ".join([NOTHING] * (len(COLUMNS) + 2))
        verdict = _verdict(results, fault)
        yield f"| {fault.what} (`{fault.name}`) | nobody | {nothing} | {verdict} |"


def _verdict(results: Sequence[Result], fault: Fault) -> str:
    mine = [one for one in results if one.fault is fault]
    words = sorted({one.verdict for one in mine if one.verdict != KEPT})
    kept = sum(one.verdict == KEPT for one in mine)
    return ", ".join([f"{kept} of {len(mine)} kept", *words])


def write(folder: Path, results: Sequence[Result], factor: int, rounds: int) -> None:
    """Write scorecard.json and scorecard.md; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "factor": factor,
        "rounds": rounds,
        "results": [
            {
                "fault": one.fault.name,
                "verdict": one.verdict,
                "why": one.why,
                "outcome": one.outcome.as_dict() if one.outcome else None,
            }
            for one in results
        ],
    }
    (folder / "scorecard.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / "scorecard.md").write_text(markdown(results, factor, rounds))
