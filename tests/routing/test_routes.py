"""Who is told of which alert; asked of amtool."""

import pytest

from tests.routing.scenes import ROUTES
from tests.tools import amtool

FILE = "--config.file=/etc/alertmanager/alertmanager.yml"


def test_alertmanager_accepts_the_configuration() -> None:
    assert "SUCCESS" in amtool("check-config", "/etc/alertmanager/alertmanager.yml")


@pytest.mark.parametrize(("labels", "receiver"), ROUTES.values(), ids=ROUTES)
def test_alert_reaches_exactly_one_receiver(labels: dict[str, str], receiver: str) -> None:
    words = [f"{name}={value}" for name, value in labels.items()]

    assert amtool("config", "routes", "test", FILE, *words).split() == [receiver]
