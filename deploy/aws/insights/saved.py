"""The saved queries: one file each in deploy/aws/queries, the same that AWS gets."""

import difflib
import re

from deploy.aws.insights.errors import InsightsError
from deploy.stack.console import ROOT

FOLDER = ROOT / "deploy" / "aws" / "queries"


def names() -> list[str]:
    """Return the saved queries' names."""
    return sorted(file.stem for file in FOLDER.glob("*.logs"))


def text(query: str) -> str:
    """Return a query's text: that of a saved query, or what was given itself.

    Raises InsightsError, which lists the saved queries, for one word that is the name of none.
    """
    given = query.strip()
    if given in names():
        return (FOLDER / f"{given}.logs").read_text()
    if re.fullmatch(r"[\w-]*", given):
        near = difflib.get_close_matches(given, names(), n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        what = f"there is no saved query `{given}`.{meant}" if given else "Q is missing."
        raise InsightsError(f"{what} {_overview()}")
    return query


def _overview() -> str:
    lines = [f"  make logs-query Q={name:20} {_title(name)}".rstrip() for name in names()]
    return "\n".join(["The saved queries, beside any query's text between quotes:", *lines])


def _title(name: str) -> str:
    """Return the comment that a saved query begins with."""
    first = (FOLDER / f"{name}.logs").read_text().partition("\n")[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""
