import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.unit.sink.notifications import HOOK, TOKEN, slack_message

Value = Callable[..., float]

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def stored(sink: httpx.AsyncClient) -> list[dict[str, Any]]:
    deliveries: list[dict[str, Any]] = (await sink.get("/api/v1/deliveries")).json()["deliveries"]
    return deliveries


async def test_a_message_is_answered_ok_and_kept_as_it_came(sink: httpx.AsyncClient) -> None:
    answer = await sink.post(HOOK, json=slack_message())
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    (one,) = await stored(sink)
    assert one.pop("received_at").endswith("Z")
    assert one == {
        "seq": 1,
        "via": "slack",
        "channel": "#alerts-critical",
        "dedup_key": None,
        "action": "message",
        "payload": slack_message(),
    }


async def test_a_form_with_json_in_payload_is_a_message_too(sink: httpx.AsyncClient) -> None:
    body = urlencode({"payload": json.dumps({"text": "häl%lo & <b>"})})
    for content_type in (FORM["Content-Type"], "Application/X-WWW-form-urlencoded; charset=utf-8"):
        answer = await sink.post(HOOK, content=body, headers={"Content-Type": content_type})
        assert (answer.status_code, answer.text) == (200, "ok")
    assert [one["payload"] for one in await stored(sink)] == [{"text": "häl%lo & <b>"}] * 2


@pytest.mark.parametrize("name", ["#alerts", "@someone"])
async def test_a_message_goes_to_the_channel_or_person_it_names(
    sink: httpx.AsyncClient, name: str
) -> None:
    await sink.post(HOOK, json=slack_message(name))
    assert [one["channel"] for one in await stored(sink)] == [name]


async def test_a_message_without_a_channel_goes_to_the_webhooks_own(
    sink: httpx.AsyncClient,
) -> None:
    await sink.post(HOOK, json={"text": "hello"})
    await sink.post(HOOK, json={"text": "hello", "channel": ""})
    assert [one["channel"] for one in await stored(sink)] == ["#general", "#general"]


@pytest.mark.parametrize(
    "message",
    [{"text": "hello"}, {"attachments": [{"text": "x"}]}, {"blocks": [{"type": "divider"}]}],
    ids=["text", "attachments", "blocks"],
)
async def test_text_or_attachments_or_blocks_suffice(
    sink: httpx.AsyncClient, message: dict[str, Any]
) -> None:
    assert (await sink.post(HOOK, json=message)).text == "ok"


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 400, "invalid_payload"),
        (b"{", 400, "invalid_payload"),
        (b"[]", 400, "invalid_payload"),
        (b'"text"', 400, "invalid_payload"),
        (b"\xff\xfe\xfd", 400, "invalid_payload"),
        (b'{"text": NaN}', 400, "invalid_payload"),
        (b'{"text": "x", "ts": 1e999}', 400, "invalid_payload"),
        (b'{"text": "\\ud800"}', 400, "invalid_payload"),
        (b'{"text": ' + b"[" * 100 + b"]" * 100 + b"}", 400, "invalid_payload"),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "invalid_payload"),
        (b'{"text": "x", "attachments": {}, "x": 1}', 200, "ok"),
        (b'{"text": "x", "attachments": {"text": "y"}}', 400, "invalid_payload"),
        (b'{"text": "x", "attachments": ["y"]}', 400, "invalid_payload"),
        (b"{}", 400, "no_text"),
        (b'{"text": "", "attachments": [], "channel": "#alerts"}', 400, "no_text"),
        (b'{"text": "x", "channel": "alerts"}', 404, "channel_not_found"),
        (b'{"text": "x", "channel": "#"}', 404, "channel_not_found"),
        (b'{"text": "x", "channel": 5}', 404, "channel_not_found"),
        (b'{"text": "x", "channel": "#' + b"a" * 81 + b'"}', 404, "channel_not_found"),
    ],
)
async def test_what_slack_refuses_is_refused_with_its_status_and_word(
    sink: httpx.AsyncClient, body: bytes, status: int, word: str
) -> None:
    answer = await sink.post(HOOK, content=body, headers=JSON)
    assert (answer.status_code, answer.text) == (status, word)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(await stored(sink)) == (status == 200)


@pytest.mark.parametrize("body", ["", "text=hello", '{"text": "hello"}', "payload={", "payload="])
async def test_a_form_without_json_in_payload_is_refused(
    sink: httpx.AsyncClient, body: str
) -> None:
    answer = await sink.post(HOOK, content=body, headers=FORM)
    assert (answer.status_code, answer.text) == (400, "invalid_payload")


async def test_a_hundred_attachments_pass_and_one_more_is_too_many(
    sink: httpx.AsyncClient,
) -> None:
    attachments = [{"text": "x"}] * 100
    assert (await sink.post(HOOK, json={"attachments": attachments})).text == "ok"
    answer = await sink.post(HOOK, json={"attachments": [*attachments, {"text": "x"}]})
    assert (answer.status_code, answer.text) == (400, "too_many_attachments")


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        (f"/services/T0TEAM02/B0HOOK01/{TOKEN}", 404, "no_team"),
        (f"/services/T0TEAM01/B0HOOK02/{TOKEN}", 404, "no_service"),
        ("/services/T0TEAM01/B0HOOK01/another", 403, "invalid_token"),
        (f"{HOOK}0", 403, "invalid_token"),
        ("/services/T0TEAM01/B0HOOK01/t%C3%B6k%C3%A9n", 403, "invalid_token"),
    ],
)
async def test_another_webhook_is_refused_before_its_message_is_looked_at(
    sink: httpx.AsyncClient, path: str, status: int, word: str
) -> None:
    for message in (slack_message(), {}):
        answer = await sink.post(path, json=message)
        assert (answer.status_code, answer.text) == (status, word)
    assert await stored(sink) == []


async def test_only_post_is_a_message(sink: httpx.AsyncClient) -> None:
    answer = await sink.get(HOOK)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", [f"{HOOK}/", f"{HOOK}/more", "/services/T0TEAM01/B0HOOK01/"])
async def test_a_path_with_more_or_less_than_a_token_is_not_found(
    sink: httpx.AsyncClient, path: str
) -> None:
    answer = await sink.post(path, json=slack_message())
    assert answer.status_code == 404
    assert TOKEN not in answer.text
    assert await stored(sink) == []


async def test_a_message_beyond_the_default_body_limit_is_taken(sink: httpx.AsyncClient) -> None:
    assert (await sink.post(HOOK, json={"text": "x" * 400_000})).text == "ok"


async def test_a_message_too_large_for_either_api_is_refused_and_counted(
    sink: httpx.AsyncClient, value: Value
) -> None:
    before = value("sink_deliveries_total", via="slack", outcome="refused")
    answer = await sink.post(HOOK, json={"text": "x" * 600_000})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert value("sink_deliveries_total", via="slack", outcome="refused") == before + 1


async def test_messages_are_counted_by_their_outcome(sink: httpx.AsyncClient, value: Value) -> None:
    def counts() -> list[float]:
        return [
            value("sink_deliveries_total", via="slack", outcome=outcome)
            for outcome in ("accepted", "refused")
        ]

    accepted, refused = counts()
    await sink.post(HOOK, json=slack_message())
    assert counts() == [accepted + 1, refused]
    await sink.post(HOOK, json={})
    await sink.post(f"{HOOK}0", json=slack_message())
    assert counts() == [accepted + 1, refused + 2]
