"""What metrics are made of the events."""

import pytest

from deploy.aws.standin.scale import Scale
from tests.unit.aws.metric_filters.conftest import (
    DURATIONS,
    ERRORS,
    GROUP,
    MakeWorld,
    World,
    metric_filter,
)

ERROR, INFO = {"level": "ERROR"}, {"level": "INFO"}


def test_each_minute_has_its_own_count(world: World) -> None:
    world.put(ERROR, at=-60)
    world.put(ERROR, ERROR, at=29.999)
    world.put(ERROR, at=30)
    world.tick()

    assert world.metric() == {-90: (1, 1), -30: (2, 2), 30: (1, 1)}


def test_what_comes_later_is_added_to_its_minute(world: World) -> None:
    for at in (0, 5, 10):
        world.put(ERROR, at=at)
        world.tick()

    assert world.metric() == {-30: (3, 3)}


def test_with_a_default_value_events_that_do_not_match_are_zero(world: World) -> None:
    world.put(INFO, INFO, at=-60)
    world.put(INFO, ERROR)
    world.tick()

    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html:
    # of two records in a minute that match the metric is 2, of two that don't the default is used
    # for both; no events, no value.
    assert world.metric() == {-90: (0, 2), -30: (1, 2)}


def test_without_a_default_value_they_are_nothing(make_world: MakeWorld) -> None:
    world = make_world(metric_filter('{ $.level = "ERROR" }'))
    world.put(INFO)

    assert world.tick() == 1
    assert world.metric() == {}
    assert not world.cloudwatch.calls


def test_a_default_value_that_is_not_zero_counts_for_each_event(make_world: MakeWorld) -> None:
    world = make_world(metric_filter('{ $.level = "ERROR" }', value="10", default_value=2.0))
    world.put(INFO, INFO, ERROR)
    world.tick()

    assert world.metric() == {-30: (14, 3)}


def test_a_value_is_taken_from_the_event(make_world: MakeWorld) -> None:
    world = make_world(DURATIONS)
    world.put({"ms": 50}, {"ms": "7.5"}, {"ms": 50}, {"ms": -1e2})
    world.tick()

    datum = world.cloudwatch.calls[0]["MetricData"][0]
    assert dict(zip(datum["Values"], datum["Counts"], strict=True)) == {-100: 1, 7.5: 1, 50: 2}
    assert datum["Unit"] == "Milliseconds"
    assert world.metric("Durations") == {-30: (7.5, 4)}


@pytest.mark.parametrize(
    "value", ["NaN", "1e400", '"fast"', '""', "null", "true", "[]", "1e200", '"1_0"', '"0x1"']
)
def test_what_is_no_number_of_a_metric_counts_as_nothing(make_world: MakeWorld, value: str) -> None:
    world = make_world(DURATIONS)
    world.put(f'{{"ms": {value}}}', {"ms": 1})

    assert world.tick() == 2
    assert world.metric("Durations") == {-30: (1, 1)}


def test_a_match_without_a_value_does_not_count_as_the_default(make_world: MakeWorld) -> None:
    world = make_world(metric_filter("{ $.ms = * }", value="$.ms", default_value=0.0))
    world.put({"ms": "fast"}, {"other": 1})
    world.tick()

    assert world.metric() == {-30: (0, 1)}


def test_many_different_values_go_in_calls_of_a_thousand(make_world: MakeWorld) -> None:
    world = make_world(DURATIONS)
    world.put(*({"ms": number / 7} for number in range(2_345)))
    world.tick()

    data = [datum for call in world.cloudwatch.calls for datum in call["MetricData"]]
    assert all(len(datum.get("Values", [0])) <= 150 for datum in data)
    assert [
        sum(len(datum.get("Values", [0])) for datum in call["MetricData"]) <= 1000
        for call in world.cloudwatch.calls
    ] == [True] * 3
    assert sum(sum(datum["Counts"]) for datum in data) == 2_345
    assert world.metric("Durations")[-30][1] == 2_345


def test_a_value_that_is_always_the_same_is_a_statistic_set(world: World) -> None:
    world.put(*[ERROR] * 1000)
    world.tick()

    (datum,) = world.cloudwatch.calls[0]["MetricData"]
    assert datum["StatisticValues"] == {
        "SampleCount": 1000,
        "Sum": 1000,
        "Minimum": 1,
        "Maximum": 1,
    }
    assert "Values" not in datum


