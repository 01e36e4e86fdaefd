"""Feature flags: one file each, which says ``on`` or ``off``; without a file a feature is on.

Files are what a deploy tool, a ConfigMap and a person in a hurry can all write, and nothing has to
restart: a file is read again at most once a second. `feature_flag_enabled` tells what a process
goes by.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from telemetry import logs

# Seconds between two looks at a file.
_FRESH = 1.0
_WORDS = {"on": True, "off": False}

_log = logs.get_logger("flags")


class Flags(Collector):
    """Named flags, each a file of one folder; all on where there is no folder.

    A file that says neither word, or can't be read, changes nothing: a slip of the pen must not
    switch a feature. `clock` gives monotonic seconds; tests replace it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.set_up(None, ())

    def set_up(self, folder: Path | None, names: Iterable[str]) -> None:
        """Begin anew: these flags, in this folder."""
        self._folder = folder
        self._on = dict.fromkeys(names, True)
        self._looked = dict.fromkeys(self._on, float("-inf"))

    def is_on(self, name: str) -> bool:
        """Tell whether a feature is on; raises KeyError for a name that is no flag."""
        now = self._clock()
        if self._folder is not None and now - self._looked[name] >= _FRESH:
            self._looked[name] = now
            self._look(name, self._folder / name)
        return self._on[name]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield `feature_flag_enabled{flag}`, 1 or 0."""
        family = GaugeMetricFamily(
            "feature_flag_enabled",
            "Whether the feature behind a flag is on (1) or switched off (0).",
            labels=["flag"],
        )
        for name in self._on:
            family.add_metric([name], self.is_on(name))
        yield family

    def _look(self, name: str, file: Path) -> None:
        try:
            word = file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            word = "on"
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("A flag can't be read and stays as it was", flag=name, error=str(error))
            return
        if word not in _WORDS:
            _log.warning("A flag is neither on nor off and stays as it was", flag=name, word=word)
            return
        if self._on[name] is not _WORDS[word]:
            self._on[name] = _WORDS[word]
            _log.warning("Feature switched", flag=name, to=word)


_flags = Flags()
REGISTRY.register(_flags)


def install(folder: str, names: Iterable[str]) -> None:
    """Go by the flags of a folder; "" for none: every feature is on."""
    _flags.set_up(Path(folder) if folder else None, names)


def is_on(name: str) -> bool:
    """Tell whether a feature is on; raises KeyError for a name that is no flag."""
    return _flags.is_on(name)
