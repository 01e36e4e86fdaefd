"""The tests of routing and inhibition on mutants: a running Alertmanager on a copy's file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutation import checkout
from tests.mutation.mutant import Mutant, RefusedError
from tests.routing import alertmanager
from tests.routing.alertmanager import Alertmanager
from tests.routing.scenes import EFFECTS, ROUTES, SCENES


@dataclass(frozen=True)
class Routing:
    """An Alertmanager that has a copy's alertmanager/ mounted."""

    alertmanager: Alertmanager
    root: Path

    def notices(self, mutant: Mutant) -> bool:
        """Tell whether an alert is told or silenced otherwise with this mutant.

        Raises:
            RefusedError: Alertmanager would not load it.

        """
        with checkout.edited(self.root, mutant):
            if complaint := self.alertmanager.reload():
                raise RefusedError(complaint)
            return not self.pass_()

    def pass_(self) -> bool:
        """Tell whether every alert is routed and silenced as it should be."""
        return self.silences() and self.routes()

    def silences(self) -> bool:
        """Tell whether each alert is silenced by its causes and by nothing else."""
        casts = [cast for scene in SCENES for cast in scene.casts()]
        expected = [
            alerts
            for scene in SCENES
            for alerts in [{alert} for alert in scene.silenced] or [set()]
        ]
        casts += [(alert,) for alert in EFFECTS]
        expected += [set()] * len(EFFECTS)
        return self.alertmanager.silenced(casts) == expected

    def routes(self) -> bool:
        """Tell whether each alert goes to its one receiver."""
        receivers = self.alertmanager.receivers([alert for alert, _ in ROUTES.values()])
        return receivers == [[name] for _, name in ROUTES.values()]


@contextmanager
def running(root: Path, secrets: Path) -> Iterator[Routing]:
    """Start an Alertmanager on a copy of the checkout and remove it in the end."""
    with alertmanager.running(root / "alertmanager", secrets) as one:
        yield Routing(one, root)
