"""Which images are pulled, which are built, and what is said about it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from deploy.stack import images, packages, settings


class Engine:
    """An engine that holds some images and whose registry has some."""

    def __init__(self, held: dict[str, str], registry: Callable[[str], str]) -> None:
        self.held = held
        self.registry = registry
        self.asked: list[str] = []

    def run(self, command: Sequence[object], **_: object) -> CompletedProcess[str]:
        words = [str(word) for word in command]
        image = words[-1]
        if words[1] == "pull":
            self.asked.append(image)
            refusal = self.registry(image)
            if not refusal:
                self.held[image] = ""
            return CompletedProcess(words, bool(refusal), "", refusal)
        return CompletedProcess(words, image not in self.held, self.held.get(image, "") + "\n", "")

    def build(self, chosen: dict[str, str]) -> None:
        self.held |= {image: packages.recipe(target) for image, target in chosen.items()}


@pytest.fixture
def values(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("MIRROR", "mirror.example.com/")
    return settings.read()


def use(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Engine:
    monkeypatch.setattr(images, "run", engine.run)
    monkeypatch.setattr(packages, "build", engine.build)
    return engine


def all_of(values: dict[str, str]) -> list[str]:
    return [images.reference(values, name) for name in settings.UPSTREAM]


def test_a_registry_that_answers_gives_every_image(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    engine = use(monkeypatch, Engine({}, lambda _: ""))

    assert images.ensure(values) == "images: pulled from mirror.example.com"
    assert sorted(engine.asked) == sorted(all_of(values))


def test_no_registry_is_asked_once_and_everything_is_built(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    engine = use(monkeypatch, Engine({}, lambda _: "dial tcp: no such host"))

    assert images.ensure(values) == "images: built from distribution packages"
    assert engine.asked == [images.reference(values, images.PROBE)]


def test_a_rate_limit_in_the_middle_builds_the_rest_alone(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    limited = images.reference(values, "POSTGRES_IMAGE")
    use(monkeypatch, Engine({}, lambda image: "toomanyrequests" if image == limited else ""))

    assert images.ensure(values) == (
        "images: pulled, but for postgres: built from distribution packages"
    )


def test_images_that_are_here_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    engine = use(monkeypatch, Engine(dict.fromkeys(all_of(values), ""), lambda _: "unused"))

    assert "already here" in images.ensure(values)
    assert engine.asked == []


def test_an_image_built_from_an_older_recipe_is_built_again(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    held = dict.fromkeys(all_of(values), "distribution-packages-000000000000")
    engine = use(monkeypatch, Engine(held, lambda _: "no such host"))

    images.ensure(values)

    assert set(engine.held.values()) == {packages.recipe(one) for one in settings.UPSTREAM.values()}


def test_substitutes_are_named_only_when_in_use(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    use(monkeypatch, Engine(dict.fromkeys(all_of(values), ""), lambda _: ""))
    assert images.explain(values) == []

    built = images.reference(values, "GRAFANA_IMAGE")
    held = dict.fromkeys(all_of(values), "") | {built: "distribution-packages-000000000000"}
    use(monkeypatch, Engine(held, lambda _: ""))
    (line,) = images.explain(values)
    assert "preview" in line


def test_a_change_of_the_preview_builds_its_image_again_and_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = {target: packages.recipe(target) for target in ("grafana", "cadvisor")}
    monkeypatch.setitem(packages.CONTEXTS, "grafana", tmp_path)
    (tmp_path / "page.ts").write_text("changed")
    (tmp_path / "node_modules").mkdir()

    changed = packages.recipe("grafana")
    (tmp_path / "node_modules" / "library.js").write_text("git does not have it")

    assert packages.recipe("cadvisor") == before["cadvisor"]
    assert packages.recipe("grafana") == changed != before["grafana"]
