"""What a drill leaves behind between two faults."""

import pytest

from loadtest import baseline, containers, drill, history, observe
from loadtest.catalogue import BY_NAME
from loadtest.endpoints import Endpoints
from loadtest.narrator import Narrator
from loadtest.rules import Configuration
from loadtest.story import Story

CONFIGURATION = Configuration((), {}, 15, 15, 60, {}, 300)


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand for a healthy stack whose faults all keep their promise; return what was emptied."""
    emptied: list[str] = []
    monkeypatch.setattr(drill, "load", lambda _: CONFIGURATION)
    monkeypatch.setattr(history, "openmetrics", lambda *_: "")
    monkeypatch.setattr(baseline, "active", lambda _: {})
    monkeypatch.setattr(baseline, "remembered", lambda *_: [])
    monkeypatch.setattr(observe, "unresolved", lambda _: [])
    monkeypatch.setattr(containers, "forget", lambda project, _: emptied.append(project))
    monkeypatch.setattr(drill.Drill, "_until", lambda *_: None)
    monkeypatch.setattr(Story, "__init__", lambda self, *_: setattr(self, "outcome", None))
    monkeypatch.setattr(Story, "run", lambda _: None)
    return emptied


def run(names: list[str], rounds: int = 1) -> list[str]:
    endpoints = Endpoints({}, "secret", "unit")
    faults = [BY_NAME[name] for name in names]
    results = drill.Drill(endpoints, Narrator(), fresh=True).run(faults, rounds)
    return [result.verdict for result in results]


def test_an_alert_that_was_told_is_forgotten_before_it_is_due_again(forgotten: list[str]) -> None:
    assert run(["api-stopped", "ml-stopped"]) == ["kept", "kept"]
    assert forgotten == ["unit"]


def test_other_alerts_need_no_forgetting(forgotten: list[str]) -> None:
    assert run(["api-errors", "api-latency"]) == ["kept", "kept"]
    assert forgotten == []


def test_every_round_begins_as_the_first(forgotten: list[str]) -> None:
    run(["api-errors", "api-latency"], rounds=2)

    # One emptying forgets both.
    assert forgotten == ["unit"]
