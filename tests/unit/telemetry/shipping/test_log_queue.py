import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.log_queue import (
    CUT,
    LONGEST_MESSAGE,
    LONGEST_SPAN,
    MOST_BYTES,
    MOST_EVENTS,
    OVERHEAD,
    Event,
    LogQueue,
)
from tests.unit.telemetry.shipping.double import Counts

# Any text that a line can be, lone surrogates included.
LINES = st.text(st.characters(exclude_categories=()), min_size=1, max_size=40)


def filled(*offers: tuple[int, str], most: int = 100_000) -> LogQueue:
    queue = LogQueue(most)
    for timestamp, line in offers:
        queue.offer(timestamp, line)
    return queue


def batches(queue: LogQueue) -> list[list[Event]]:
    found = []
    while batch := queue.take():
        found.append(batch)
    return found


def test_lines_come_out_as_they_went_in() -> None:
    queue = filled((1, "one"), (2, "two"))

    assert queue.take() == [Event(1, "one", 29), Event(2, "two", 29)]
    assert queue.take() == []


def test_lines_of_several_threads_are_put_in_the_order_of_time_and_keep_their_own() -> None:
    queue = filled((5, "late"), (3, "first"), (3, "second"))

    assert [one.message for one in queue.take()] == ["first", "second", "late"]


@given(st.lists(st.tuples(st.integers(0, 2 * LONGEST_SPAN), LINES), max_size=30))
def test_every_batch_is_one_that_the_api_takes_and_nothing_is_left_out(
    offers: list[tuple[int, str]],
) -> None:
    found = batches(filled(*offers))

    assert sum(map(len, found)) == len(offers)
    for batch in found:
        times = [one.timestamp for one in batch]
        assert times == sorted(times)
        assert times[-1] - times[0] <= LONGEST_SPAN
        for one in batch:
            assert one.size == len(one.message.encode("utf-8")) + OVERHEAD


def test_a_batch_holds_ten_thousand_events_at_most() -> None:
    queue = filled(*[(1, "x")] * (MOST_EVENTS + 1))

    assert [len(batch) for batch in batches(queue)] == [MOST_EVENTS, 1]


@pytest.mark.parametrize("letter", ["x", "é", "語", "😀"])
def test_a_batch_holds_a_mebibyte_at_most_counted_in_utf_8(letter: str) -> None:
    line = letter * 1000
    size = len(line.encode()) + OVERHEAD
    fitting = MOST_BYTES // size

    found = batches(filled(*[(1, line)] * (fitting + 1)))

    assert [len(batch) for batch in found] == [fitting, 1]


def test_a_batch_spans_a_day_at_most() -> None:
    queue = filled((1, "a"), (1 + LONGEST_SPAN, "b"), (2 + LONGEST_SPAN, "c"))

    assert [[one.message for one in batch] for batch in batches(queue)] == [["a", "b"], ["c"]]


def test_the_longest_line_goes_whole(counts: Counts) -> None:
    (one,) = filled((1, "x" * LONGEST_MESSAGE)).take()

    assert one.size == MOST_BYTES
    assert counts["cut"] == 0


def test_a_longer_line_stays_json_and_loses_most_of_its_extra(counts: Counts) -> None:
    line = json.dumps({"level": "ERROR", "message": "m", "extra": {"stack": "語" * 200_000}})

    (one,) = filled((1, line)).take()

    record = json.loads(one.message)
    assert (record["level"], record["message"]) == ("ERROR", "m")
    assert record["extra"]["cut"].startswith('{"stack": "')
    assert record["extra"]["cut"].endswith(CUT)
    assert counts["cut"] == 1


@pytest.mark.parametrize("letter", ["x", "é", "語", "😀"])
@pytest.mark.parametrize("shift", range(4))
def test_any_other_long_line_is_cut_between_characters(letter: str, shift: int) -> None:
    (one,) = filled((1, "x" * (shift + 1) + letter * LONGEST_MESSAGE)).take()

    assert one.message.endswith(f"{letter} {CUT}")
    assert MOST_BYTES - 4 <= one.size <= MOST_BYTES


def test_json_whose_other_keys_are_long_is_cut_as_text() -> None:
    line = json.dumps({"message": "x" * MOST_BYTES, "extra": {}})

    (one,) = filled((1, line)).take()

    assert one.message.endswith(CUT)
    assert one.size == MOST_BYTES


def test_what_utf_8_cannot_say_is_escaped_and_costs_no_other_line() -> None:
    queue = filled((1, "before"), (2, "\ud800 lone"), (3, "after"))

    assert [one.message for one in queue.take()] == ["before", "\\ud800 lone", "after"]


def test_a_full_queue_drops_the_newest_and_counts_it(counts: Counts) -> None:
    queue = filled(*[(n, str(n)) for n in range(5)], most=3)

    assert [one.message for one in queue.take()] == ["0", "1", "2"]
    assert counts["queue_full"] == 2


def test_what_is_on_its_way_takes_room_until_it_is_settled(counts: Counts) -> None:
    queue = filled((1, "a"), (2, "b"), most=2)
    queue.take()

    queue.offer(3, "c")
    assert (queue.waiting, counts["queue_full"]) == (2, 1)
    queue.settle(1, {"too_old": 1})
    queue.offer(4, "d")

    assert (queue.waiting, counts["shipped"], counts["too_old"]) == (1, 1, 1)
    assert [one.message for one in queue.take()] == ["d"]


def test_long_lines_fill_it_sooner(counts: Counts) -> None:
    queue = LogQueue(100, most_characters=25)
    for line in ("x" * 10, "x" * 10, "x" * 10):
        queue.offer(1, line)
    assert counts["queue_full"] == 1

    queue.take()
    queue.offer(1, "x" * 25)

    assert counts["queue_full"] == 1


def test_half_a_queue_is_enough_to_go_at_once() -> None:
    queue = LogQueue(10)
    for number in range(4):
        queue.offer(number, "x")
    assert not queue.ample.is_set()

    queue.offer(4, "x")
    assert queue.ample.is_set()

    queue.take()
    assert not queue.ample.is_set()


def test_so_is_a_full_batch() -> None:
    queue = filled((1, "x" * MOST_BYTES))

    assert queue.ample.is_set()


def test_closing_counts_what_waits_and_what_comes_later(counts: Counts) -> None:
    queue = filled((1, "a"), (2, "b"), (3, "c"))
    queue.take()

    queue.close()
    queue.settle(3, {})
    queue.offer(4, "d")
    queue.close()

    assert (counts["shutdown"], counts["shipped"], queue.waiting) == (4, 0, 0)
    assert queue.take() == []


def test_the_limits_are_the_apis() -> None:
    # PutLogEvents, as documented in November 2026.
    assert (MOST_EVENTS, MOST_BYTES, OVERHEAD) == (10_000, 1_048_576, 26)
