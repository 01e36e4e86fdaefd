import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.unit.sink.notifications import ROUTING_KEY, event

Value = Callable[..., float]

JSON = {"Content-Type": "application/json"}

INVALID = {"status": "invalid event", "message": "Event object is invalid"}
SEVERITY = "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', "
ACTION = "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or "


async def stored(sink: httpx.AsyncClient) -> list[dict[str, Any]]:
    deliveries: list[dict[str, Any]] = (await sink.get("/api/v1/deliveries")).json()["deliveries"]
    return deliveries


async def test_an_event_is_accepted_and_kept_without_the_accounts_secret(
    sink: httpx.AsyncClient,
) -> None:
    answer = await sink.post("/v2/enqueue", json=event())
    assert answer.status_code == 202
    success = {"status": "success", "message": "Event processed", "dedup_key": "group-1"}
    assert answer.json() == success
    (one,) = await stored(sink)
    assert one.pop("received_at").endswith("Z")
    kept = event()
    del kept["routing_key"]
    assert one == {
        "seq": 1,
        "via": "pagerduty",
        "channel": None,
        "dedup_key": "group-1",
        "action": "trigger",
        "payload": kept,
    }
    assert ROUTING_KEY not in (await sink.get("/api/v1/deliveries")).text


@pytest.mark.parametrize("key", [None, ""])
async def test_a_trigger_without_a_key_gets_one_of_its_own(
    sink: httpx.AsyncClient, key: str | None
) -> None:
    body = {**event(), "dedup_key": key}
    answers = [(await sink.post("/v2/enqueue", json=body)).json() for _ in range(2)]
    first, second = (answer["dedup_key"] for answer in answers)
    assert first
    assert second
    assert first != second
    assert [one["dedup_key"] for one in await stored(sink)] == [first, second]


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in event().items() if name not in names}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (without("routing_key"), ["'routing_key' cannot be blank"]),
        ({**event(), "routing_key": 7}, ["'routing_key' cannot be blank"]),
        (
            {**event(), "routing_key": "e+kd5BWM-NCknhB3XnYg"},
            [
                "Length of 'routing_key' is incorrect (should be 32 characters)",
                "'routing_key' cannot contain non-alphanumeric characters.",
            ],
        ),
        ({**event(), "routing_key": ROUTING_KEY[::-1]}, ["Invalid routing key"]),
        (
            {**event(), "routing_key": "é" * 32},
            ["'routing_key' cannot contain non-alphanumeric characters."],
        ),
        (without("event_action"), ["'event_action' is missing or blank"]),
        ({**event(), "event_action": "close"}, [f"{ACTION}'resolve')"]),
        ({**event(), "event_action": ["trigger"]}, ["'event_action' is missing or blank"]),
        ({}, ["'routing_key' cannot be blank", "'event_action' is missing or blank"]),
        (event(summary=""), ["'payload.summary' is missing or blank"]),
        (event(summary=None), ["'payload.summary' is missing or blank"]),
        (event(summary="x" * 1025), ["'summary' is too long (maiximum is 1024 characters)"]),
        (event(source="  "), ["'payload.source' is missing or blank"]),
        (event(severity=None), ["'payload.severity' is missing or blank"]),
        (event(severity="CRITICAL"), [f"{SEVERITY}'error' or 'info')"]),
        (event(severity="none"), [f"{SEVERITY}'error' or 'info')"]),
        (
            without("payload"),
            [f"'payload.{name}' is missing or blank" for name in ("summary", "source", "severity")],
        ),
        (
            {**event(), "payload": "x"},
            [f"'payload.{name}' is missing or blank" for name in ("summary", "source", "severity")],
        ),
        ({**event("resolve"), "dedup_key": ""}, ["'dedup_key' is missing or blank"]),
        ({**event("acknowledge"), "dedup_key": None}, ["'dedup_key' is missing or blank"]),
        (event(key="x" * 256), ["'dedup_key' is too long (maximum is 255 characters)"]),
        ({**event(), "dedup_key": 5}, ["'dedup_key' is invalid (must be a string)"]),
    ],
)
async def test_what_pagerduty_refuses_is_refused_with_its_words(
    sink: httpx.AsyncClient, body: dict[str, Any], errors: list[str]
) -> None:
    answer = await sink.post("/v2/enqueue", json=body)
    assert answer.status_code == 400
    assert answer.json() == {**INVALID, "errors": errors}
    assert await stored(sink) == []


@pytest.mark.parametrize(
    "body",
    [
        event(summary="x" * 1024),
        event(key="x" * 255),
        *[event(severity=severity) for severity in ("critical", "error", "warning", "info")],
        # Only a trigger needs a payload.
        {"routing_key": ROUTING_KEY, "event_action": "resolve", "dedup_key": "unknown"},
        {"routing_key": ROUTING_KEY, "event_action": "acknowledge", "dedup_key": "unknown"},
    ],
)
async def test_what_pagerduty_takes_is_taken(sink: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await sink.post("/v2/enqueue", json=body)).status_code == 202
    assert len(await stored(sink)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"routing_key=x",
        b"\xff",
        b'{"payload": Infinity}',
        b'{"dedup_key": "\\udfff"}',
        b'{"payload": ' + b'{"a":' * 100 + b"1" + b"}" * 101,
    ],
)
async def test_what_is_no_json_object_is_not_recognised(
    sink: httpx.AsyncClient, body: bytes
) -> None:
    answer = await sink.post("/v2/enqueue", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "Unrecognized object",
        "message": "Event object format is unrecognized",
        "errors": ["JSON parse error"],
    }


def sized(size: int) -> bytes:
    """Return a valid event of this many bytes."""
    frame = len(json.dumps(event(custom_details={"text": ""})))
    return json.dumps(event(custom_details={"text": "x" * (size - frame)})).encode()


async def test_an_event_of_512_kb_is_taken_and_a_larger_one_refused(
    sink: httpx.AsyncClient, value: Value
) -> None:
    before = value("sink_deliveries_total", via="pagerduty", outcome="refused")
    answer = await sink.post("/v2/enqueue", content=sized(512_000), headers=JSON)
    assert answer.status_code == 202
    answer = await sink.post("/v2/enqueue", content=sized(512_001), headers=JSON)
    assert answer.status_code == 400
    assert answer.json() == {**INVALID, "errors": ["Event is too large (maximum is 512 KB)"]}
    assert value("sink_deliveries_total", via="pagerduty", outcome="refused") == before + 1


async def test_events_are_counted_by_their_outcome(sink: httpx.AsyncClient, value: Value) -> None:
    def counts() -> list[float]:
        return [
            value("sink_deliveries_total", via="pagerduty", outcome=outcome)
            for outcome in ("accepted", "refused")
        ]

    accepted, refused = counts()
    await sink.post("/v2/enqueue", json=event())
    assert counts() == [accepted + 1, refused]
    await sink.post("/v2/enqueue", json={})
    assert counts() == [accepted + 1, refused + 1]
