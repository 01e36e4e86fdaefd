"""That each event is read once, whatever happens."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from types_boto3_logs.type_defs import FilteredLogEventTypeDef, LogStreamTypeDef

from deploy.aws.standin.log_reader import PATIENCE, LogReader
from deploy.aws.standin.metric_filters import MetricFilters
from tests.unit.aws.metric_filters.conftest import GROUP, MakeWorld, Recorder, World, metric_filter

ERROR = {"level": "ERROR"}
INFO = {"level": "INFO"}
LATE = -60.0


def test_events_are_counted_once(world: World) -> None:
    world.put(ERROR, INFO, ERROR)

    assert [world.tick(), world.tick()] == [3, 0]
    world.put(ERROR)
    assert [world.tick(), world.tick()] == [1, 0]
    assert world.metric() == {-30: (3, 4)}


def test_a_tick_without_events_sends_nothing(world: World) -> None:
    world.tick()
    world.put(ERROR)
    world.tick()
    world.tick()

    assert len(world.cloudwatch.calls) == 1


def test_events_that_are_alike_count_each(world: World) -> None:
    world.put(*[ERROR] * 5)
    world.tick()
    world.put(*[ERROR] * 5)

    assert world.tick() == 5


def test_many_pages_are_read(world: World) -> None:
    world.put(*[ERROR] * 10_000)
    world.put(*[INFO] * 2_500)

    assert world.tick() == 12_500
    assert world.metric() == {-30: (10_000, 12_500)}


def test_a_new_process_goes_on_where_the_last_one_was(world: World) -> None:
    world.put(ERROR)
    world.tick()
    world.restart()
    world.put(ERROR, at=1)
    world.restart()

    assert world.tick() == 1
    assert world.metric() == {-30: (2, 2)}


def test_each_stream_has_a_position_of_its_own(world: World) -> None:
    world.create("two")
    world.put(ERROR)
    world.put(ERROR, at=LATE, stream="two")
    world.tick()
    world.put(ERROR, at=LATE, stream="two")

    assert world.tick() == 1
    assert world.metric() == {-30: (1, 1), -90: (2, 2)}


def test_more_streams_than_a_page_has_are_read(world: World) -> None:
    for number in range(60):
        world.create(f"stream-{number}")
        world.put(ERROR, stream=f"stream-{number}")

    assert world.tick() == 60


@pytest.mark.parametrize("behind", [1.0, 3.0, 3600.0, 13 * 24 * 3600.0])
def test_a_late_event_counts_in_its_own_period(world: World, behind: float) -> None:
    world.put(INFO)
    world.tick()
    world.put(ERROR, INFO, at=-behind)

    assert [world.tick(), world.tick()] == [2, 0]
    found = [call["MetricData"][0] for call in world.cloudwatch.calls][-1]
    assert found["Timestamp"].timestamp() == (world.now - behind) // 60 * 60
    assert found["Values"] == [0.0, 1.0]


def test_a_clock_that_was_ahead_hides_nothing_that_comes_after(world: World) -> None:
    world.put(ERROR, at=7000)
    assert world.tick() == 1
    world.put(ERROR)
    world.put(ERROR, at=1)

    assert [world.tick(), world.tick()] == [2, 0]
    assert world.metric() == {-30: (2, 2), 6990: (1, 1)}


def test_after_such_an_event_the_newest_are_read_without_all_the_others(world: World) -> None:
    world.put(ERROR, at=7000)
    before = Counting(world.logs, GROUP, {})
    list(before.read(world.now))
    world.put(ERROR)

    after = Counting(world.logs, GROUP, before.stored())
    assert len(list(after.read(world.now))) == 1
    assert after.reads == 1


def test_what_the_store_lost_in_a_restart_is_not_waited_for(world: World) -> None:
    world.put(ERROR, ERROR)
    world.tick()
    world.lose_all()

    # Nobody has made the group anew yet.
    assert world.tick() == 0
    world.create()
    world.put(ERROR)
    assert [world.tick(), world.tick()] == [1, 0]
    assert world.metric() == {-30: (1, 1)}


def test_a_restart_between_two_ticks_is_noticed(world: World) -> None:
    world.put(*[ERROR] * 3)
    world.tick()
    world.lose_all()
    world.create()
    world.put(*[ERROR] * 3)

    assert [world.tick(), world.tick()] == [3, 0]


def test_a_deleted_stream_is_forgotten(world: World) -> None:
    world.put(ERROR)
    world.tick()
    world.logs.delete_log_stream(logGroupName=GROUP, logStreamName="one")
    world.tick()

    known = json.loads(world.state.get("metric filters") or "")
    assert known["positions"] == {GROUP: {}}


def test_events_that_come_while_the_store_is_read_are_read_once(world: World) -> None:
    world.put(*[INFO] * 10)
    reader = Interrupting(world)
    events = list(reader.read(world.now))

    assert len(events) == 11
    again = LogReader(world.logs, GROUP, reader.stored())
    world.put(ERROR, at=LATE)
    assert [event.message for event in again.read(world.now)] == [json.dumps(ERROR)]


class Interrupting(LogReader):
    """A line comes after the store said how much it holds, and before it shows it."""

    def __init__(self, world: World) -> None:
        super().__init__(world.logs, GROUP, {})
        self._world = world

    def _streams(self) -> Iterator[LogStreamTypeDef]:
        found = list(super()._streams())
        self._world.put(ERROR, at=2)
        yield from found


def test_a_batch_that_is_counted_before_it_is_shown_is_waited_for(world: World) -> None:
    world.put(INFO)
    early = Overstated(world.logs, GROUP, {})
    assert len(list(early.read(world.now))) == 1

    world.put("x" * 100)
    late = LogReader(world.logs, GROUP, early.stored())
    assert [event.message for event in late.read(world.now)] == ["x" * 100]


def test_what_the_store_never_shows_is_given_up(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.put(INFO)
    stored: dict[str, Any] = {}
    reads = []
    for _ in range(PATIENCE + 2):
        reader = Overstated(world.logs, GROUP, stored)
        list(reader.read(world.now))
        stored = reader.stored()
        reads.append(reader.reads)

    # The first time there are no newest events to begin with.
    assert reads == [1, *[2] * (PATIENCE - 1), 0, 0]
    assert "100 bytes" in caplog.text


class Counting(LogReader):
    """Knows how often it has looked for events."""

    reads = 0

    def _events(self, name: str, start: int) -> Iterator[FilteredLogEventTypeDef]:
        self.reads += 1
        yield from super()._events(name, start)


class Overstated(Counting):
    """The store says that it holds more than it shows."""

    def _streams(self) -> Iterator[LogStreamTypeDef]:
        for stream in super()._streams():
            yield {**stream, "storedBytes": stream["storedBytes"] + 100}


def test_a_store_that_is_away_is_an_error_and_no_loss(world: World) -> None:
    away = World("http://127.0.0.1:1", world.state, world.now)
    with pytest.raises(EndpointConnectionError):
        away.tick()

    world.put(ERROR)
    assert world.tick() == 1


def test_metrics_that_could_not_be_sent_wait(world: World) -> None:
    world.put(ERROR)
    world.cloudwatch.fails = [EndpointConnectionError(endpoint_url="http://moto")] * 2

    for _ in range(2):
        with pytest.raises(EndpointConnectionError):
            world.tick()
    world.restart()
    world.put(ERROR)
    assert [world.tick(), world.tick()] == [1, 0]
    assert world.metric() == {-30: (2, 2)}


def test_of_several_calls_only_those_that_failed_are_sent_again(make_world: MakeWorld) -> None:
    world = make_world(metric_filter("{ $.n = * }", "Numbers", value="$.n"))
    world.put(*({"n": number} for number in range(2500)))
    failing = FailsOnce(world.cloudwatch, after=1)
    world.metric_filters = MetricFilters(world.logs, failing, world.state, world.filters)

    with pytest.raises(EndpointConnectionError):
        world.tick()
    world.tick()
    assert world.metric("Numbers") == {-30: (sum(range(2500)), 2500)}


class FailsOnce:
    def __init__(self, behind: Recorder, after: int) -> None:
        self.behind, self.after = behind, after

    def put_metric_data(self, **call: object) -> None:
        self.after -= 1
        if self.after == -1:
            raise EndpointConnectionError(endpoint_url="http://moto")
        self.behind.put_metric_data(**call)


def refusal(status: int) -> ClientError:
    answer: Any = {
        "Error": {"Code": "InvalidParameterValue", "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "PutMetricData")


def test_metrics_that_are_refused_do_not_hold_up_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.put(ERROR)
    world.cloudwatch.fails = [refusal(400)]
    world.tick()
    world.put(ERROR)

    assert world.tick() == 1
    assert world.metric() == {-30: (1, 1)}
    assert "refuses metric data" in caplog.text


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_store_that_is_overloaded_gets_them_again(world: World, status: int) -> None:
    world.put(ERROR)
    world.cloudwatch.fails = [refusal(status)]
    with pytest.raises(ClientError):
        world.tick()
    world.tick()

    assert world.metric() == {-30: (1, 1)}


def test_a_group_that_no_filter_is_for_is_not_read(world: World) -> None:
    world.create("one", group="/shop/other")
    world.logs.put_log_events(
        logGroupName="/shop/other",
        logStreamName="one",
        logEvents=[{"timestamp": int(world.now * 1000), "message": "{}"}],
    )

    assert world.tick() == 0
