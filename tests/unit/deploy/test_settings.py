"""What .env and the environment may hold."""

import pytest

from deploy.stack import settings
from deploy.stack.console import StackError


def test_the_committed_settings_are_valid() -> None:
    values = settings.read()

    assert values["COMPOSE_PROJECT_NAME"] == "sre-reference"
    assert settings.UPSTREAM.keys() <= values.keys()


def test_every_upstream_image_is_pinned_and_names_its_registry() -> None:
    values = settings.read()

    for name in settings.UPSTREAM:
        host, _, rest = values[name].partition("/")
        assert "." in host, f"{name} has no registry in front"
        assert any(digit in rest.partition(":")[2] for digit in "0123456789"), f"{name} has no tag"


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "18000")

    assert settings.read()["API_PORT"] == "18000"


@pytest.mark.parametrize("port", ["http", "", "-1", "70000", "80.5"])
def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("SINK_PORT", port)

    with pytest.raises(StackError, match=f"SINK_PORT={port} is no port"):
        settings.read()


def test_a_mirror_without_its_slash_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRROR", "mirror.example.com")

    with pytest.raises(StackError, match="needs a slash"):
        settings.read()
