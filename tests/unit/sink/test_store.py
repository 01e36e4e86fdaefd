import asyncio
import resource
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from sink import store as store_module
from sink.store import Store
from tests.polling import wait_for
from tests.unit.sink.conftest import Process
from tests.unit.sink.notifications import HOOK, event, slack_message


def deliveries(process: Process) -> list[dict[str, Any]]:
    answer = requests.get(f"{process.url}/api/v1/deliveries", timeout=5)
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


def test_what_was_answered_survives_a_kill(process: Process) -> None:
    """Kill while four senders post: nothing that was answered may be missing."""
    process.start()
    answered: list[str] = []

    def post_until_killed(sender: int) -> None:
        with requests.Session() as session:
            for number in range(10_000):
                message = {"text": f"{sender}-{number}"}
                try:
                    answer = session.post(process.url + HOOK, json=message, timeout=5)
                except requests.RequestException:
                    return
                assert answer.text == "ok"
                answered.append(message["text"])

    with ThreadPoolExecutor() as senders:
        sending = [senders.submit(post_until_killed, sender) for sender in range(4)]
        wait_for(lambda: len(answered) >= 40, "40 messages are answered", seconds=20)
        assert process.end(signal.SIGKILL) == -signal.SIGKILL
        for one in sending:
            one.result(timeout=10)
    process.start()
    kept = [one["payload"]["text"] for one in deliveries(process)]
    assert set(answered) <= set(kept)
    assert len(kept) == len(set(kept))
    # At most the one that each sender was waiting for is kept without having been answered.
    assert len(kept) <= len(answered) + 4


def test_an_incident_survives_a_restart(process: Process) -> None:
    process.start()
    requests.post(f"{process.url}/v2/enqueue", json=event(), timeout=5)
    assert process.end(signal.SIGTERM) == 0
    process.start()
    requests.post(f"{process.url}/v2/enqueue", json=event("resolve"), timeout=5)
    (one,) = requests.get(f"{process.url}/api/v1/incidents", timeout=5).json()["incidents"]
    assert (one["status"], len(one["events"])) == ("resolved", 2)


async def test_fifty_messages_at_once_are_all_kept_once(sink: httpx.AsyncClient) -> None:
    texts = [f"message {number}" for number in range(50)]
    answers = await asyncio.gather(*(sink.post(HOOK, json={"text": text}) for text in texts))
    assert {answer.text for answer in answers} == {"ok"}
    found = (await sink.get("/api/v1/deliveries")).json()["deliveries"]
    assert sorted(one["payload"]["text"] for one in found) == sorted(texts)
    assert [one["seq"] for one in found] == list(range(1, 51))


async def test_only_the_newest_are_kept_and_numbers_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "KEPT", 3)
    store = Store(tmp_path / "sink.sqlite3")
    for number in range(5):
        await store.add("slack", "message", {"text": str(number)}, channel="#alerts")
    assert [one.seq for one in await store.find()] == [3, 4, 5]
    store.close()
    with sqlite3.connect(tmp_path / "sink.sqlite3") as connection:
        connection.execute("DELETE FROM deliveries")
    connection.close()
    again = Store(tmp_path / "sink.sqlite3")
    assert await again.add("slack", "message", {"text": "next"}, channel="#alerts") == 6
    again.close()


def test_ten_thousand_are_kept() -> None:
    assert store_module.KEPT == 10_000


async def test_a_commit_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    store = Store(tmp_path / "sink.sqlite3")
    connection = store._connection  # noqa: SLF001 - `synchronous` is a setting of this one alone
    pragmas = ("PRAGMA journal_mode", "PRAGMA synchronous")
    assert [connection.execute(pragma).fetchone()[0] for pragma in pragmas] == ["wal", 2]
    store.close()


def test_without_room_nothing_is_accepted_and_readyz_says_so(process: Process) -> None:
    """A limit on the size of files is a full disk, as far as SQLite can tell."""
    process.start()
    assert process.running is not None
    pid = process.running.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        answer = requests.post(process.url + HOOK, json=slack_message(), timeout=5)
        assert answer.status_code == 500
        ready = requests.get(f"{process.url}/readyz", timeout=5)
        assert ready.status_code == 503
        assert ready.headers["content-type"] == "application/problem+json"
        assert "database" in ready.json()["detail"]
        assert requests.get(f"{process.url}/livez", timeout=5).ok
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    assert requests.get(f"{process.url}/readyz", timeout=5).ok
    assert requests.post(process.url + HOOK, json=slack_message(), timeout=5).text == "ok"
    assert [one["channel"] for one in deliveries(process)] == ["#alerts-critical"]
