"""From a metric to a subscriber: once for each change, whatever crashes in between."""

import json

import pytest

from deploy.aws.standin import delivery, outbox
from deploy.aws.standin.alarms import register
from tests.unit.aws.standin.conftest import lose_all
from tests.unit.aws.standin.world import START, TOPIC, World

ALARM, OK = ("shop-errors", "ALARM"), ("shop-errors", "OK")


def raise_alarm(here: World) -> None:
    """A quiet minute, then an error; it is judged some seconds after its minute."""
    here.begin()
    here.put(0)
    here.tick(20)
    here.clock.now = START + 60
    here.put(3)
    here.clock.now += 20


def test_an_error_pages_and_its_end_is_told(here: World) -> None:
    raise_alarm(here)
    here.tick()

    assert here.states() == {"shop-errors": "ALARM", "shop-down": "ALARM"}
    assert here.sink.notified == [OK, ALARM]

    here.put(0, ago=10)
    here.tick(60)

    assert here.states() == {"shop-errors": "OK", "shop-down": "OK"}
    assert here.sink.notified == [OK, ALARM, OK]


def test_a_state_that_stays_is_told_once(here: World) -> None:
    raise_alarm(here)
    here.tick()
    for _ in range(3):
        here.put(1)
        here.tick(60)
        here.tick(1)

    assert here.sink.notified == [OK, ALARM]


def test_the_function_gets_the_event_that_sns_sends(here: World) -> None:
    raise_alarm(here)
    here.tick()

    # Of its first state, and of this one; the sink gets copies, before or after.
    _, record = (one.body["Records"][0] for one in here.sink.posts if "Records" in one.body)

    assert record["EventSource"] == "aws:sns"
    assert record["EventVersion"] == "1.0"
    assert record["EventSubscriptionArn"].startswith(f"{TOPIC}:")
    sns = record["Sns"]
    assert sns["Type"] == "Notification"
    assert sns["TopicArn"] == TOPIC
    assert sns["Subject"] == 'ALARM: "shop-errors" in Asia Pacific (Tokyo)'
    assert json.loads(sns["Message"])["NewStateValue"] == "ALARM"
    assert "Signature" not in sns


class Killed(BaseException):
    """What a kill is to the code that it hits."""


def killed(*_: object, **__: object) -> None:
    raise Killed


