"""What a cause silences and what it doesn't, asked of a running Alertmanager."""

from collections.abc import Iterator

import pytest

from deploy.stack.console import ROOT
from tests.routing.alertmanager import Alertmanager, running
from tests.routing.scenes import SCENES, Scene, labels

NAMES = [scene.name for scene in SCENES]


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with running(ROOT / "alertmanager", tmp_path_factory.mktemp("secrets")) as one:
        yield one


@pytest.mark.parametrize("scene", SCENES, ids=NAMES)
def test_a_cause_silences_what_follows_from_it_and_nothing_else(
    alertmanager: Alertmanager, scene: Scene
) -> None:
    alerts = [*scene.told, *scene.silenced]

    (outcomes,) = alertmanager.outcomes([[labels(alert) for alert in alerts]])

    silenced = {alert for alert, one in zip(alerts, outcomes, strict=True) if one.silenced}
    assert silenced == set(scene.silenced)


def test_without_its_cause_every_silenced_alert_is_told(alertmanager: Alertmanager) -> None:
    alerts = sorted({alert for scene in SCENES for alert in scene.silenced})

    outcomes = alertmanager.outcomes([[labels(alert)] for alert in alerts])

    assert alerts
    assert [one.silenced for (one,) in outcomes] == [False] * len(alerts)