def test_filters_of_one_group_read_the_same_events(make_world: MakeWorld) -> None:
    world = make_world(ERRORS, DURATIONS, metric_filter("ERROR", "Words"))
    world.put({"level": "ERROR", "ms": 5}, "ERROR in words", INFO)

    assert world.tick() == 3
    assert world.metric("Errors") == {-30: (1, 3)}
    assert world.metric("Durations") == {-30: (5, 1)}
    assert world.metric("Words") == {-30: (2, 2)}


def test_dimensions_are_taken_from_the_event(make_world: MakeWorld) -> None:
    by_path = {"Path": "$.path", "User": "$.user"}
    world = make_world(metric_filter("{ $.level = * }", dimensions=by_path))
    world.put(
        {"level": "x", "path": "/a", "user": 1},
        {"level": "x", "path": "/a", "user": 1},
        # «This dimension will only be published for a metric if the value is found.»
        {"level": "x", "path": "/b"},
        {"level": "x", "path": " ", "user": "u" * 1025},
    )
    world.tick()

    found = {
        tuple((one["Name"], one["Value"]) for one in datum["Dimensions"]): datum["StatisticValues"][
            "Sum"
        ]
        for datum in world.cloudwatch.calls[0]["MetricData"]
    }
    assert found == {(("Path", "/a"), ("User", "1")): 2, (("Path", "/b"),): 1, (): 1}


def test_fields_of_space_delimited_events_are_values_and_dimensions(
    make_world: MakeWorld,
) -> None:
    pattern = "[ip, server, ..., status, bytes > 1000]"
    world = make_world(
        metric_filter(pattern, "Bytes", value="$bytes", dimensions={"Server": "$server"})
    )
    world.put('1.2.3.4 Prod - [now] "GET /" 200 1534', '1.2.3.4 Prod - [now] "GET /" 200 12')
    world.tick()

    (datum,) = world.cloudwatch.calls[0]["MetricData"]
    assert datum["Dimensions"] == [{"Name": "Server", "Value": "Prod"}]
    assert datum["StatisticValues"]["Sum"] == 1534


def test_scaled_time_has_shorter_minutes(make_world: MakeWorld) -> None:
    world = make_world(ERRORS, scale=Scale(20))
    world.put(ERROR)
    world.put(ERROR, at=2)
    world.put(ERROR, at=3)
    world.tick()

    assert world.metric(period=3) == {0: (2, 2), 3: (1, 1)}
    assert world.cloudwatch.calls[0]["MetricData"][0]["StorageResolution"] == 1


def test_an_event_from_more_than_two_hours_ahead_does_not_count(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    # moto's clock accepts what ours, an hour behind, doesn't.
    world.put(ERROR, at=6000)
    world.now -= 3600

    assert world.tick() == 1
    assert not world.cloudwatch.calls
    assert f"{GROUP}: 1 events from more than 2 h ahead" in caplog.text


def test_an_event_from_before_the_retention_does_not_count(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.logs.put_retention_policy(logGroupName=GROUP, retentionInDays=3)
    day = 24 * 3600
    world.put(ERROR, at=-4 * day)
    world.put(ERROR, at=-2 * day)

    assert world.tick() == 2
    (datum,) = world.cloudwatch.calls[0]["MetricData"]
    assert datum["Timestamp"].timestamp() == (world.now - 2 * day) // 60 * 60
    assert f"{GROUP}: 1 events too old" in caplog.text


def test_lines_that_nobody_meant_to_log_harm_no_one(make_world: MakeWorld) -> None:
    world = make_world(ERRORS, DURATIONS, metric_filter("%E+R+O+R+%", "Words"))
    world.put("x" * 900_000)
    world.put("not \ufffd JSON", '{"level": "ERROR"', "[" * 50_000, '{"ms": ' + "9" * 5000 + "}")

    assert world.tick() == 5
    assert world.metric("Errors") == {-30: (0, 5)}
    assert world.metric("Words") == {-30: (1, 1)}
    assert world.metric("Durations") == {}
