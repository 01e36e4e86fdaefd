"""Wrong edits of alertmanager.yml: routes, receivers, inhibition, times."""

import re
from collections.abc import Iterator

from tests.mutation.mutant import REMOVED, Document, Mutant, Path, alternatives, durations

TIMES = ("group_wait", "group_interval", "repeat_interval")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"(.*)"')


def mutants(document: Document) -> Iterator[Mutant]:
    """Return every wrong edit."""
    yield from of_route(document, ("route",), document.content["route"])
    yield from of_receivers(document)
    yield from of_inhibitions(document)
    for length in durations(document.content["global"]["resolve_timeout"]):
        yield document.mutant("route time", ("global", "resolve_timeout"), length)


def of_route(document: Document, path: Path, route: dict) -> Iterator[Mutant]:
    """Return every wrong edit of a route and of those below it."""
    for receiver in document.content["receivers"]:
        if receiver["name"] != route["receiver"]:
            yield document.mutant("route", (*path, "receiver"), receiver["name"])
    for field in route.keys() & set(TIMES):
        for length in durations(route[field]):
            yield document.mutant("route time", (*path, field), length)
    for number in range(len(route.get("group_by", []))):
        yield document.mutant("grouping", (*path, "group_by", number), REMOVED)
    yield from of_matchers(document, "route", (*path, "matchers"), route.get("matchers", []))
    for number, child in enumerate(route.get("routes", [])):
        inner = (*path, "routes", number)
        yield document.mutant("route", inner, REMOVED)
        yield from of_route(document, inner, child)


def of_matchers(document: Document, kind: str, path: Path, matchers: list[str]) -> Iterator[Mutant]:
    """Drop each matcher and change its value."""
    for number, matcher in enumerate(matchers):
        place = (*path, number)
        yield document.mutant(kind, place, REMOVED)
        label, operator, value = MATCHER.fullmatch(matcher).groups()
        for other in alternatives(value) if "~" in operator else ["mutant"]:
            yield document.mutant(kind, place, f'{label}{operator}"{other}"')


def of_receivers(document: Document) -> Iterator[Mutant]:
    """Remove each way to tell somebody, send it elsewhere, turn `send_resolved` around."""
    for field in ("pagerduty_url", "slack_api_url_file"):
        other = f"{document.content['global'][field]}-mutant"
        yield document.mutant("receiver", ("global", field), other)
    for number, receiver in enumerate(document.content["receivers"]):
        for kind in receiver.keys() - {"name"}:
            yield document.mutant("receiver", ("receivers", number, kind), REMOVED)
            for place, integration in enumerate(receiver[kind]):
                path = ("receivers", number, kind, place)
                yield from of_integration(document, path, integration)


def of_integration(document: Document, path: Path, integration: dict) -> Iterator[Mutant]:
    """Return every wrong edit of one way to tell somebody."""
    for field in integration.keys() & {"channel", "url", "routing_key_file", "severity"}:
        yield document.mutant("receiver", (*path, field), f"{integration[field]}-mutant")
    yield document.mutant(
        "send_resolved", (*path, "send_resolved"), not integration["send_resolved"]
    )


def of_inhibitions(document: Document) -> Iterator[Mutant]:
    """Remove each inhibition, each of its matchers, and what must be equal."""
    for number, rule in enumerate(document.content["inhibit_rules"]):
        path = ("inhibit_rules", number)
        yield document.mutant("inhibition", path, REMOVED)
        for side in ("source_matchers", "target_matchers"):
            yield from of_matchers(document, "inhibition", (*path, side), rule[side])
        for place in range(len(rule.get("equal", []))):
            yield document.mutant("inhibition", (*path, "equal", place), REMOVED)
