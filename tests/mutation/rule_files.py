"""Wrong edits of files of rules: alerts and recordings.

Rules that have the same name and shape, as the ones that deploy/slo writes for every SLO, are
edited all at once. What can go wrong there is the program, which writes all of them; an edit of one
alone is a file that isn't what would be written, which `python -m deploy.slo --check` notices.
"""

from collections.abc import Iterator

import promql_parser

from tests.mutation import expressions
from tests.mutation.mutant import REMOVED, Document, Mutant, Path, durations, load

# Each rule's path and content.
Rules = dict[Path, dict]


def read(file: str, text: str) -> Document:
    """Return a file of rules with its expressions written as the edited ones are."""
    document = load(file, text)
    for group in document.content["groups"]:
        for rule in group["rules"]:
            rule["expr"] = promql_parser.parse(rule["expr"]).prettify()
    return document


def mutants(document: Document) -> Iterator[Mutant]:
    """Return every wrong edit of every rule of a file, and of each group's interval."""
    alike: dict[object, Rules] = {}
    for place, group in enumerate(document.content["groups"]):
        if "interval" in group:
            for length in durations(group["interval"]):
                yield document.mutant("group interval", ("groups", place, "interval"), length)
        for number, rule in enumerate(group["rules"]):
            alike.setdefault(shape(rule), {})[("groups", place, "rules", number)] = rule
    for rules in alike.values():
        yield from of_expressions(document, rules)
        yield from of_fields(document, rules)


def shape(rule: dict) -> tuple:
    """Return what rules have in common that are edited together."""
    kinds = tuple(kind for kind, _ in edits(rule))
    return name(rule), kinds, "for" in rule, *rule.get("labels", {}), *rule.get("annotations", {})


def name(rule: dict) -> str:
    """Return the alert's or the recording's name."""
    return rule.get("alert") or rule["record"]


def edits(rule: dict) -> list[expressions.Change]:
    """Return the wrong edits of a rule's expression.

    A recording has no thresholds: its numbers are units, and guards against dividing by nothing.
    """
    found = expressions.edits(rule["expr"])
    return [(kind, text) for kind, text in found if "alert" in rule or kind != "threshold"]


def of_expressions(document: Document, rules: Rules) -> Iterator[Mutant]:
    """Return every wrong edit of the expressions of rules that are alike."""
    paths = [(*path, "expr") for path in rules]
    subject = name(next(iter(rules.values())))
    for edit in zip(*(edits(rule) for rule in rules.values()), strict=True):
        values = dict(zip(paths, (text for _, text in edit), strict=True))
        yield document.edited(edit[0][0], values, subject)


def of_fields(document: Document, rules: Rules) -> Iterator[Mutant]:
    """Return every wrong edit of `for`, labels and annotations of rules that are alike."""
    first = next(iter(rules.values()))

    def edited(kind: str, field: Path, value: object) -> Mutant:
        return document.edited(kind, {(*path, *field): value for path in rules}, name(first))

    for field in first.keys() & {"for", "keep_firing_for"}:
        for length in (durations(first[field])[0], REMOVED):
            yield edited("for", (field,), length)
    for label in first.get("labels", {}):
        yield edited("label", ("labels", label), "mutant")
    # Only this one is the rule's alone. Another the expression may bring as well, and without the
    # rule's the alert would be the same.
    if "severity" in first.get("labels", {}):
        yield edited("label", ("labels", "severity"), REMOVED)
    for annotation in first.get("annotations", {}):
        yield edited("annotation", ("annotations", annotation), "http://localhost:1/mutant")
