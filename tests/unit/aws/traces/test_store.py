"""The newest traces, and how few they are."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.aws.standin.collector.segments import Document
from deploy.aws.standin.traces.store import MOST_SPANS, Store, Summary


def documents(number: int, *, spans: int = 1, size: int = 0, **more: object) -> list[Document]:
    trace_id = f"1-00000000-{number:024x}"
    made = []
    for n in range(spans):
        common = {"id": f"{n:016x}", "trace_id": trace_id, "name": "api", "pad": "x" * size}
        text = json.dumps({**common, "start_time": 10, "end_time": 11, **more})
        made.append(Document(trace_id, f"{n:016x}", text))
    return made


def newest(
    store: Store,
    number: int = 10_000,
    *,
    before: int | None = None,
    failed: bool = False,
    slower_than: float = 0,
) -> list[Summary]:
    return store.newest(number, before=before, failed=failed, slower_than=slower_than)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "small.sqlite3", kept=150, largest=100_000)
    yield store
    store.close()


def test_a_trace_is_kept_and_listed(store: Store) -> None:
    store.add(documents(1, spans=2))

    found = store.get("1-00000000-000000000000000000000001")

    assert found is not None
    assert len(found.spans) == 2
    (listed,) = newest(store)
    assert listed[1:] == ("1-00000000-000000000000000000000001", "api api", 10, 1, "", 2)


def test_one_that_is_not_there_is_none(store: Store) -> None:
    assert store.get("1-00000000-000000000000000000000009") is None


def test_documents_that_come_later_join_their_trace(store: Store) -> None:
    first, second = documents(1, spans=2)
    store.add([first])
    store.add([second._replace(text=second.text.replace('"end_time": 11', '"end_time": 14'))])

    (listed,) = newest(store)

    assert (listed.spans, listed.seconds) == (2, 4)


def test_the_same_documents_again_change_nothing(store: Store) -> None:
    store.add(documents(1))
    store.add(documents(1))

    assert [one.spans for one in newest(store)] == [1]


def test_the_newest_come_first_and_pages_can_be_turned(store: Store) -> None:
    for number in range(5):
        store.add(documents(number))

    first = newest(store, 2)
    second = newest(store, 2, before=first[-1].seq)

    assert [int(one.id[-2:], 16) for one in first + second] == [4, 3, 2, 1]


def test_those_that_failed_and_those_that_were_slow_are_found(store: Store) -> None:
    store.add(documents(1))
    store.add(documents(2, fault=True))
    store.add(documents(3, end_time=15))

    assert [one.flag for one in newest(store, failed=True)] == ["fault"]
    assert [one.seconds for one in newest(store, slower_than=5)] == [5]


def test_only_so_many_are_kept(small: Store) -> None:
    for number in range(400):
        small.add(documents(number))

    kept = newest(small)

    assert len(kept) == 150
    assert int(kept[0].id[-4:], 16) == 399
    assert small.get(documents(0)[0].trace_id) is None


def test_only_so_many_bytes_are_kept(small: Store) -> None:
    for number in range(100):
        small.add(documents(number, size=10_000))

    assert len(newest(small)) == 9


def test_what_a_trace_may_have_is_bounded(store: Store) -> None:
    store.add(documents(1, spans=MOST_SPANS + 5))

    assert [one.spans for one in newest(store)] == [MOST_SPANS]


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    before = Store(tmp_path / "traces.sqlite3")
    before.add(documents(1))
    before.close()

    after = Store(tmp_path / "traces.sqlite3")

    assert len(newest(after)) == 1
    after.close()


def test_many_may_write_and_read_at_once(store: Store) -> None:
    def work(number: int) -> None:
        store.add(documents(number % 20, spans=3))
        newest(store)
        store.get(documents(number % 20)[0].trace_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))

    assert {one.spans for one in newest(store)} == {3}
    assert len(newest(store)) == 20
