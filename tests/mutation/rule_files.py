"""Wrong edits of files of rules: alerts and recordings."""

from collections.abc import Iterator

import promql_parser

from tests.mutation import expressions
from tests.mutation.mutant import REMOVED, Document, Mutant, Path, durations, load


def read(file: str, text: str) -> Document:
    """Return a file of rules with its expressions written as the edited ones are."""
    document = load(file, text)
    for group in document.content["groups"]:
        for rule in group["rules"]:
            rule["expr"] = promql_parser.parse(rule["expr"]).prettify()
    return document


def mutants(document: Document) -> Iterator[Mutant]:
    """Return every wrong edit of every rule of a file, and of each group's interval."""
    for place, group in enumerate(document.content["groups"]):
        path: Path = ("groups", place)
        if "interval" in group:
            for length in durations(group["interval"]):
                yield document.mutant("group interval", (*path, "interval"), length, group["name"])
        for number, rule in enumerate(group["rules"]):
            yield from of_rule(document, (*path, "rules", number), rule)


def of_rule(document: Document, path: Path, rule: dict) -> Iterator[Mutant]:
    """Return every wrong edit of one rule."""
    subject = rule.get("alert") or rule["record"]
    for kind, expression in expressions.edits(rule["expr"]):
        yield document.mutant(kind, (*path, "expr"), expression, subject)
    for field in rule.keys() & {"for", "keep_firing_for"}:
        for length in (durations(rule[field])[0], REMOVED):
            yield document.mutant("for", (*path, field), length, subject)
    for label in rule.get("labels", {}):
        for value in ("mutant", REMOVED):
            yield document.mutant("label", (*path, "labels", label), value, subject)
    for name, text in rule.get("annotations", {}).items():
        yield document.mutant("annotation", (*path, "annotations", name), f"{text}-x", subject)
