"""The template's alarms over an evening: what each fault pages for, and what pages nobody.

Minutes of the log's metrics go in, judged as the local stand-in judges them; what topics would be
told comes out. A name with a `-` in front of it is the end of that alarm.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from deploy.aws.builder.template import rendered
from deploy.aws.standin.alarms.definition import MetricAlarm, metric_alarm
from deploy.aws.standin.alarms.evaluation import Datapoint, StateValue, judge
from deploy.aws.standin.alarms.series import Series
from deploy.aws.standin.composite import CompositeAlarm, composite_alarm, in_order
from deploy.aws.standin.template import Template

Minute = dict[str, float]
PREFIX = "sre-reference-"


@cache
def alarms(**parameters: str) -> tuple[dict[str, MetricAlarm], list[CompositeAlarm]]:
    """Return the template's alarms, as the parameters have them."""
    document = yaml.safe_load(rendered())
    for name, value in parameters.items():
        document["Parameters"][name]["Default"] = value
    resources = Template(document, "ap-northeast-1").resources()
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in resources:
        kinds.setdefault(one.type, []).append(one.properties)
    metric = {one["AlarmName"]: metric_alarm(one) for one in kinds["AWS::CloudWatch::Alarm"]}
    composites = map(composite_alarm, kinds["AWS::CloudWatch::CompositeAlarm"])
    return metric, in_order({one.name: one for one in composites}, set(metric))


def minute(  # noqa: PLR0913 - what happens in a minute
    api: int = 1200,
    ml: int = 480,
    *,
    failed: float = 0,
    without_ml: float = 0,
    without_database: float = 0,
    ml_failed: float = 0,
) -> Minute:
    """Return a minute's sums; a service that logs no request logs nothing."""
    found: Minute = {}
    if api:
        found |= {
            "ApiRequests": api,
            "ApiRequestsFailed": failed,
            "ApiRequestsWithoutMl": without_ml,
            "ApiRequestsWithoutDatabase": without_database,
            "ApiRequestsSlow": 0,
        }
    if ml:
        found |= {"MlRequests": ml, "MlInferences": ml, "MlInferencesFailed": ml_failed}
    return found


ML_DEAD = minute(ml=0, failed=480, without_ml=480)
DATABASE_DEAD = minute(failed=1200, without_database=1200)
API_DEAD: Minute = {}
OUTAGE = minute(failed=1200)


class Evening:
    """CloudWatch with the template's alarms, minute by minute."""

    def __init__(self, before: Iterable[Minute] = (), **parameters: str) -> None:
        self.metric, self.composites = alarms(**parameters)
        self.minutes = list(before)
        names = [*self.metric, *(one.name for one in self.composites)]
        self.states: dict[str, StateValue] = dict.fromkeys(names, "OK")
        self._judge()
        # What one minute's lines changed, from the first that is not `before` on.
        self.told: list[str] = []

    def pass_by(self, *minutes: Minute) -> list[str]:
        """Let minutes pass; return who was told what since the evening began."""
        for one in minutes:
            self.minutes.append(one)
            self.told += self._judge()
        return self.told

    def _judge(self) -> list[str]:
        before = dict(self.states)
        for alarm in self.metric.values():
            self.states[alarm.name] = self._state(alarm)
        for composite in self.composites:
            self.states[composite.name] = composite.state(self.states)
        return [
            ("" if self.states[name] == "ALARM" else "-") + name.removeprefix(PREFIX)
            for name, properties in self._telling()
            if before[name] != self.states[name] and "ALARM" in {before[name], self.states[name]}
        ]

    def _telling(self) -> Iterator[tuple[str, Any]]:
        for alarm in (*self.metric.values(), *self.composites):
            if "AlarmActions" in alarm.properties:
                yield alarm.name, alarm.properties

    def _state(self, alarm: MetricAlarm) -> StateValue:
        period, count = alarm.period // 60, alarm.rule.evaluation_range
        known = {
            query.id: Series(tuple(self._windows(query.metric.name, period, count)))
            for query in alarm.queries
        }
        values = alarm.series(known).values
        points = [Datapoint(number, value) for number, value in enumerate(values)]
        return judge(points, alarm.rule, self.states[alarm.name]).state

    def _windows(self, metric: str, period: int, count: int) -> Iterator[float | None]:
        """Yield the sums of so many windows, the last one ending now."""
        sums = [one.get(metric) for one in self.minutes[-period * count :]]
        sums = [None] * (period * count - len(sums)) + sums
        for start in range(0, period * count, period):
            found = [value for value in sums[start : start + period] if value is not None]
            yield sum(found) if found else None


@pytest.fixture
def busy() -> Evening:
    """A day of steady traffic is over."""
    return Evening([minute()] * 400)


def test_a_healthy_evening_tells_nobody(busy: Evening) -> None:
    assert busy.pass_by(*[minute(failed=1, ml_failed=1)] * 60) == []


def test_a_stack_that_just_started_tells_nobody() -> None:
    evening = Evening()

    assert evening.pass_by({}, {}, *[minute(20, 8)] * 30) == []


def test_errors_page_after_five_minutes_and_are_over_when_the_window_forgot() -> None:
    """In a young stack too, which has no budget's history yet."""
    evening = Evening([minute()] * 10)

    assert evening.pass_by(*[minute(failed=60)] * 4) == []
    assert evening.pass_by(minute(failed=60)) == ["HighErrorRate"]
    assert evening.pass_by(*[minute()] * 5) == ["HighErrorRate"]
    assert evening.pass_by(minute()) == ["HighErrorRate", "-HighErrorRate"]


