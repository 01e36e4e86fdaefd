"""What faults add to what the process tells Prometheus: their names, and series on demand."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from faults.registry import Faults

# What `make gameday` calls the fault that somebody has to find.
UNNAMED = "gameday"


class LiveFaults(Collector):
    """Tells the faults that are live at each scrape; with none, not even the name is exposed.

    Dashboards mark the time from it, so that nobody takes a chaos run for an incident; on a game
    day somebody shall, and UNNAMED is not told.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the family, `faults_live{fault="api-errors"} 1` and on, while there is one."""
        live = [lease for lease in self._faults.live() if lease.name != UNNAMED]
        if not live:
            return
        family = GaugeMetricFamily(
            "faults_live", "Always 1: a fault that was put in on purpose.", labels=["fault"]
        )
        for lease in live:
            family.add_metric([lease.name], 1)
        yield family


class InjectedSeries(Collector):
    """Makes a label explosion's series at each scrape, from the faults that are live then.

    So they are gone with the lease, and without one not even their name is exposed.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the family, `injected_series{id="0"}` and on, while there is one."""
        count = self._faults.injected_series()
        if not count:
            return
        family = GaugeMetricFamily(
            "injected_series", "Series of a fault that was put in on purpose.", labels=["id"]
        )
        for number in range(count):
            family.add_metric([str(number)], 1)
        yield family
