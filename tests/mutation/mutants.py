"""Every mutant of this checkout, made from its files as they are."""

from collections.abc import Iterator

from deploy.stack.console import ROOT
from tests.mutation import routing_file, rule_files, scrape_file
from tests.mutation.mutant import Mutant, load

CATALOGUE = "services/telemetry/metrics.py"
ROUTING = "alertmanager/alertmanager.yml"
SCRAPING = "prometheus/prometheus.yml"


def every() -> Iterator[Mutant]:
    """Return every mutant."""
    for file in sorted((ROOT / "prometheus" / "rules").glob("*.yml")):
        name = str(file.relative_to(ROOT))
        yield from rule_files.mutants(rule_files.read(name, file.read_text()))
    for file in sorted((ROOT / "prometheus" / "slo").glob("*.yaml")):
        document = load(str(file.relative_to(ROOT)), file.read_text())
        yield from scrape_file.of_objectives(document)
    yield from routing_file.mutants(load(ROUTING, (ROOT / ROUTING).read_text()))
    yield from scrape_file.mutants(load(SCRAPING, (ROOT / SCRAPING).read_text()))
    yield from scrape_file.of_buckets(CATALOGUE, (ROOT / CATALOGUE).read_text())
