"""``python -m grafana.builder``: Grafana's dashboards as JSON.

Writes grafana/dashboards/<uid>.json. With --check it writes nothing and ends with status 1 if a
file is not what would be written, or is nobody's.
"""

import argparse
import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.builder import (
    api_server,
    executive_summary,
    infrastructure,
    ml_inference,
    service_overview,
)

FOLDER = Path(__file__).resolve().parents[1] / "dashboards"
MODULES = (executive_summary, service_overview, api_server, ml_inference, infrastructure)


def main(arguments: list[str] | None = None) -> int:
    """Write the dashboards, or compare them with those that are there."""
    parser = argparse.ArgumentParser(prog="python -m grafana.builder", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the dashboards")
    options = parser.parse_args(arguments)
    wanted = generated()
    found = {file.name: file.read_text("utf-8") for file in sorted(options.out.glob("*.json"))}
    if options.check:
        return check(wanted, found)
    for name in found.keys() - wanted.keys():
        (options.out / name).unlink()
    for name, text in wanted.items():
        (options.out / name).write_text(text, "utf-8")
    return 0


def generated() -> dict[str, str]:
    """Return each file's name and text."""
    texts = {}
    for module in MODULES:
        page = module.dashboard().build()
        texts[f"{page.uid}.json"] = json.dumps(page, cls=JSONEncoder, indent=2) + "\n"
    return texts


def check(wanted: dict[str, str], found: dict[str, str]) -> int:
    """Name the files that differ and return the exit status."""
    wrong = sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )
    for name in wrong:
        sys.stderr.write(
            f"grafana/dashboards/{name} is not what grafana/builder writes: run `make dashboards`\n"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
