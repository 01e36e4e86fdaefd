"""Series that a fault adds to what the process tells Prometheus: a label explosion, on demand."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from faults.registry import Faults


class InjectedSeries(Collector):
    """Makes the series at each scrape, from the faults that are live then.

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
