"""Lines reach moto's CloudWatch Logs through a way that fails: each once, or counted as dropped."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry import logs
from telemetry.log_queue import LogQueue
from telemetry.shipping import Shipper, stream_name
from tests.polling import wait_for
from tests.unit.telemetry.shipping import double
from tests.unit.telemetry.shipping.double import Counts, Store, Way

Ship = Callable[..., Shipper]
Log = Callable[[], list[dict[str, Any]]]

SECONDS = 20.0


def write(shipper: Shipper, *lines: str) -> None:
    for line in lines:
        shipper.queue.offer(int(time.time() * 1000), line)


def until_settled(queue: LogQueue) -> None:
    wait_for(lambda: queue.waiting == 0, "nothing waits", seconds=SECONDS)


def test_lines_arrive_in_order_with_their_times(store: Store, ship: Ship, counts: Counts) -> None:
    before = int(time.time() * 1000)
    shipper = ship(store.url)
    write(shipper, "one", "two", "three")
    until_settled(shipper.queue)

    assert store.messages() == ["one", "two", "three"]
    assert all(before <= one["timestamp"] <= time.time() * 1000 for one in store.events())
    assert (counts["shipped"], counts.dropped()) == (3, 0)


def test_what_is_logged_goes_to_stdout_and_there_as_the_same_text(
    store: Store, ship: Ship, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    shipper = ship(store.url)
    logs.get_logger("api").info("Grüße, 世界", value="\ud800")
    until_settled(shipper.queue)

    assert store.messages() == capsys.readouterr().out.splitlines()


def test_sending_a_line_writes_no_other_even_at_debug(store: Store, ship: Ship, log: Log) -> None:
    """boto3's DEBUG has what it sends in it: each batch would make a longer one."""
    logs.configure("DEBUG")
    shipper = ship(store.url)
    logs.get_logger("api").debug("once")
    until_settled(shipper.queue)
    shipper.stop(SECONDS)

    assert [line["message"] for line in log()] == ["once"]
    assert len(store.messages()) == 1


@pytest.mark.parametrize("fault", double.FAULTS)
def test_whatever_happens_to_a_batch_it_arrives_once(
    way: Way, store: Store, ship: Ship, counts: Counts, fault: str
) -> None:
    shipper = ship(way.url)
    write(shipper, "created")
    until_settled(shipper.queue)
    way.faults = [fault, fault, fault]
    write(shipper, "a", "b", "c")
    until_settled(shipper.queue)

    assert sorted(store.messages()) == ["a", "b", "c", "created"]
    assert (counts["shipped"], counts.dropped()) == (4, 0)


def test_a_batch_that_hung_and_was_taken_when_nobody_waited_is_not_sent_again(
    way: Way, store: Store, ship: Ship, counts: Counts
) -> None:
    """As when CloudWatch's container is paused: it goes on with what it was asked before."""
    shipper = ship(way.url, read_timeout=0.2)
    write(shipper, "created")
    until_settled(shipper.queue)
    hold_looks = iter([True])
    client: Any = shipper._stream._client  # noqa: SLF001 - what it asks with
    look = client.get_log_events

    def first_look_waits(**words: Any) -> Any:  # noqa: ANN401
        if next(hold_looks, False):
            way.go.set()
            wait_for(lambda: len(store.messages()) > 1, "the late one is there", seconds=SECONDS)
        return look(**words)

    client.get_log_events = first_look_waits
    way.faults = ["late"]
    write(shipper, "late")
    until_settled(shipper.queue)

    assert store.messages() == ["created", "late"]
    assert way.asked["PutLogEvents"] == 3
    assert counts["shipped"] == 2


def test_a_store_that_forgot_everything_gets_the_next_lines(
    store: Store, ship: Ship, counts: Counts
) -> None:
    shipper = ship(store.url)
    write(shipper, "forgotten")
    until_settled(shipper.queue)
    store.reset()
    write(shipper, "kept")
    until_settled(shipper.queue)

    assert store.messages() == ["kept"]
    assert (counts["shipped"], counts.dropped()) == (2, 0)


def test_while_nobody_takes_them_lines_wait_and_what_finds_no_room_is_counted(
    way: Way, store: Store, ship: Ship, counts: Counts
) -> None:
    shipper = ship(way.url, most=10)
    way.faults = ["busy"] * 1000
    began = time.monotonic()
    write(shipper, *map(str, range(25)))
    assert time.monotonic() - began < 1, "nobody waits for CloudWatch"
    assert (counts["queue_full"], shipper.queue.waiting) == (15, 10)

    way.faults = []
    until_settled(shipper.queue)

    assert store.messages() == [str(number) for number in range(10)]
    assert (counts["shipped"], counts.dropped()) == (10, 15)


class Refusing:
    """A stream that refuses batches with this line in it, and rejects what it is told to."""

    def __init__(self, bad: str, rejected: dict[str, int] | None = None) -> None:
        self.bad = bad
        self.rejected = rejected or {}
        self.taken: list[str] = []

    def put(self, events: Any) -> dict[str, int]:  # noqa: ANN401
        messages = [one.message for one in events]
        if self.bad in messages:
            raise ParamValidationError(report=self.bad)
        self.taken += messages
        rejected, self.rejected = self.rejected, {}
        return rejected


