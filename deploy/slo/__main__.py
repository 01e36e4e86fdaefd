"""``python -m deploy.slo``: Prometheus' rules from the SLO files.

Writes prometheus/rules/slo.yml from prometheus/slo/*.yaml. With --check it writes nothing and ends
with status 1 if the file is not what would be written. A bad SLO file is one line on standard error
and status 2.
"""

import argparse
import sys
from pathlib import Path

import yaml

from deploy.scaled_time.documents import PlainDumper
from deploy.scaled_time.durations import ScalingError, read
from deploy.slo import alerts, reading, recordings
from deploy.slo.document import Slo
from deploy.slo.queries import catalogue
from deploy.slo.reading import SloError
from deploy.slo.recordings import FIVE_MINUTES, Clock, Rule

ROOT = Path(__file__).resolve().parents[2]
RULES = Path("prometheus/rules/slo.yml")
HEADER = """\
# Written by `make slo` from prometheus/slo/*.yaml; the program is deploy/slo. Change those, not
# this file: `make lint` fails when they differ.
#
# increase1m is recorded at every evaluation ({evaluation}), so each event is in {overlap} of them.
# A window's ratio divides by the number of recordings in the window times their mean: time without
# events counts as good. `0 * …` is for a service that has had none at all.
"""


def main(arguments: list[str] | None = None) -> int:
    """Write the rules, or compare them with those that are there."""
    parser = argparse.ArgumentParser(prog="python -m deploy.slo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository to read and write")
    options = parser.parse_args(arguments)
    try:
        text = generated(options.root)
    except (SloError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    file = options.root / RULES
    if not options.check:
        file.write_text(text, "utf-8")
        return 0
    if file.is_file() and file.read_text("utf-8") == text:
        return 0
    sys.stderr.write(f"{RULES} is not what prometheus/slo/ says: run `make slo`\n")
    return 1


def generated(root: Path) -> str:
    """Return the text of the rules.

    Raises:
        SloError: an SLO file is bad, or prometheus.yml doesn't say how often rules are evaluated.

    """
    return rendered(reading.read(root / "prometheus" / "slo", catalogue(root)), clock(root))


def clock(root: Path) -> Clock:
    """Return how often Prometheus evaluates, from prometheus.yml."""
    place = "prometheus/prometheus.yml: global.evaluation_interval"
    text = (root / "prometheus" / "prometheus.yml").read_text("utf-8")
    try:
        found = Clock(read(yaml.safe_load(text)["global"]["evaluation_interval"]))
        found.overlap  # noqa: B018 - raises
    except KeyError as error:
        raise SloError(f"{place} is missing: add it") from error
    except (ScalingError, ValueError) as error:
        raise SloError(f"{place}: {error}: write one of 5s, 10s, 15s, 20s, 30s") from error
    return found


def rendered(slos: list[Slo], clock: Clock) -> str:
    """Return the rules of these SLOs as YAML.

    One group, in the order of what is computed from what, so that an alert sees what the same
    evaluation recorded; five minutes' recordings have their own, slower one.
    """
    rules: list[Rule] = [rule for slo in slos for rule in recordings.of_one(slo)]
    rules += recordings.of_all(clock)
    rules += [rule for slo in slos for rule in alerts.of_one(slo, clock)]
    groups = [
        {"name": "slo", "rules": rules},
        {
            "name": "slo-five-minutes",
            "interval": FIVE_MINUTES,
            "rules": recordings.five_minutes(clock),
        },
    ]
    header = HEADER.format(
        evaluation=f"{clock.evaluation.total_seconds():g}s", overlap=clock.overlap
    )
    return header + yaml.dump(
        {"groups": groups}, Dumper=PlainDumper, sort_keys=False, width=10_000, allow_unicode=True
    )


if __name__ == "__main__":
    sys.exit(main())
