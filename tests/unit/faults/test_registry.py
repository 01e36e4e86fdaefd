import asyncio
import json
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from faults.model import Fault
from faults.registry import MOST_FAULTS, Faults, InjectedFault, TooManyFaults
from faults.series import InjectedSeries, LiveFaults
from telemetry import logs


def fault(**changes: object) -> Fault:
    given = {"point": "http.request", "effect": "error", "lease_seconds": 15.0} | changes
    return Fault.model_validate(given)


@pytest.fixture
def clock() -> SimpleNamespace:
    """Seconds that stand still until a test moves them."""
    return SimpleNamespace(seconds=1_000.0)


@pytest.fixture
def exits() -> list[float]:
    """When the process would have ended, in the clock's seconds."""
    return []


@pytest.fixture
def faults(clock: SimpleNamespace, exits: list[float]) -> Faults:
    return Faults(lambda: clock.seconds, lambda: exits.append(clock.seconds))


async def hits(faults: Faults, count: int, point: str = "http.request", **attributes: str) -> str:
    """Strike so many times; return one letter each: X for an error, . for none."""
    story = ""
    for _ in range(count):
        try:
            await faults.strike(point, attributes)
            story += "."
        except InjectedFault:
            story += "X"
    return story


async def test_without_a_fault_nothing_happens(faults: Faults) -> None:
    assert await hits(faults, 100) == "." * 100


@pytest.mark.parametrize(
    ("rate", "story"),
    [
        (1.0, "XXXXXXXXXXXX"),
        (0.5, ".X.X.X.X.X.X"),
        (0.25, "...X...X...X"),
        (0.3, "...X..X..X...X..X..X"),
        (0.75, ".XXX.XXX.XXX"),
    ],
)
async def test_a_rate_strikes_every_so_manieth_hit(faults: Faults, rate: float, story: str) -> None:
    faults.put("a", fault(rate=rate))
    assert await hits(faults, len(story)) == story


@pytest.mark.parametrize("rate", [0.01, 0.04, 0.1, 0.2, 0.3, 0.7])
async def test_a_rate_is_exact_over_many_hits(faults: Faults, rate: float) -> None:
    faults.put("a", fault(rate=rate))
    assert (await hits(faults, 1_000)).count("X") == round(1_000 * rate)


async def test_two_runs_are_the_same(faults: Faults) -> None:
    stories = []
    for _ in range(2):
        faults.put("a", fault(rate=0.37))
        stories.append(await hits(faults, 50))
        faults.delete("a")
    assert stories[0] == stories[1]


async def test_a_fault_strikes_its_own_point_only(faults: Faults) -> None:
    faults.put("a", fault(point="inference"))
    assert await hits(faults, 3, "http.request") == "..."
    assert await hits(faults, 3, "inference") == "XXX"


async def test_a_fault_strikes_hits_whose_attributes_hold_all_of_its_match(faults: Faults) -> None:
    faults.put("a", fault(match={"model": "digits"}))
    assert await hits(faults, 1) == "."
    assert await hits(faults, 1, model="breast-cancer") == "."
    assert await hits(faults, 1, model="digits", method="POST") == "X"


async def test_hits_that_do_not_match_leave_the_rate_alone(faults: Faults) -> None:
    faults.put("a", fault(rate=0.5, match={"model": "digits"}))
    story = ""
    for _ in range(4):
        story += await hits(faults, 1, model="digits")
        await hits(faults, 3, model="breast-cancer")
    assert story == ".X.X"


