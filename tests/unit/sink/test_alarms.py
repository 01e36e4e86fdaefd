"""A CloudWatch alarm's message, made readable."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sink.sns import alarms
from tests.unit.sink.sns_deliveries import RUNBOOK, alarm

FIELDS = {
    *("name", "arn", "old_state", "new_state", "reason", "region", "at"),
    *("alertname", "severity", "team", "job", "summary", "description"),
    *("runbook_url", "dashboard_url", "dedup_key"),
}


def read(message: str) -> dict[str, Any]:
    found = alarms.read(message)
    assert found is not None
    return found


@pytest.mark.parametrize("state", ["ALARM", "OK", "INSUFFICIENT_DATA"])
def test_each_state_is_read(state: str) -> None:
    found = read(alarm(state, "OK"))
    assert (found["old_state"], found["new_state"]) == ("OK", state)
    assert found["runbook_url"] == RUNBOOK


def test_a_composite_alarm_is_an_alarm_too() -> None:
    message = json.loads(alarm(AlarmRule="ALARM(a) OR ALARM(b)", TriggeringChildren=[{"Arn": "a"}]))
    del message["Trigger"]
    assert read(json.dumps(message))["new_state"] == "ALARM"


def test_a_description_of_words_is_the_description() -> None:
    found = read(alarm(AlarmDescription="Too many errors. See the wiki."))
    assert found["description"] == "Too many errors. See the wiki."
    assert (found["runbook_url"], found["severity"]) == (None, None)


@pytest.mark.parametrize("description", [None, "", "   ", 5, ["x"], "[1]"])
def test_a_description_of_no_use_is_left_out(description: object) -> None:
    found = read(alarm(AlarmDescription=description))
    assert found["runbook_url"] is None
    assert found["description"] in {None, "[1]"}


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-01-15T10:30:00.123+0000", "2026-01-15T10:30:00.123Z"),
        ("2026-01-15T19:30:00.123+0900", "2026-01-15T10:30:00.123Z"),
        ("2026-01-15T10:30:00Z", "2026-01-15T10:30:00.000Z"),
        ("2026-01-15T10:30:00", None),
        ("0001-01-01T00:00:00+2300", None),
        ("yesterday", None),
        (None, None),
        (5, None),
    ],
)
def test_the_time_is_utc_or_not_told(written: object, at: str | None) -> None:
    assert read(alarm(StateChangeTime=written))["at"] == at


@pytest.mark.parametrize(
    "message",
    [
        "hello",
        "",
        "[]",
        "{}",
        alarm("BROKEN"),
        alarm(AlarmName=""),
        alarm(AlarmName=None),
        json.dumps({"NewStateValue": "ALARM", "foo": "bar"}),
        json.dumps({"AlarmName": "a", "NewStateValue": ["ALARM"]}),
    ],
)
def test_anything_else_is_no_alarm(message: str) -> None:
    assert alarms.read(message) is None


@given(
    changes=st.dictionaries(
        st.sampled_from(sorted(json.loads(alarm()))),
        st.none() | st.text(max_size=30) | st.integers() | st.lists(st.text(max_size=3)),
    )
)
def test_whatever_an_alarm_says_each_field_is_a_text_or_none(changes: dict[str, object]) -> None:
    found = alarms.read(json.dumps({**json.loads(alarm()), **changes}))
    if found is None:
        assert changes.keys() & {"AlarmName", "NewStateValue"}
        return
    assert found.keys() == FIELDS
    assert all(isinstance(value, str | None) for value in found.values())
    assert found["new_state"] in alarms.STATES