@pytest.mark.usefixtures("quick")
def test_a_line_that_is_refused_costs_no_other_one(counts: Counts) -> None:
    stream = Refusing("3")
    shipper = Shipper(stream, LogQueue(100))  # type: ignore[arg-type]
    write(shipper, *map(str, range(8)))
    shipper.start()
    until_settled(shipper.queue)
    shipper.stop(SECONDS)

    assert stream.taken == ["0", "1", "2", "4", "5", "6", "7"]
    assert (counts["shipped"], counts["refused"]) == (7, 1)


@pytest.mark.usefixtures("quick")
def test_what_a_clock_is_wrong_about_is_counted_as_dropped(counts: Counts, log: Log) -> None:
    logs.configure("INFO")
    stream = Refusing("", {"too_new": 2, "too_old": 1})
    shipper = Shipper(stream, LogQueue(100))  # type: ignore[arg-type]
    write(shipper, *map(str, range(8)))
    shipper.start()
    wait_for(lambda: counts["shipped"], "the first batch is settled", seconds=SECONDS)
    shipper.stop(SECONDS)

    assert (counts["too_new"], counts["too_old"]) == (2, 1)
    (warning, *_) = log()
    assert warning["extra"] == {"error": "rejected", "detail": "2 too_new, 1 too_old"}
    assert counts["shipped"] == len(stream.taken) - 3


def test_it_is_said_once_that_lines_are_not_taken_and_once_that_they_are_again(
    way: Way, ship: Ship, log: Log
) -> None:
    logs.configure("INFO")
    shipper = ship(way.url)
    way.faults = ["throttle"] * 6
    write(shipper, "a")
    until_settled(shipper.queue)

    said = [(line["level"], line["message"]) for line in log()]
    assert said == [
        ("WARN", "CloudWatch Logs does not take log lines"),
        ("INFO", "CloudWatch Logs takes log lines again"),
    ]


def test_stopping_sends_what_waits(store: Store, ship: Ship, counts: Counts) -> None:
    shipper = ship(store.url)
    write(shipper, *map(str, range(3000)))
    shipper.stop(SECONDS)

    assert len(store.messages()) == 3000
    assert (counts["shipped"], counts.dropped()) == (3000, 0)


@pytest.mark.parametrize("fault", ["busy", "hang"])
def test_stopping_takes_no_longer_than_it_may_and_counts_what_is_left(
    way: Way, ship: Ship, counts: Counts, fault: str
) -> None:
    way.faults = [fault] * 10_000
    shipper = ship(way.url)
    write(shipper, "a", "b", "c")
    began = time.monotonic()
    shipper.stop(0.5)

    assert 0.4 < time.monotonic() - began < 3
    assert (counts["shutdown"], counts["shipped"], shipper.queue.waiting) == (3, 0, 0)


def test_after_it_stopped_lines_go_to_stdout_alone(store: Store, ship: Ship, log: Log) -> None:
    logs.configure("INFO")
    shipper = ship(store.url)
    shipper.stop(SECONDS)
    logs.get_logger("api").info("last words")

    assert [line["message"] for line in log()] == ["last words"]
    assert store.messages() == []


def test_with_nobody_there_at_all_lines_are_kept_and_it_tries_on(
    ship: Ship, store: Store, counts: Counts
) -> None:
    away = Way(store.url)
    away.close()
    shipper = ship(away.url)
    write(shipper, "a")
    time_of_first = time.monotonic()
    wait_for(lambda: time.monotonic() > time_of_first + 0.3, "it tried", seconds=SECONDS)

    assert (shipper.queue.waiting, counts["shipped"], counts.dropped()) == (1, 0, 0)


Turn = tuple[int, list[str]]


@given(st.lists(st.tuples(st.integers(0, 12), st.lists(st.sampled_from(double.FAULTS)))))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.timeout(300)
def test_written_is_shipped_and_dropped_and_waiting_and_shipped_is_what_is_there(
    ship: Ship, store: Store, turns: list[Turn]
) -> None:
    store.reset()
    way, counts = Way(store.url), Counts()
    shipper = ship(way.url, most=20)
    written = 0
    for lines, faults in turns:
        way.faults = list(faults)
        write(shipper, *(f"line {written + number}" for number in range(lines)))
        written += lines
        assert written == counts["shipped"] + counts.dropped() + shipper.queue.waiting
    way.faults = []
    shipper.stop(SECONDS)
    way.close()

    there = store.messages()
    assert len(there) == len(set(there)) == counts["shipped"]
    assert written == counts["shipped"] + counts.dropped()


def test_a_stream_is_named_after_the_service_the_machine_and_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "host:1*")

    service, host, start = stream_name("api").split("/")

    assert (service, host) == ("api", "host-1-")
    assert start.startswith("20")
    assert ":" not in start
