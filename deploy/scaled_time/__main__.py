"""``python -m deploy.scaled_time --factor 20 --out DIR``: the configuration, faster.

Writes DIR/prometheus and DIR/alertmanager, every duration divided by the factor, and DIR/scaled.env
with the durations that docker-compose.yml passes to Prometheus as flags.
"""

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from deploy.scaled_time.documents import Scaling
from deploy.scaled_time.durations import ScalingError, divide, read, write

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("prometheus", "alertmanager")
# The files with durations that count. All others are copied as they are: templates, and the SLO
# files, which Prometheus doesn't read; rules/slo.yml, made of them, is scaled.
SCALED_FILES = (
    "prometheus/prometheus.yml",
    "prometheus/rules/*.yml",
    "alertmanager/alertmanager.yml",
)
# Prometheus' own defaults and the sink's setting, as in docker-compose.yml, which reads these
# variables.
FLAGS = {
    "PROMETHEUS_RESEND_DELAY": "1m",
    "PROMETHEUS_FOR_GRACE_PERIOD": "10m",
    "PROMETHEUS_FOR_OUTAGE_TOLERANCE": "1h",
    "PROMETHEUS_LOOKBACK_DELTA": "5m",
    "SINK_HEARTBEAT_TIMEOUT": "5m",
}


class Parser(argparse.ArgumentParser):
    """A command line that says what is wrong in one line, and nothing else."""

    def error(self, message: str) -> NoReturn:
        """End the program with status 2."""
        self.exit(2, f"scaled_time: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Render the configuration; on bad input, one line on standard error and exit status 2."""
    parser = Parser(prog="python -m deploy.scaled_time", description=__doc__)
    parser.add_argument("--factor", type=factor, default=Fraction(1), help="default: 1")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--root", type=Path, default=ROOT, help="where prometheus/ is read from")
    options = parser.parse_args(arguments)
    try:
        render(options.root, options.out, Scaling(options.factor))
    except ScalingError as error:
        parser.error(str(error))
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f"{type(error).__name__}: {error}")
    return 0


def factor(text: str) -> Fraction:
    """Read the factor: a positive decimal number or fraction."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number above 0, such as 20")
    return value


def render(root: Path, out: Path, scaling: Scaling) -> None:
    """Write the scaled copy of root's configuration into `out`.

    Files stay where they are when they are rewritten: a container may have their folder mounted.

    Raises:
        ScalingError: a folder is missing or a file can't be scaled; names file and field.

    """
    if out.resolve() == root.resolve():
        raise ScalingError(f"{out} holds the originals: write somewhere else")
    texts = {}
    for folder in FOLDERS:
        if not (root / folder).is_dir():
            raise ScalingError(f"{root / folder} is no folder")
        for file in sorted((root / folder).rglob("*")):
            if file.is_file():
                name = file.relative_to(root)
                texts[name] = scaled(name, file.read_text("utf-8"), scaling)
    flags = {name: write(divide(read(value), scaling.factor)) for name, value in FLAGS.items()}
    texts[Path("scaled.env")] = "".join(f"{name}={value}\n" for name, value in flags.items())
    for name, text in texts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, "utf-8")
    remove_others(out, set(texts))


def scaled(name: Path, text: str, scaling: Scaling) -> str:
    """Return a file's text, scaled if it is one of those with durations."""
    if not any(name.match(pattern) for pattern in SCALED_FILES):
        return text
    try:
        return scaling.file(text)
    except ScalingError as error:
        raise ScalingError(f"{name}: {error}") from error


def remove_others(out: Path, names: set[Path]) -> None:
    """Remove what an earlier run wrote and this one did not: a deleted rule must not live on."""
    for folder in FOLDERS:
        for file in (out / folder).rglob("*"):
            if file.is_file() and file.relative_to(out) not in names:
                file.unlink()


if __name__ == "__main__":
    sys.exit(main())
