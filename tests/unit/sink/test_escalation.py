"""The next level is called when nobody acknowledges, once, whatever is restarted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sink import escalation
from sink.deliveries import Notification
from sink.escalation import Escalation
from sink.store import Store
from tests.unit.sink.notifications import event

FALLING = """
level = [{name = "a", after = "0"}, {name = "b", after = "9m"}, {name = "c", after = "1m"}]
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "sink.sqlite3")
    yield store
    store.close()


class Watch:
    """An escalation whose clock the test sets, in seconds after now."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.after = 0.0
        self.restart()

    def restart(self) -> None:
        self.escalation = Escalation(self.store, escalation.read(), self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.after)

    async def called(self, after: float) -> list[str]:
        self.after = after
        await self.escalation.judge()
        return [one.data["level"] for one in await self.store.journal.find()]


@pytest.fixture
def watch(store: Store) -> Watch:
    return Watch(store)


async def send(store: Store, action: str) -> None:
    await store.add_all(Notification("pagerduty", action, event(action), dedup_key="group-1"))


async def test_nobody_else_is_called_before_five_minutes(store: Store, watch: Watch) -> None:
    await send(store, "trigger")
    assert await watch.called(298) == []
    assert await watch.called(301) == ["secondary on-call"]


async def test_every_level_is_called_once_across_restarts(store: Store, watch: Watch) -> None:
    await send(store, "trigger")
    await watch.called(301)
    watch.restart()
    assert await watch.called(310) == ["secondary on-call"]
    assert await watch.called(3600) == ["secondary on-call", "Tech Lead", "VP of Engineering"]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
async def test_what_somebody_looks_at_or_is_over_calls_nobody(
    store: Store, watch: Watch, action: str
) -> None:
    await send(store, "trigger")
    await send(store, action)
    assert await watch.called(3600) == []


async def test_it_is_known_when_the_next_call_is_due(store: Store, watch: Watch) -> None:
    assert await watch.escalation.judge() is None
    await send(store, "trigger")
    assert await watch.escalation.judge() == pytest.approx(300, abs=2)
    watch.after = 400
    assert await watch.escalation.judge() == pytest.approx(500, abs=2)


async def test_the_policy_runs_as_fast_as_the_stack(store: Store) -> None:
    levels = escalation.read(factor=3000)
    assert [one.seconds for one in levels][:2] == [0, pytest.approx(0.1)]
    async with Escalation(store, levels).watched():
        await send(store, "trigger")
        store.arrivals.ring()
        async with asyncio.timeout(10):
            while not await store.journal.find():
                await store.arrivals.next.wait()
    first = (await store.journal.find())[0]
    assert first.text == "secondary on-call is called: nobody acknowledged within 5m"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "each \\[\\[level\\]\\] has a name and an after"),
        ("level = []", "begin with after"),
        ('[[level]]\nname = "a"\nafter = "5m"', "begin with after"),
        ('[[level]]\nname = "a"', "has a name and an after"),
        ('[[level]]\nname = "a"\nafter = "soon"', "is no duration"),
        (FALLING, "and rise"),
        ("[[level", "level.toml: each"),
    ],
)
def test_a_policy_that_makes_no_sense_says_so(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "level.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=words):
        escalation.read(file)
