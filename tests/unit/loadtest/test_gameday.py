"""A game day: the fault is unnamed, is found or given up, and is taken out in any case."""

import io
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from faults.series import UNNAMED
from loadtest import baseline, gameday, observe
from loadtest.baseline import Baseline, NotHealthyError
from loadtest.catalogue import BY_NAME, FAULTS
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.gameday import GameDay
from loadtest.injections import InService
from loadtest.narrator import Narrator
from loadtest.observe import Delivery
from tests.unit.loadtest.test_story import CONFIGURATION

NOW = datetime.now(UTC)


class Play:
    """A game day on a stack that is replaced; `typed` is what the person types, line by line."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[str] = []
        self.typed: list[str | None] = []
        self.told = io.StringIO()
        self.noted: list[str] = []
        self.fault = BY_NAME["api-errors"]
        self.acknowledged: str | None = NOW.isoformat()
        ready = Baseline(60.0, 7)
        replaced: list[tuple[Any, str, Any]] = [
            (gameday, "load", lambda _: CONFIGURATION),
            (gameday, "flowing", self.flowing),
            (gameday, "eligible", lambda _: [self.fault, BY_NAME["ml-errors"]]),
            (baseline, "active", lambda _: {}),
            (baseline, "until_steady", lambda *_: ready),
            (observe, "deliveries", lambda *_: [Delivery(8, "pagerduty", "FIRING", "X", NOW)]),
            (InService, "prepare", self.prepare),
            (Endpoints, "get", self.get),
            (Endpoints, "tell", lambda _, text, **__: self.noted.append(text)),
        ]
        for owner, name, function in replaced:
            monkeypatch.setattr(owner, name, function)

    def get(self, *_: str) -> dict[str, Any]:
        return {"incidents": [{"id": 8, "acknowledged_at": self.acknowledged}]}

    def prepare(self, _: Endpoints, name: str, __: float) -> "Play":
        self.log.append(f"called {name}")
        return self

    @contextmanager
    def flowing(self, _: str) -> Iterator["Play"]:
        yield self
        self.log.append("traffic ended")

    def check(self) -> None:
        """Stand for the traffic."""

    def put(self) -> None:
        self.log.append("in")

    def end(self) -> None:
        self.log.append("out")

    def ask(self, _: float) -> str | None:
        typed = self.typed.pop(0)
        if typed == "^C":
            raise KeyboardInterrupt
        return typed

    def run(self) -> bool:
        class First(random.Random):
            def choice(self, seq: Any) -> Any:  # noqa: ANN401 - as random has it
                return seq[0]

        endpoints = Endpoints({"api": "http://unused"}, "")
        return GameDay(endpoints, Narrator(self.told), self.ask, First()).run()

    @property
    def text(self) -> str:
        return self.told.getvalue()


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    return Play(monkeypatch)


@pytest.mark.parametrize("answer", ["api-errors", "errors", "make chaos-errors"])
def test_who_finds_it_hears_the_times(play: Play, answer: str) -> None:
    play.typed = [None, answer]
    assert play.run()
    assert play.log == ["called gameday", "in", "out", "traffic ended"]
    assert "Found: api-errors: 5 % of API requests answer 500." in play.text
    for words in ("paged", "acknowledged", "answered", "fault out"):
        assert f"  {words:14} after" in play.text
    (noted,) = play.noted
    assert noted.startswith("game day: api-errors: 5 % of API requests answer 500, from ")


def test_before_the_answer_nothing_names_it(play: Play) -> None:
    play.typed = ["ml-errors", "cats", "errors"]
    play.run()
    before = play.text.split("Found:")[0]
    assert "It is not ml-errors. Look again." in before
    assert "cats is no fault's name" in before
    assert "api-errors" not in before


def test_it_can_be_given_up(play: Play) -> None:
    play.typed = ["?", "give up"]
    assert not play.run()
    assert "  ml-errors              10 % of inferences fail" in play.text
    assert "It was: api-errors" in play.text
    assert "given up" in play.text


def test_nobody_who_acknowledged_is_said(play: Play) -> None:
    play.acknowledged = None
    play.typed = ["errors"]
    play.run()
    assert "acknowledged   nobody did" in play.text


def test_ctrl_c_takes_the_fault_out(play: Play) -> None:
    play.typed = ["^C"]
    with pytest.raises(KeyboardInterrupt):
        play.run()
    assert play.log[-1] == "out"


def test_a_stack_that_is_not_healthy_is_refused(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "active", lambda _: {"HighLatency": "firing"})
    with pytest.raises(NotHealthyError):
        play.run()
    assert play.log == []


def test_a_seed_chooses_the_same_fault_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gameday, "load", lambda _: CONFIGURATION)
    monkeypatch.setattr(gameday.profiles, "lacks", lambda *_: False)
    chosen = [
        GameDay(Endpoints({}, ""), Narrator(io.StringIO()), lambda _: None, random.Random(seed))  # noqa: S311
        for seed in (3, 3, *range(40))
    ]
    names = [one._fault.name for one in chosen]  # noqa: SLF001 - the secret itself
    assert names[0] == names[1]
    assert len(set(names)) > 5


def test_every_fault_that_it_may_be_has_a_command_and_pages() -> None:
    found = gameday.eligible(Endpoints({}, ""))
    assert len(found) > 15
    assert {fault.name for fault in FAULTS} > {fault.name for fault in found}
    assert all(fault.command and fault.promises for fault in found)


def test_the_services_show_no_fault_of_its_name() -> None:
    assert gameday.NAME == UNNAMED


def test_without_a_terminal_it_says_so() -> None:
    with pytest.raises(StackUnreachableError, match="needs somebody at a terminal"):
        gameday.terminal(io.StringIO("errors\n"))


def test_what_is_typed_at_a_terminal_is_the_answer() -> None:
    outside, inside = os.openpty()
    with os.fdopen(outside, "w") as keyboard, os.fdopen(inside) as screen:
        ask = gameday.terminal(screen)
        assert ask(0.01) is None
        keyboard.write("  API-Errors \n")
        keyboard.flush()
        assert ask(5) == "api-errors"
