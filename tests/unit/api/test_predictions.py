from itertools import chain
from uuid import uuid4

import httpx
import pytest

from tests.unit.api.doubles import Memory

LIST = "/api/v1/predictions"


async def predict(api: httpx.AsyncClient, *users: str) -> list[str]:
    """Make a prediction for each user and return their ids, oldest first."""
    body = {"model": "digits", "features": [1.0]}
    answers = [
        await api.post("/api/v1/predict", json=body, headers={"X-User-ID": user}) for user in users
    ]
    return [answer.json()["id"] for answer in answers]


async def walk(api: httpx.AsyncClient, **query: str) -> list[list[str]]:
    """Follow the cursors and return the ids of each page."""
    pages = []
    following: str | None = ""
    while following is not None:
        cursor = {"cursor": following} if following else {}
        page = (await api.get(LIST, params=query | cursor)).json()
        pages.append([item["id"] for item in page["items"]])
        following = page["next_cursor"]
    return pages


async def test_a_prediction_is_found_by_its_id(api: httpx.AsyncClient, memory: Memory) -> None:
    (identifier,) = await predict(api, "user-1")
    answer = await api.get(f"{LIST}/{identifier}")

    assert answer.status_code == 200
    assert answer.json() == memory.kept[0].model_dump(mode="json")


async def test_an_id_that_is_not_there_is_404(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"{LIST}/{uuid4()}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_together_are_the_whole_list_newest_first(
    api: httpx.AsyncClient, memory: Memory
) -> None:
    await predict(api, *["user-1"] * 7)
    pages = await walk(api, limit="3")

    newest = sorted(memory.kept, key=lambda one: (one.created_at, one.id), reverse=True)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(chain(*pages)) == [str(one.id) for one in newest]


async def test_what_comes_in_between_shifts_no_page(api: httpx.AsyncClient) -> None:
    before = await predict(api, *["user-1"] * 4)
    first = (await api.get(LIST, params={"limit": 2})).json()
    await predict(api, *["user-1"] * 2)
    second = (await api.get(LIST, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert {item["id"] for item in first["items"] + second["items"]} == set(before)


@pytest.mark.parametrize("count", [0, 3])
async def test_a_last_page_that_is_full_has_no_next(api: httpx.AsyncClient, count: int) -> None:
    await predict(api, *["user-1"] * count)

    assert [len(page) for page in await walk(api, limit="3")] == [count]


async def test_the_list_can_be_one_user_s(api: httpx.AsyncClient) -> None:
    ids = await predict(api, "user-1", "user-2", "user-1", "user-2", "user-1")
    pages = await walk(api, limit="2", user_id="user-1")

    assert [len(page) for page in pages] == [2, 1]
    assert set(chain(*pages)) == {ids[0], ids[2], ids[4]}


async def test_a_page_has_20_items_unless_asked_otherwise(api: httpx.AsyncClient) -> None:
    await predict(api, *["user-1"] * 21)

    assert [len(page) for page in await walk(api)] == [20, 1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=101", 422),
        ("limit=1e9", 422),
        ("limit=x", 422),
        ("user_id=", 422),
        ("user_id=a%00", 422),
        ("user_id=%27%20OR%201=1", 422),
        ("user_id=%ED%A0%80", 422),
        ("user_id=" + "x" * 129, 422),
        ("cursor=", 400),
        ("cursor=AAAA", 400),
        ("cursor=%00", 400),
        ("cursor=%ED%A0%80", 400),
        ("cursor=" + "x" * 129, 422),
    ],
)
async def test_a_bad_query_is_a_problem(api: httpx.AsyncClient, query: str, status: int) -> None:
    answer = await api.get(f"{LIST}?{query}")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("identifier", ["1", "%00", "'; DROP TABLE predictions; --"])
async def test_an_id_that_is_none_is_a_problem(api: httpx.AsyncClient, identifier: str) -> None:
    answer = await api.get(f"{LIST}/{identifier}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", [LIST, f"{LIST}/{uuid4()}"])
async def test_without_a_database_reading_is_503(
    api: httpx.AsyncClient, memory: Memory, path: str
) -> None:
    memory.up = False
    answer = await api.get(path)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
