"""The command line: what it prints and ends with when it can't do what it was asked."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import loadtest.__main__ as command
from loadtest import leases
from loadtest.baseline import NotHealthyError
from loadtest.catalogue import BY_COMMAND, Fault
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.narrator import Narrator
from loadtest.outcome import Outcome, Plan
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


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Replace the story by one that ends as the test says; return the faults it was of."""

    def replace(ending: Callable[[], None]) -> list[str]:
        faults: list[str] = []

        class Story:
            def __init__(self, fault: Fault, endpoints: Endpoints, _: Narrator) -> None:
                faults.append(f"{fault.name} {endpoints.token}")
                plan = Plan(*[1.0] * 6)
                events = {"paged pagerduty": 1.0}
                self.outcome = Outcome(fault.name, fault.alert, plan, 0, events=events)

            def run(self) -> None:
                ending()

        monkeypatch.setattr(command, "Story", Story)
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


def test_a_broken_promise_is_in_the_file_too(told: Told, tmp_path: Path) -> None:
    told(raising(BrokenPromiseError("late")))
    file = tmp_path / "outcome.json"

    assert command.main(["drill", "api-errors", "--json", str(file)]) == 1
    assert json.loads(file.read_text())["events"] == {"paged pagerduty": 1.0}


def test_stop_takes_the_faults_of_both_services_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(leases, "stop", lambda _, target: stopped.append(target))

    assert command.main(["chaos", "stop"]) == 0
    assert stopped == ["api", "ml"]
    assert capsys.readouterr().out == "api: no fault is in\nml: no fault is in\n"


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
