"""``python3 -m deploy.incident``: what `make incident` calls."""

import argparse
import getpass
import os
import sys
from typing import Any

from deploy.incident import sink
from deploy.stack.console import StackError, fail, say

# What a note says: it may hold anything, and reaches this past make and the shell.
TEXT = "INCIDENT_TEXT"
SEVERITIES = ("P1", "P2", "P3")
_DONE = {"ack": "acknowledge", "note": "notes"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status: 0, or 1 with an explanation."""
    options = parse(arguments)
    try:
        if options.do == "list":
            show_all()
        elif options.do == "show":
            show(sink.incident(options.incident))
        else:
            do(options)
    except StackError as error:
        return fail(error)
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.incident", description=__doc__)
    parser.add_argument("do", choices=["list", "show", "ack", "declare", "note", "resolve"])
    parser.add_argument("incident", nargs="?", default=sink.LAST, help="its number, or last")
    parser.add_argument("--by", default=_login(), help="who does it (default: you)")
    parser.add_argument("--severity", choices=SEVERITIES, help="of declare")
    parser.add_argument("--commander", help="of declare (default: who declares)")
    return parser.parse_args(arguments)


def _login() -> str:
    try:
        return getpass.getuser()
    # Without an entry for the user and without a variable.
    except (KeyError, OSError):
        return "on-call"


def do(options: argparse.Namespace) -> None:
    """Do one thing about an incident.

    Raises StackError where something is missing, or the sink refuses.
    """
    body: dict[str, Any] = {"by": options.by}
    if options.do == "note":
        body["text"] = os.environ.get(TEXT, "").strip()
        if not body["text"]:
            raise StackError("a note needs words: make incident DO=note TEXT='what you see'")
    if options.do == "declare":
        if not options.severity:
            raise StackError("how grave is it? make incident DO=declare SEVERITY=P1 (P2, P3)")
        body |= {"severity": options.severity, "commander": options.commander or options.by}
    number = sink.incident(options.incident)["id"]
    word = _DONE.get(options.do, options.do)
    show(sink.ask(f"/api/v1/incidents/{number}/{word}", body))


def show_all() -> None:
    """Print a line for each incident, the newest first."""
    found = sink.ask("/api/v1/incidents?newest=50")["incidents"]
    if not found:
        say("No incident yet: everybody sleeps.")
    for one in found:
        led = one["declared"]
        grave = f"{led['severity']}, {led['commander']} leads" if led else ""
        say(f"{one['id']:>6}  {one['status']:12} {_when(one['triggered_at'])}  {one['summary']}")
        if grave:
            say(f"{'':8}{grave} in {led['channel']}")


def show(one: dict[str, Any]) -> None:
    """Print an incident and its timeline."""
    say(f"Incident {one['id']}, {one['status']}: {one['summary']}")
    if led := one["declared"]:
        say(f"  {led['severity']}, {led['commander']} leads in {led['channel']}")
    if one["escalated_to"] and one["status"] == "triggered":
        say(f"  Nobody acknowledged: {one['escalated_to']} is called")
    for link in one["links"]:
        say(f"  {link.get('text', 'Link')}: {link['href']}")
    say("")
    for line in one["timeline"]:
        say(f"  {_when(line['at'])}  {line['kind']:12} {line['by']}: {line['text']}")


def _when(at: str) -> str:
    """Return a time as people read it, in UTC as everywhere."""
    return f"{at[:10]} {at[11:19]}"


if __name__ == "__main__":
    sys.exit(main())
