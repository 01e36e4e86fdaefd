"""`make incident` against a real sink."""

from collections.abc import Callable

import pytest
import requests

from deploy.incident.__main__ import main
from tests.unit.sink.conftest import Process
from tests.unit.sink.notifications import event

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def make(
    process: Process, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command; return its status and all that it printed."""
    process.start()
    monkeypatch.setenv("SINK_URL", process.url)

    def run(*words: str, text: str = "") -> tuple[int, str]:
        monkeypatch.setenv("INCIDENT_TEXT", text)
        status = main(list(words))
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def page(process: Process, key: str = "group-1") -> None:
    requests.post(f"{process.url}/v2/enqueue", json=event(key=key), timeout=5).raise_for_status()


def test_from_page_to_end(process: Process, make: Run) -> None:
    assert make("list") == (0, "No incident yet: everybody sleeps.\n")
    page(process)
    assert "triggered" in make("list")[1]
    assert make("ack", "last", "--by", "kim")[0] == 0
    assert make("declare", "1", "--severity", "P1", "--by", "kim")[0] == 0
    assert "P1, kim leads in #inc-" in make("list")[1]
    assert make("note", text="it's $(the) `deploy`")[0] == 0
    status, shown = make("resolve", "--by", "kim")

    assert status == 0
    assert shown.startswith("Incident 1, resolved: HighErrorRate: api")
    assert "Runbook: http://localhost:8002/runbooks/HighErrorRate" in shown
    kinds = [line.split()[2] for line in shown.splitlines() if line.startswith("  20")]
    assert kinds == ["page", "acknowledged", "declared", "note", "resolved"]
    assert "it's $(the) `deploy`" in shown


def test_last_is_the_newest(process: Process, make: Run) -> None:
    page(process)
    page(process, "group-2")
    assert make("show")[1].startswith("Incident 2, ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ack", "99"], "the sink refuses: There is no incident 99."),
        (["show", "HighErrorRate"], "is no incident's number: `make incident` lists them"),
        (["note"], "a note needs words"),
        (["declare"], "how grave is it?"),
        (["ack", "--by", "x" * 65], "by: String should have at most 64"),
    ],
)
def test_what_cannot_be_is_said(process: Process, make: Run, words: list[str], told: str) -> None:
    page(process)
    status, printed = make(*words)
    assert status == 1
    assert told in printed


def test_without_an_incident_it_says_how_to_make_one(make: Run) -> None:
    assert make("show") == (1, "\n✗ there is no incident yet: `make chaos-errors` makes one\n")


def test_a_second_acknowledgement_says_who_was_first(process: Process, make: Run) -> None:
    page(process)
    make("ack")
    status, printed = make("ack")
    assert status == 1
    assert "was acknowledged at" in printed


def test_without_a_sink_it_says_what_to_do(make: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SINK_URL", "http://127.0.0.1:9")
    status, printed = make("list")
    assert status == 1
    assert "start the stack with `make up`" in printed
