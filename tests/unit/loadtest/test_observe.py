"""Notifications are recognised by their form, as Alertmanager sends them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loadtest import observe
from loadtest.endpoints import Endpoints
from loadtest.observe import Delivery


def delivered(**one: Any) -> list[Delivery]:  # noqa: ANN401 - JSON
    class Fake(Endpoints):
        def get(self, *_: str, **__: str | float) -> Any:  # noqa: ANN401 - JSON
            return {
                "deliveries": [
                    {"seq": 1, "received_at": "2026-01-15T10:30:00.000Z", "channel": None, **one}
                ]
            }

    return observe.deliveries(Fake({}, ""), 0)


@pytest.mark.parametrize(("action", "state"), [("trigger", "FIRING"), ("resolve", "RESOLVED")])
def test_a_pagerduty_event_names_its_alert(action: str, state: str) -> None:
    event = {"payload": {"summary": "x", "custom_details": {"alertname": "HighErrorRate"}}}

    [one] = delivered(via="pagerduty", action=action, payload=event)

    assert (one.place, one.state, one.alert) == ("pagerduty", state, "HighErrorRate")
    assert one.at == datetime(2026, 1, 15, 10, 30, tzinfo=UTC)


def test_a_slack_message_names_its_alert_in_the_title() -> None:
    message = {"attachments": [{"title": "[RESOLVED] HighLatency: over"}]}

    [one] = delivered(via="slack", action="message", channel="#alerts-warning", payload=message)

    assert str(one) == "RESOLVED HighLatency in #alerts-warning"


@pytest.mark.parametrize("payload", [{}, {"text": "hello"}, {"attachments": [{"title": "News"}]}])
def test_any_other_message_is_unknown_and_so_unexpected(payload: dict[str, Any]) -> None:
    [one] = delivered(via="slack", action="message", channel="#alerts", payload=payload)

    assert observe.surplus([one], [("#alerts", "FIRING", "HighErrorRate")]) == [one]


def test_a_copy_to_a_topics_subscriber_is_no_delivery_to_anybody() -> None:
    message = {"Message": "x", "alarm": {"name": "HighErrorRate", "new_state": "ALARM"}}

    assert delivered(via="sns", action="message", channel="t-critical", payload=message) == []


def test_what_cloudwatch_tells_is_none_of_alertmanagers_promises() -> None:
    event = {"client": "CloudWatch", "payload": {"summary": "HighErrorRate: api since 10:30 UTC"}}
    message = {"username": "CloudWatch", "attachments": [{"title": "[FIRING] HighErrorRate: x"}]}

    assert delivered(via="pagerduty", action="trigger", payload=event) == []
    assert delivered(via="slack", action="message", channel="#alerts", payload=message) == []


def test_the_same_message_twice_is_one_too_many() -> None:
    at = datetime.now(UTC)
    both = [Delivery(seq, "#alerts", "FIRING", "A", at) for seq in (1, 2)]

    assert observe.surplus(both, [("#alerts", "FIRING", "A")]) == both[1:]


def test_what_was_told_as_firing_and_not_as_over_is_unresolved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = datetime.now(UTC)
    told = [
        Delivery(1, "#alerts", "FIRING", "A", at),
        Delivery(2, "pagerduty", "FIRING", "A", at),
        Delivery(3, "#alerts", "RESOLVED", "A", at),
    ]
    monkeypatch.setattr(observe, "deliveries", lambda *_: told)

    assert observe.unresolved(Endpoints({}, "")) == ["A in pagerduty"]


def test_prometheus_nanoseconds_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    alert = {
        "labels": {"alertname": "A"},
        "state": "pending",
        "activeAt": "2026-01-15T10:30:00.123456789Z",
        "value": "3e-02",
    }
    monkeypatch.setattr(Endpoints, "get", lambda *_, **__: {"data": {"alerts": [alert]}})

    [one] = observe.alerts(Endpoints({}, ""))

    assert one.since == datetime(2026, 1, 15, 10, 30, 0, 123456, tzinfo=UTC)
    assert one.value == pytest.approx(0.03)


def test_what_a_person_did_is_no_notification(monkeypatch: pytest.MonkeyPatch) -> None:
    event = {"seq": 8, "via": "pagerduty", "action": "acknowledge", "payload": {"by": "kim"}}
    monkeypatch.setattr(Endpoints, "get", lambda *_, **__: {"deliveries": [event]})
    assert observe.deliveries(Endpoints({}, ""), 0) == []
