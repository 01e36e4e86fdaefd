"""What a cause silences and what it doesn't, asked of a running Alertmanager."""

from collections.abc import Iterator

import pytest

from deploy.stack.console import ROOT
from tests.routing.alertmanager import Alertmanager, running
from tests.routing.scenes import EFFECTS, SCENES, Scene

NAMES = [scene.name for scene in SCENES]


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with running(ROOT / "alertmanager", tmp_path_factory.mktemp("secrets")) as one:
        yield one


@pytest.mark.parametrize("scene", SCENES, ids=NAMES)
def test_a_cause_silences_what_follows_from_it_and_nothing_else(
    alertmanager: Alertmanager, scene: Scene
) -> None:
    assert alertmanager.silenced(scene.casts()) == [{alert} for alert in scene.silenced] or [set()]


def test_without_its_cause_every_silenced_alert_is_told(alertmanager: Alertmanager) -> None:
    assert EFFECTS
    assert alertmanager.silenced([(alert,) for alert in EFFECTS]) == [set()] * len(EFFECTS)
