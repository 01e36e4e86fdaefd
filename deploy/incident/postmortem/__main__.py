"""``python -m deploy.incident.postmortem``: what `make postmortem` calls."""

import argparse
import os
import re
import sys
from datetime import datetime
from pathlib import Path

from deploy.incident import sink
from deploy.incident.postmortem import lines
from deploy.incident.postmortem.facts import Facts, gather, unix
from deploy.incident.postmortem.page import JST, Page
from deploy.incident.postmortem.prometheus import Prometheus
from deploy.incident.postmortem.words import LANGUAGES, Words
from deploy.slo import reading
from deploy.slo.queries import catalogue
from deploy.stack import settings
from deploy.stack.console import ROOT, StackError, fail, say
from deploy.stack.project import Project

FOLDER = ROOT / "docs" / "postmortems"


def main(arguments: list[str] | None = None) -> int:
    """Write one postmortem; return 0, or 1 with an explanation and nothing written."""
    options = parse(arguments)
    try:
        project = running()
        slos = reading.read(ROOT / "prometheus" / "slo", catalogue(ROOT))
        facts = gather(options.incident, slos, Prometheus(address(project)), project.factor)
        write(facts, project, options.language, options.out)
    except (StackError, reading.SloError) as error:
        return fail(StackError(str(error)))
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.incident.postmortem")
    parser.add_argument("incident", nargs="?", default=sink.LAST, help="its number, or last")
    parser.add_argument("--language", choices=LANGUAGES, default="ja")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder to write into")
    return parser.parse_args(arguments)


def running() -> Project:
    """Return the project that runs."""
    return Project.running(settings.read()["COMPOSE_PROJECT_NAME"])


def address(project: Project) -> str:
    """Return where Prometheus answers: PROMETHEUS_URL, or the project's port on this machine."""
    given = os.environ.get("PROMETHEUS_URL")
    return given or f"http://127.0.0.1:{project.overrides['PROMETHEUS_PORT']}"


def write(facts: Facts, project: Project, language: str, folder: Path) -> None:
    """Write the page and its picture: both, or neither.

    Raises:
        StackError: it is there already, as somebody may have written in it, or the folder takes
            no file.

    """
    name = file_name(facts)
    file = folder / f"{name}{'' if language == 'ja' else f'.{language}'}.md"
    if file.exists():
        raise StackError(
            f"{shown(file)} is there already, perhaps with what people wrote into it: move it "
            "away to have it made again"
        )
    begin = facts.spent[0].begin if facts.spent else unix(facts.incident["triggered_at"])
    samples = lines.samples(project, begin, facts.window[1])
    picture = file.with_suffix(".svg")
    page = Page(facts, samples, Words(language), picture.name)
    texts = {file: page.text()}
    if facts.spent:
        texts[picture] = page.graph()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in reversed(texts.items()):
            new = path.with_name(f".{path.name}.new")
            new.write_text(text, encoding="utf-8")
            new.replace(path)
    except OSError as error:
        raise StackError(f"{shown(folder)} can't be written: {error.strerror}") from error
    say(f"✓ {shown(file)}")
    asked = texts[file].count("❓") - 1
    say(f"  {asked} places are marked ❓: what no machine can know")


def file_name(facts: Facts) -> str:
    """Return the file's name without its ending, as ``2026-11-26-high-error-rate-15``."""
    incident = facts.incident
    day = datetime.fromtimestamp(unix(incident["triggered_at"]), JST)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", str(incident["class"] or "incident"))
    name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60]
    return f"{day:%Y-%m-%d}-{name}-{incident['id']}"


def shown(file: Path) -> str:
    """Return a path as a person at the checkout writes it."""
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)


if __name__ == "__main__":
    sys.exit(main())
