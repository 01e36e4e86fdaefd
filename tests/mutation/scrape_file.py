"""Wrong edits of prometheus.yml, of a histogram's buckets, and of what an SLO promises."""

import ast
from collections.abc import Iterator

from tests.mutation.mutant import REMOVED, Document, Mutant, durations

BUCKETS = "DURATION_BUCKETS"
# What an SLO promises or an alert compares with.
EDGES = (0.2, 0.5, 1.0)


def mutants(document: Document) -> Iterator[Mutant]:
    """Return every wrong edit of prometheus.yml's intervals, jobs, limits and addressees."""
    for field in ("scrape_interval", "evaluation_interval"):
        for length in durations(document.content["global"][field]):
            yield document.mutant("interval", ("global", field), length)
    for number, job in enumerate(document.content["scrape_configs"]):
        path = ("scrape_configs", number)
        yield document.mutant("scrape job", path, REMOVED)
        yield document.mutant("scrape job", (*path, "job_name"), f"{job['job_name']}-mutant")
        if "sample_limit" in job:
            limit = job["sample_limit"] * 2
            yield document.mutant("scrape job", (*path, "sample_limit"), limit)
    yield document.mutant("addressee", ("alerting", "alertmanagers", 0), REMOVED)
    yield document.mutant("addressee", ("rule_files", 0), REMOVED)


def of_buckets(file: str, text: str) -> Iterator[Mutant]:
    """Take away each edge that something depends on."""
    before = ast.unparse(ast.parse(text))
    for edge in EDGES:
        yield Mutant("bucket edge", f"{BUCKETS} {edge}", file, before, without_edge(text, edge))


def without_edge(text: str, edge: float) -> str:
    """Return a module's text without one of its buckets' edges."""
    tree = ast.parse(text)
    (buckets,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == BUCKETS
    )
    buckets.elts = [item for item in buckets.elts if ast.literal_eval(item) != edge]
    return ast.unparse(tree)


def of_objectives(document: Document) -> Iterator[Mutant]:
    """Promise ten times as much and ten times as little, and say so."""
    for number, objective in enumerate(document.content["spec"]["objectives"]):
        failing = 1 - objective["target"]
        _, space, rest = objective["displayName"].partition(" ")
        for value in (round(1 - failing / 10, 6), round(1 - failing * 10, 6)):
            path = ("spec", "objectives", number)
            name = f"{100 * value:.10g}%{space}{rest}"
            values = {(*path, "target"): value, (*path, "displayName"): name}
            yield document.edited("objective", values)