def test_killed_before_the_change_is_kept_nothing_is_lost(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_alarm(here)
    # Within the transaction: the state is written, the message isn't.
    with monkeypatch.context() as patch:
        patch.setattr(register, "trim", killed)
        with pytest.raises(Killed):
            here.standin.engine.tick()

    here.begin()
    assert here.states()["shop-errors"] == "OK"
    here.tick()

    assert here.sink.notified == [OK, ALARM]


def test_killed_before_the_publication_nothing_is_lost(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_alarm(here)
    with monkeypatch.context() as patch:
        patch.setattr(outbox.Outbox, "publish", killed)
        with pytest.raises(Killed):
            here.standin.engine.tick()

    here.begin()
    assert here.states()["shop-errors"] == "ALARM"
    here.tick()

    assert here.sink.notified == [OK, ALARM]


def test_killed_after_the_publication_it_is_not_published_again(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_alarm(here)
    with monkeypatch.context() as patch:
        # The publication was made, and moto has brought it here.
        patch.setattr(outbox.Outbox, "_has_arrived", killed)
        with pytest.raises(Killed):
            here.standin.engine.tick()

    here.begin()
    here.tick()
    here.tick(60)

    assert here.sink.notified[:2] == [OK, ALARM]
    assert here.sink.notified.count(ALARM) == 1


def test_a_message_that_moto_brings_twice_under_two_ids_is_delivered_once(here: World) -> None:
    raise_alarm(here)
    here.tick()
    kept = here.standin.state.rows("SELECT envelope FROM messages ORDER BY seq")[-1]
    again = json.loads(kept["envelope"]) | {"MessageId": "another"}

    assert not here.standin.engine.take(again)
    here.deliver()

    assert here.sink.notified == [OK, ALARM]


def test_killed_before_the_delivery_it_is_delivered_later(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_alarm(here)
    with monkeypatch.context() as patch:
        patch.setattr(delivery.Deliveries, "pump", lambda *_: [])
        here.standin.engine.tick()
    assert here.sink.notified == [OK]

    here.begin()
    here.tick()

    assert here.sink.notified == [OK, ALARM]


def test_killed_between_the_subscribers_answer_and_our_note_of_it_the_id_is_the_same(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_alarm(here)
    with monkeypatch.context() as patch:
        patch.setattr(delivery.Deliveries, "_mark", refuse)
        here.tick()
    here.begin()
    here.tick()

    events = [post.body for post in here.sink.posts if post.path == "/v2/enqueue"][1:]
    assert len(events) >= 2
    assert len({event["Records"][0]["Sns"]["MessageId"] for event in events}) == 1


def refuse(*_: object, **__: object) -> None:
    raise RuntimeError("the disk is full")


def test_a_restart_tells_nothing_again(here: World) -> None:
    raise_alarm(here)
    here.tick()
    for _ in range(3):
        here.begin()
        here.put(1, ago=20)
        here.tick(60)

    assert here.sink.notified == [OK, ALARM]
    assert here.states()["shop-errors"] == "ALARM"


def test_what_happened_while_the_stand_in_was_away_is_told_in_order(here: World) -> None:
    raise_alarm(here)
    here.end()
    # The error of minute 1 was over in minute 2; nobody judged either.
    here.clock.now = START + 180
    here.put(0, ago=60)
    here.begin()
    here.tick(20)

    assert here.sink.notified == [OK, ALARM, OK]


def test_motos_restart_neither_ends_an_alarm_nor_raises_it_again(here: World) -> None:
    raise_alarm(here)
    here.tick()
    here.tick(5)
    lose_all(here.moto)
    here.tick(8)
    for _ in range(3):
        here.put(1, ago=20)
        here.tick(60)
        assert here.states()["shop-errors"] == "ALARM"

    assert here.sink.notified == [OK, ALARM]


def test_after_motos_restart_an_alarm_that_is_over_ends(here: World) -> None:
    raise_alarm(here)
    here.tick()
    lose_all(here.moto)
    here.tick(10)
    for _ in range(4):
        here.put(0, ago=20)
        here.tick(60)

    assert here.sink.notified == [OK, ALARM, OK]


def test_after_motos_restart_a_new_error_pages(here: World) -> None:
    here.begin()
    here.put(0)
    here.tick(20)
    lose_all(here.moto)
    here.tick(10)
    for _ in range(3):
        here.put(1, ago=20)
        here.tick(60)

    assert here.sink.notified == [OK, ALARM]


def test_while_moto_is_away_alarms_keep_their_state_and_messages_wait(here: World) -> None:
    raise_alarm(here)
    here.tick()
    here.filters.fails = OSError("moto does not answer")
    for _ in range(5):
        here.tick(60)
    assert here.states()["shop-errors"] == "ALARM"
    assert here.standin.engine.problem

    here.filters.fails = None
    here.tick(1)
    assert here.standin.engine.problem is None
    for _ in range(4):
        here.put(0, ago=20)
        here.tick(60)

    assert here.sink.notified == [OK, ALARM, OK]


def test_a_publication_that_fails_is_repeated_until_it_arrives(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_alarm(here)
    with monkeypatch.context() as patch:
        # moto can't bring it here: it answers 500 to the publication.
        patch.setattr(outbox_taker(here), "take", refuse)
        here.tick()
        here.tick(1)
    assert here.sink.notified == [OK]
    assert here.standin.engine.waiting == 1

    here.tick(10)

    assert here.sink.notified == [OK, ALARM]


def outbox_taker(here: World) -> object:
    return here.standin.engine


@pytest.mark.parametrize("factor", [1, 20])
def test_time_runs_as_fast_as_the_factor_says(here: World, factor: int) -> None:
    here.factor = factor
    here.begin()
    here.put(0, ago=60 / factor)
    here.tick(20)
    minute = 60 / factor
    here.clock.now = START + 60
    here.put(3, ago=minute)
    here.tick(minute * 0.9 if factor == 1 else 3)

    assert here.sink.notified[-1] == ALARM
