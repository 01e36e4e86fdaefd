"""Alarms judged on what moto has: finished minutes, sliding windows, percentiles, gaps."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from deploy.aws.standin.alarms.datapoints import Datapoints
from deploy.aws.standin.alarms.definition import metric_alarm
from deploy.aws.standin.alarms.gaps import Gap, note_gap, read_gap
from deploy.aws.standin.alarms.message import Place
from deploy.aws.standin.alarms.watch import Alarms, Watch
from deploy.aws.standin.samples import Samples
from deploy.aws.standin.scale import Scale
from deploy.aws.standin.state import State

REGION = "ap-northeast-1"
START = 1_790_002_800
PROPERTIES: dict[str, Any] = {
    "AlarmName": "errors",
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 10,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}


class Bench:
    """A watch over one alarm, and a way to put what it looks at."""

    def __init__(self, moto: str, folder: Path) -> None:
        self.client = boto3.client("cloudwatch", endpoint_url=moto, region_name=REGION)
        self.state = State(folder / "state.sqlite3")
        self.samples = Samples(self.client, self.state)

    def watch(self, factor: int = 1, **properties: Any) -> Watch:  # noqa: ANN401 - of any type
        changed = {k: v for k, v in (PROPERTIES | properties).items() if v is not None}
        alarm = metric_alarm(changed)
        datapoints = Datapoints(self.client, self.state, late=900)
        place = Place("123456789012", REGION)
        watch = Watch(Alarms({"errors": alarm}), datapoints, self.state, place, Scale(factor))
        watch.enrol(START)
        return watch

    def put(self, at: float, *values: float, **more: Any) -> None:  # noqa: ANN401 - of any type
        datum = {
            "MetricName": "Errors",
            "Timestamp": datetime.fromtimestamp(START + at, UTC),
            "Values": list(values),
        }
        self.samples.put_metric_data(Namespace="Shop", MetricData=[datum | more])


@pytest.fixture
def bench(moto: str, tmp_path: Path) -> Bench:
    return Bench(moto, tmp_path)


def states(watch: Watch, *moments: float) -> list[str]:
    """The alarm's state after a tick at each of these seconds."""
    found = []
    for moment in moments:
        watch.tick(START + moment)
        found.append(watch.register.standings()["errors"].state)
    return found


def test_a_minute_is_judged_when_it_is_over_and_its_lines_had_time_to_arrive(bench: Bench) -> None:
    watch = bench.watch()
    bench.put(60, 99)

    assert states(watch, 119, 134, 135) == ["OK", "OK", "ALARM"]


def test_five_minutes_slide_by_one(bench: Bench) -> None:
    watch = bench.watch(Period=300)
    for minute in range(2, 7):
        bench.put(60 * minute, 2)

    # The fifth minute with 2 is over at 420 s; no period of the clock has all of them.
    assert states(watch, 380, 440) == ["OK", "ALARM"]


def test_a_late_line_counts_in_the_next_judgement(bench: Bench) -> None:
    watch = bench.watch(EvaluationPeriods=3, DatapointsToAlarm=1)
    assert states(watch, 140) == ["OK"]
    bench.put(70, 99)

    assert states(watch, 200) == ["ALARM"]


def test_time_runs_as_fast_as_the_factor_says(bench: Bench) -> None:
    watch = bench.watch(factor=20)
    bench.put(3, 99)

    assert states(watch, 5, 8.9, 9) == ["OK", "OK", "ALARM"]


@pytest.mark.parametrize(
    ("statistic", "threshold", "state"),
    [
        ("Sum", 10, "ALARM"),
        ("Sum", 11, "OK"),
        ("Average", 2.5, "ALARM"),
        ("Average", 2.6, "OK"),
        ("Maximum", 4, "ALARM"),
        ("Minimum", 2, "OK"),
        ("SampleCount", 4, "ALARM"),
        ("SampleCount", 5, "OK"),
    ],
)
def test_statistics_are_those_of_all_samples_of_the_period(
    bench: Bench, statistic: str, threshold: float, state: str
) -> None:
    watch = bench.watch(Statistic=statistic, Threshold=threshold)
    bench.put(60, 1, 2)
    bench.put(75, 3)
    bench.put(119, 4)
    bench.put(120, 1000)

    assert states(watch, 140) == [state]


@pytest.mark.parametrize(
    ("percentile", "threshold", "state"),
    [
        *(("p99", 2, "ALARM"), ("p99", 2.1, "OK"), ("p98", 2, "OK"), ("p98", 1, "ALARM")),
        *(("p100", 9, "ALARM"), ("p0.1", 1, "ALARM"), ("p0.1", 1.1, "OK")),
    ],
)
def test_a_percentile_is_the_least_value_that_so_many_are_not_above(
    bench: Bench, percentile: str, threshold: float, state: str
) -> None:
    watch = bench.watch(Statistic=None, ExtendedStatistic=percentile, Threshold=threshold)
    # Of a hundred samples 98 are 1, one is 2, one is 9.
    bench.put(60, 1, Counts=[58])
    bench.put(80, 9, 1, Counts=[1, 40])
    bench.put(100, 2)

    assert states(watch, 140) == [state]