async def test_a_delay_sleeps_for_its_seconds(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    faults.put("a", fault(effect="delay", delay_seconds=0.8, rate=0.5))
    assert await hits(faults, 4) == "...."
    assert slept == [0.8, 0.8]


async def test_two_faults_of_one_point_both_have_their_turn(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    faults.put("slow", fault(effect="delay", delay_seconds=0.1))
    faults.put("broken", fault())
    assert await hits(faults, 1) == "X"
    assert slept == [0.1]


async def test_a_fault_ends_with_its_lease(faults: Faults, clock: SimpleNamespace) -> None:
    faults.put("a", fault(lease_seconds=15.0))
    clock.seconds += 14.999
    assert await hits(faults, 1) == "X"
    clock.seconds += 0.001
    assert await hits(faults, 1) == "."
    assert faults.live() == []


async def test_the_same_put_renews_the_lease_and_keeps_the_turn(
    faults: Faults, clock: SimpleNamespace
) -> None:
    faults.put("a", fault(rate=0.5))
    assert await hits(faults, 1) == "."
    clock.seconds += 10
    faults.put("a", fault(rate=0.5))
    clock.seconds += 10
    assert await hits(faults, 1) == "X"


async def test_another_put_of_the_name_starts_anew(faults: Faults) -> None:
    faults.put("a", fault(rate=0.5))
    await hits(faults, 1)
    faults.put("a", fault(rate=0.4))
    assert await hits(faults, 3) == "..X"
    assert len(faults.live()) == 1


async def test_a_deleted_fault_strikes_no_more(faults: Faults) -> None:
    faults.put("a", fault())
    faults.put("b", fault())
    faults.delete("a")
    faults.delete("a")
    assert [lease.name for lease in faults.live()] == ["b"]
    faults.clear()
    assert await hits(faults, 1) == "."


async def test_only_so_many_faults_may_live(faults: Faults, clock: SimpleNamespace) -> None:
    for number in range(MOST_FAULTS):
        faults.put(f"f-{number}", fault())
    with pytest.raises(TooManyFaults):
        faults.put("one-more", fault())
    faults.put("f-0", fault())
    faults.put("f-1", fault(rate=0.5))
    clock.seconds += 15
    faults.put("one-more", fault())
    assert [lease.name for lease in faults.live()] == ["one-more"]


def leaving(delay: float, lease: float = 15.0) -> Fault:
    return fault(point="process", effect="exit", delay_seconds=delay, lease_seconds=lease)


async def due_timers_fire() -> None:
    """Give the event loop a few turns; a timer of no delay fires in the next."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_an_exit_waits_for_its_delay(faults: Faults, exits: list[float]) -> None:
    lease = faults.put("a", leaving(20.0))
    assert lease.exit_timer is not None
    loop = asyncio.get_running_loop()
    assert lease.exit_timer.when() - loop.time() == pytest.approx(20, abs=1)
    await due_timers_fire()
    assert exits == []
    faults.clear()


async def test_an_exit_ends_the_process_once_its_delay_is_over(
    faults: Faults, exits: list[float]
) -> None:
    faults.put("a", leaving(0.0))
    assert exits == []
    await due_timers_fire()
    assert len(exits) == 1


async def test_a_renewal_does_not_postpone_the_exit(faults: Faults) -> None:
    timer = faults.put("a", leaving(20.0)).exit_timer
    renewed = faults.put("a", leaving(20.0))
    assert timer is not None
    assert renewed.exit_timer is timer
    assert not timer.cancelled()
    faults.clear()
    assert timer.cancelled()


async def test_a_deleted_exit_does_not_happen(faults: Faults, exits: list[float]) -> None:
    faults.put("a", leaving(0.0))
    faults.delete("a")
    await due_timers_fire()
    assert exits == []


async def test_an_exit_whose_lease_is_over_does_not_happen(
    faults: Faults, exits: list[float], clock: SimpleNamespace
) -> None:
    faults.put("a", leaving(0.0, lease=5.0))
    clock.seconds += 5
    await due_timers_fire()
    assert exits == []


async def test_an_exit_put_anew_waits_its_own_delay(faults: Faults, exits: list[float]) -> None:
    faults.put("a", leaving(0.0))
    faults.put("a", leaving(20.0))
    await due_timers_fire()
    assert exits == []
    faults.clear()


def series(count: int, **changes: object) -> Fault:
    return fault(point="metrics", effect="series", count=count, **changes)


def exposed(faults: Faults) -> list[str]:
    """Return the names of the series of one scrape."""
    scrape = CollectorRegistry()
    scrape.register(InjectedSeries(faults))
    return [f"{one.name}-{one.labels['id']}" for each in scrape.collect() for one in each.samples]


async def test_series_are_there_for_as_long_as_the_lease(
    faults: Faults, clock: SimpleNamespace
) -> None:
    assert exposed(faults) == []
    faults.put("many", series(2, lease_seconds=15.0))
    clock.seconds += 14.999
    assert exposed(faults) == ["injected_series-0", "injected_series-1"]
    # Nobody strikes, and nobody asks: the scrape itself sees that the time is over.
    clock.seconds += 0.001
    assert exposed(faults) == []


async def test_a_renewal_keeps_the_series_and_another_count_changes_them(
    faults: Faults, clock: SimpleNamespace
) -> None:
    faults.put("many", series(3))
    clock.seconds += 10
    faults.put("many", series(3))
    clock.seconds += 10
    assert len(exposed(faults)) == 3
    faults.put("many", series(5_000))
    assert len(set(exposed(faults))) == 5_000


async def test_of_several_the_largest_says_how_many_series_there_are(faults: Faults) -> None:
    faults.put("few", series(2))
    faults.put("more", series(4))
    faults.put("no-series", fault())
    assert len(exposed(faults)) == len(set(exposed(faults))) == 4


async def test_live_faults_are_told_by_name_for_as_long_as_their_leases(
    faults: Faults, clock: SimpleNamespace
) -> None:
    def told() -> list[str]:
        families = LiveFaults(faults).collect()
        return [one.labels["fault"] for family in families for one in family.samples]

    assert told() == []
    faults.put("short", fault(lease_seconds=15.0))
    faults.put("long", fault(lease_seconds=30.0))
    assert told() == ["short", "long"]
    clock.seconds += 15
    assert told() == ["long"]
    faults.delete("long")
    assert told() == []


async def test_the_log_warns_of_a_lease_that_ran_out(
    faults: Faults, clock: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    faults.put("a", fault(lease_seconds=15.0))
    clock.seconds += 15
    await hits(faults, 2)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["level"], line["message"]) for line in lines] == [
        ("WARN", "Fault started"),
        ("WARN", "Fault ended"),
    ]
    assert lines[1]["extra"] == {"fault": "a", "reason": "expired"}


async def test_a_throttle_lets_one_pass_after_the_other(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, most = 0, 0

    async def sleep(_: float) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await real_sleep(0)
        inside -= 1

    real_sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", sleep)
    faults.put("a", fault(effect="throttle", delay_seconds=0.1))
    await asyncio.gather(*(faults.strike("http.request", {}) for _ in range(5)))
    assert most == 1


async def test_who_waits_when_a_throttle_ends_goes_on_at_once(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        faults.delete("a")

    monkeypatch.setattr(asyncio, "sleep", sleep)
    faults.put("a", fault(effect="throttle", delay_seconds=0.1))
    await asyncio.gather(*(faults.strike("http.request", {}) for _ in range(5)))
    assert slept == [0.1]
