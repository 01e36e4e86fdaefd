"""Docker's lines as events: each kind of bad line comes to its own clear end."""

import io
import json
from collections.abc import Callable

import pytest

from deploy.aws.insights import source
from deploy.aws.insights.engine import Result
from deploy.aws.insights.source import LONGEST_MESSAGE, Event, Tally
from deploy.aws.insights.window import Window

Over = Callable[..., Result]

WINDOW = Window(1_795_566_600_000, 1_795_570_200_000)
STAMP = b"2026-11-25T01:00:00.123456789Z "
MOMENT = 1_795_568_400_123


def read(raw: bytes) -> tuple[list[Event], Tally]:
    tally = Tally()
    return list(source.events(source.lines(io.BytesIO(raw)), WINDOW, tally)), tally


def line(message: bytes) -> bytes:
    return b"api-1  | " + STAMP + message + b"\n"


def test_a_line_is_an_event_of_its_container_at_dockers_time() -> None:
    found, tally = read(line(b'{"a": 1}') + line(b"with | a bar\r"))
    assert found == [Event(MOMENT, "api-1", '{"a": 1}'), Event(MOMENT, "api-1", "with | a bar")]
    assert (tally.events, tally.explained()) == (2, [])


def test_a_line_of_a_megabyte_is_read_whole_without_dockers_stamps_in_it() -> None:
    message = json.dumps({"a": "x" * 1_000_000, "b": "end"}).encode()
    pieces = [message[n : n + 16384] for n in range(0, len(message), 16384)]
    found, tally = read(line(STAMP.join(pieces)))
    assert found[0].message == message.decode()
    assert tally.explained() == []


def test_a_line_without_stamps_between_its_pieces_is_left_as_it_is() -> None:
    message = b"y" * 40_000 + STAMP + b"z"
    found, _ = read(line(message))
    assert found[0].message == message.decode()


def test_a_longer_line_than_cloudwatch_takes_is_cut_and_told(over: Over) -> None:
    raw = line(b'{"a": "' + b"x" * 3_000_000 + b'"}') + line(b"after")
    found, tally = read(raw)
    assert [len(event.message) for event in found] == [LONGEST_MESSAGE, 5]
    assert tally.explained() == [
        "1 lines longer than 1,048,550 bytes: cut there, their JSON is not read"
    ]
    result = over("fields strlen(@message), a | limit 1", found[0].message)
    assert result.rows == [["1048550", None]]


def test_bytes_that_are_no_utf8_are_shown_as_such_and_told() -> None:
    found, tally = read(line(b'{"a": "\xff\xfe ok"}'))
    assert json.loads(found[0].message) == {"a": "\ufffd\ufffd ok"}
    assert tally.explained() == [
        "1 lines with bytes that are no UTF-8: each such byte is shown as \ufffd"
    ]


def test_a_truncated_line_is_a_message_alone(over: Over) -> None:
    found, tally = read(line(b'{"level": "ERR') + b"api-1  | " + STAMP + b'{"level"')
    assert [event.message for event in found] == ['{"level": "ERR', '{"level"']
    assert tally.explained() == []
    assert over("fields level", *[event.message for event in found]).rows == [[None], [None]]


def test_a_clock_that_is_ahead_is_told_and_its_lines_left_out() -> None:
    ahead = b"api-1  | 2026-11-25T05:00:00.000000000Z from tomorrow\n"
    found, tally = read(ahead + line(b"now"))
    assert [event.message for event in found] == ["now"]
    assert tally.explained() == ["1 lines later than now, by a clock that is ahead: left out"]


def test_lines_before_the_window_and_empty_ones_are_no_events() -> None:
    old = b"api-1  | 2026-11-25T00:29:59.999000000Z too old\n"
    found, tally = read(old + line(b"") + line(b"in time"))
    assert [event.message for event in found] == ["in time"]
    assert tally.explained() == []


@pytest.mark.parametrize("raw", [b"no bar at all\n", b"api-1  | no time\n", b"\n", b"\xff\n"])
def test_a_line_without_a_time_is_told(raw: bytes) -> None:
    found, tally = read(raw + line(b"good"))
    assert [event.message for event in found] == ["good"]
    assert tally.explained() == ["1 lines without a time: left out"]


def test_the_window_is_what_docker_is_asked_for() -> None:
    assert source.command(["api", "ml"], WINDOW) == [
        *("docker", "compose", "logs", "--no-color", "--timestamps"),
        *("--since=2026-11-25T00:30:00Z", "api", "ml"),
    ]
