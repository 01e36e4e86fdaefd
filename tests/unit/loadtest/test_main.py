"""The command line: what it prints and ends with when it can't do what it was asked."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import loadtest.__main__ as command
from loadtest import drill, leases, outcome
from loadtest.baseline import NotHealthyError
from loadtest.catalogue import BY_COMMAND, FAULTS
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.faults import Fault
from loadtest.narrator import Narrator
from loadtest.outcome import Plan
from loadtest.story import BrokenPromiseError


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Give pytest its Ctrl-C back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "faults_token"
    file.write_text("secret\n")
    monkeypatch.setenv("FAULTS_TOKEN_FILE", str(file))
    return file


Told = Callable[[Callable[[], None]], list[str]]
PLAN = Plan(*[1.0] * 6)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Replace the story by one that ends as the test says; return the faults it was of."""

    def replace(ending: Callable[[], None]) -> list[str]:
        faults: list[str] = []

        class Story:
            def __init__(self, fault: Fault, endpoints: Endpoints, _: Narrator) -> None:
                faults.append(f"{fault.name} {endpoints.token}")
                told = [
                    outcome.Told(one.alert, sorted(one.receivers), PLAN, {"paged pagerduty": 1.0})
                    for one in fault.promises
                ]
                self.outcome = outcome.Outcome(fault.name, 0, told, fault_out=1.0)

            def run(self) -> None:
                ending()

        monkeypatch.setattr(command, "Story", Story)
        monkeypatch.setattr(drill, "Story", Story)
        return faults

    return replace


def raising(error: BaseException) -> Callable[[], None]:
    def ending() -> None:
        raise error

    return ending


@pytest.mark.parametrize("word", BY_COMMAND)
def test_a_kept_promise_is_0(told: Told, word: str) -> None:
    faults = told(lambda: None)

    assert command.main(["chaos", word]) == 0
    assert faults == [f"{BY_COMMAND[word].name} secret"]


def test_a_drill_takes_the_full_name(told: Told) -> None:
    faults = told(lambda: None)

    assert command.main(["drill", "api-errors"]) == 0
    assert faults == ["api-errors secret"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BrokenPromiseError("no page"), 1),
        (NotHealthyError("HighLatency is firing"), 2),
        (StackUnreachableError("Prometheus does not answer"), 2),
    ],
)
def test_each_way_to_fail_has_its_status_and_one_line(
    told: Told, capsys: pytest.CaptureFixture[str], error: Exception, status: int
) -> None:
    told(raising(error))

    assert command.main(["chaos", "errors"]) == status
    assert capsys.readouterr().out.splitlines()[-1] == f"✗ {error}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_130_and_a_second_one_changes_nothing(
    told: Told, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    def interrupted() -> None:
        try:
            signal.raise_signal(number)
        finally:
            # While the fault is being taken out.
            signal.raise_signal(number)

    told(interrupted)

    assert command.main(["chaos", "errors"]) == 130
    assert "interrupted: no traffic flows, no fault is in" in capsys.readouterr().out


def test_a_broken_promise_is_in_the_scorecard_too(told: Told, tmp_path: Path) -> None:
    told(raising(BrokenPromiseError("late")))

    assert command.main(["drill", "api-errors", "ml-slow", "--out", str(tmp_path)]) == 1
    written = json.loads((tmp_path / "scorecard.json").read_text())
    assert [one["why"] for one in written["results"]] == ["late", "late"]
    assert "0 of 1 kept, broken" in (tmp_path / "scorecard.md").read_text()


def test_a_drill_without_a_baseline_has_no_verdict_and_fails(told: Told, tmp_path: Path) -> None:
    told(raising(NotHealthyError("HighLatency is firing")))

    assert command.main(["drill", "api-errors", "--out", str(tmp_path)]) == 2
    assert "0 of 1 kept, no verdict" in (tmp_path / "scorecard.md").read_text()


def test_a_drill_runs_every_fault_in_every_round(told: Told, tmp_path: Path) -> None:
    faults = told(lambda: None)

    assert command.main(["drill", "--rounds", "2", "--out", str(tmp_path)]) == 0
    assert faults == [f"{fault.name} secret" for fault in FAULTS] * 2
    rows = (tmp_path / "scorecard.md").read_text().splitlines()
    for fault in FAULTS:
        assert len([row for row in rows if f"(`{fault.name}`)" in row]) == max(
            1, len(fault.promises)
        )


@pytest.mark.parametrize("words", [["drill", "earthquake"], ["drill", "--rounds", "0"]])
def test_a_drill_that_cannot_be_is_a_usage_error(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(words)
    assert "api-errors" in capsys.readouterr().err or words[1] == "--rounds"


def test_stop_takes_the_faults_of_all_services_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(leases, "stop", lambda _, target: stopped.append(target))

    assert command.main(["chaos", "stop"]) == 0
    assert stopped == ["api", "ml", "sink"]
    assert capsys.readouterr().out.splitlines() == [f"{one}: no fault is in" for one in stopped]


def test_no_token_says_what_makes_one(token: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token.unlink()

    assert command.main(["chaos", "errors"]) == 2
    assert "`make up` makes it" in capsys.readouterr().out


def test_no_stack_says_what_starts_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("API", "ML", "SINK", "PROMETHEUS", "ALERTMANAGER"):
        # Port 1 is reserved and answers nobody.
        monkeypatch.setenv(f"{name}_URL", "http://127.0.0.1:1")

    for words in (["chaos", "errors"], ["chaos", "stop"], ["load"]):
        assert command.main(words) == 2
        assert "`make up` starts it" in capsys.readouterr().out


def test_an_unknown_fault_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["chaos", "earthquake"])
    assert "choose from" in capsys.readouterr().err