def test_four_bad_minutes_are_no_incident(busy: Evening) -> None:
    # Too few for the budget's page: 2% of a month's are 1,037 requests at this rate.
    assert busy.pass_by(*[minute(failed=60)] * 4, *[minute()] * 60) == []


def test_failing_inferences_page_the_ml_team_alone(busy: Evening) -> None:
    # 1% fail, twice the limit; the API's retry hides them.
    told = busy.pass_by(*[minute(ml_failed=5)] * 10, *[minute()] * 10)

    assert told == ["MLInferenceErrors", "-MLInferenceErrors"]


def test_a_dead_ml_is_one_page(busy: Evening) -> None:
    assert busy.pass_by(ML_DEAD) == ["ServiceDown"]
    busy.pass_by(*[ML_DEAD] * 30)

    assert busy.pass_by(*[minute()] * 60) == ["ServiceDown", "-ServiceDown"]


def test_a_dead_database_is_one_page(busy: Evening) -> None:
    assert busy.pass_by(DATABASE_DEAD) == ["DatabaseDown"]
    busy.pass_by(*[DATABASE_DEAD] * 30)

    assert busy.pass_by(*[minute()] * 60) == ["DatabaseDown", "-DatabaseDown"]


def test_a_dead_api_is_one_page(busy: Evening) -> None:
    silent = minute(api=0, ml=0)
    assert busy.pass_by(silent, silent) == []
    assert busy.pass_by(silent) == ["ServiceDown"]

    assert busy.pass_by(*[silent] * 10, *[minute()] * 60) == ["ServiceDown", "-ServiceDown"]


def test_with_a_load_balancer_a_silent_api_is_down_for_as_long_as_users_are_turned_away() -> None:
    evening = Evening([minute()] * 10, LoadBalancer="app/api/0123456789abcdef")
    turned_away = {"HTTPCode_ELB_5XX_Count": 3.0}

    told = evening.pass_by(*[turned_away] * 120)
    assert "ServiceDown" in told
    assert "-ServiceDown" not in told


def test_a_quiet_night_tells_nobody() -> None:
    """Traffic fades within two hours to a request every ten minutes."""
    evening = Evening([minute()] * 400)
    fading = [minute(int(1200 * 0.93**step), int(480 * 0.93**step)) for step in range(120)]
    night = [minute(1, 0), *[API_DEAD] * 9] * 24

    assert evening.pass_by(*fading, *night) == []


def test_a_failed_request_of_a_quiet_night_pages_nobody() -> None:
    night = [minute(1, 0), *[API_DEAD] * 9]
    evening = Evening(night * 40)

    assert evening.pass_by(minute(1, 0, failed=1), *night[1:], *night * 6) == []


def test_a_total_outage_burns_the_budget_before_five_minutes_are_over(busy: Evening) -> None:
    assert busy.pass_by(OUTAGE, OUTAGE) == ["ErrorBudgetBurn"]
    assert busy.pass_by(*[OUTAGE] * 3) == ["ErrorBudgetBurn", "HighErrorRate"]

    told = busy.pass_by(*[minute()] * 60)
    assert sorted(told[2:]) == ["-ErrorBudgetBurn", "-HighErrorRate"]


def test_a_slow_burn_pages_too(busy: Evening) -> None:
    """0.8%: below HighErrorRate's limit, 8 times as fast as a month allows."""
    told = busy.pass_by(*[minute(failed=10)] * 360)

    assert told == ["ErrorBudgetBurn"]


def test_nine_failures_wake_nobody_however_little_traffic_there_is() -> None:
    evening = Evening([minute(5, 2)] * 400)

    assert evening.pass_by(*[minute(5, 2, failed=3)] * 3, *[minute(5, 2)] * 60) == []


def test_a_log_without_any_line_is_silence_even_if_fill_made_nothing_of_it() -> None:
    """AWS does not say what FILL makes of a metric that has no datapoint at all."""
    metric, _ = alarms()
    silent = [one for name, one in metric.items() if name.endswith("-silent")]

    assert [one.rule.treatment for one in silent] == ["breaching", "breaching"]


def test_one_service_that_recovers_does_not_end_the_others_outage(busy: Evening) -> None:
    both = minute(ml=0, failed=480, without_ml=480)
    busy.pass_by(*[both] * 3)
    # ml comes back, and the API goes.
    told = busy.pass_by(*[minute(api=0)] * 5, *[API_DEAD] * 10)

    assert told == ["ServiceDown"]


@pytest.mark.parametrize("metric", ["ApiErrorsLogged", "MlErrorsLogged"])
def test_an_error_outside_of_requests_is_a_warning(busy: Evening, metric: str) -> None:
    told = busy.pass_by(minute() | {metric: 1}, *[minute() | {metric: 0}] * 10)
    name = f"ErrorsLogged-{metric[:2].lower().replace('ap', 'api')}"

    assert told == [name, f"-{name}"]


def test_ten_slow_requests_are_worth_a_note(busy: Evening) -> None:
    told = busy.pass_by(*[minute() | {"ApiRequestsSlow": 2}] * 5, *[minute()] * 5)

    assert told == ["SlowRequests", "-SlowRequests"]