def test_a_percentile_of_a_statistic_set_is_known_where_all_values_are_the_same(
    bench: Bench,
) -> None:
    watch = bench.watch(Statistic=None, ExtendedStatistic="p50")
    same = {"SampleCount": 5, "Sum": 100, "Minimum": 20, "Maximum": 20}
    differ = {"SampleCount": 5, "Sum": 100, "Minimum": 1, "Maximum": 90}
    for at, found in ((60, same), (120, differ)):
        bench.client.put_metric_data(
            Namespace="Shop",
            MetricData=[
                {
                    "MetricName": "Errors",
                    "Timestamp": datetime.fromtimestamp(START + at, UTC),
                    "StatisticValues": found,
                }
            ],
        )

    assert states(watch, 140) == ["ALARM"]
    # The second minute has no percentile: it is missing, and the first one is still in the range.
    assert states(watch, 200, 260, 320) == ["ALARM", "ALARM", "OK"]


def test_values_go_to_moto_as_one_statistic_set(bench: Bench) -> None:
    bench.put(60, 1, 5, Counts=[3, 1])

    found = bench.client.get_metric_statistics(
        Namespace="Shop",
        MetricName="Errors",
        StartTime=START,
        EndTime=START + 120,
        Period=60,
        Statistics=["SampleCount", "Sum", "Minimum", "Maximum"],
    )["Datapoints"][0]

    assert [found[key] for key in ("SampleCount", "Sum", "Minimum", "Maximum")] == [4, 8, 1, 5]


def test_metric_math_is_computed_here(bench: Bench) -> None:
    metrics = [
        {"Id": "share", "Expression": "IF(all > 0, FILL(bad, 0) / all, 0)", "ReturnData": True},
        *(
            {
                "Id": key,
                "MetricStat": {
                    "Metric": {"Namespace": "Shop", "MetricName": name},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for key, name in (("bad", "Errors"), ("all", "Requests"))
        ),
    ]
    none = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    watch = bench.watch(Metrics=metrics, Threshold=0.1, **none)
    bench.put(60, 100, MetricName="Requests")
    bench.put(60, 10)
    bench.put(120, 100, MetricName="Requests")

    assert states(watch, 140, 200) == ["ALARM", "OK"]


def test_minutes_that_were_missed_are_judged_one_after_the_other(bench: Bench) -> None:
    watch = bench.watch()
    states(watch, 80)
    bench.put(120, 99)
    bench.put(180, 1)

    changes = watch.tick(START + 320)

    assert [change.new for change in changes] == ["ALARM", "OK"]


def test_no_more_than_some_hours_are_made_up_for(bench: Bench) -> None:
    watch = bench.watch()
    states(watch, 80)
    bench.put(120, 99)

    assert watch.tick(START + 7 * 86_400) == []


def test_what_was_read_once_is_remembered_when_moto_has_lost_it(
    bench: Bench, lose_all: Callable[[], None]
) -> None:
    watch = bench.watch(EvaluationPeriods=3)
    for minute in (1, 2, 3):
        bench.put(60 * minute, 99)
    assert states(watch, 260) == ["ALARM"]
    lose_all()
    bench.put(240, 99)

    assert states(watch, 320) == ["ALARM"]
    changes = json.loads(watch.register.standings()["errors"].reason_data)
    assert changes["recentDatapoints"] == [99.0, 99.0, 99.0]


@pytest.mark.parametrize(("seconds", "state"), [(5, "OK"), (7, "ALARM")])
def test_a_gap_of_more_than_a_tenth_of_a_period_holds_the_state(
    bench: Bench, seconds: float, state: str
) -> None:
    watch = bench.watch()
    bench.put(60, 99)
    assert states(watch, 140) == ["ALARM"]
    note_gap(bench.state, Gap(START + 300, START + 300 + seconds))

    assert states(watch, 380) == [state]
    # When the gap is out of what an alarm looks at, it is judged again.
    assert states(watch, 440) == ["OK"]


def test_gaps_that_follow_each_other_are_one(bench: Bench) -> None:
    note_gap(bench.state, Gap(100, 200))
    note_gap(bench.state, Gap(150, 250))
    assert read_gap(bench.state) == Gap(100, 250)
    note_gap(bench.state, Gap(400, 500))

    assert read_gap(bench.state) == Gap(400, 500)


def test_an_alarm_begins_without_data_and_one_that_is_gone_is_forgotten(bench: Bench) -> None:
    watch = bench.watch()
    standing = watch.register.standings()["errors"]
    assert (standing.state, standing.reason) == (
        "INSUFFICIENT_DATA",
        "Unchecked: Initial alarm creation",
    )
    watch.register.enrol(["other"], START)

    assert list(watch.register.standings()) == ["other"]


def test_a_changed_definition_keeps_the_state(bench: Bench) -> None:
    watch = bench.watch()
    bench.put(60, 99)
    states(watch, 140)

    again = bench.watch(Threshold=1000)

    assert again.register.standings()["errors"].state == "ALARM"


def test_history_has_every_change_the_newest_first(bench: Bench) -> None:
    watch = bench.watch()
    bench.put(60, 99)
    bench.put(120, 1)
    states(watch, 140, 200)

    history = watch.register.history("errors")

    assert [(one.old, one.new) for one in history] == [
        ("ALARM", "OK"),
        ("INSUFFICIENT_DATA", "ALARM"),
    ]
