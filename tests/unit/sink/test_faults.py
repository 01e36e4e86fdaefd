"""The sink's own faults: each of those it stands for fails as the real one does."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.unit.sink.notifications import (
    HOOK,
    TOKEN,
    event,
    heartbeat_webhook,
    slack_message,
)
from tests.unit.sink.sns_deliveries import Signer, notification, post

Value = Callable[..., float]

BEARER = {"Authorization": "Bearer let-me-in"}


@pytest.fixture
def settings(settings: dict[str, str], tmp_path: Path) -> dict[str, str]:
    (tmp_path / "faults_token").write_text("let-me-in\n")
    return {**settings, "FAULTS_TOKEN_FILE": str(tmp_path / "faults_token")}


async def put(sink: httpx.AsyncClient, point: str, **changes: object) -> None:
    fault = {"point": point, "effect": "error", "lease_seconds": 15, **changes}
    answer = await sink.put("/faults/drill", json=fault, headers=BEARER)
    assert answer.status_code == 200


async def delete(sink: httpx.AsyncClient) -> None:
    assert (await sink.delete("/faults", headers=BEARER)).status_code == 204


async def stored(sink: httpx.AsyncClient) -> int:
    return len((await sink.get("/api/v1/deliveries")).json()["deliveries"])


async def test_slack_answers_503_with_its_own_word_and_keeps_nothing(
    sink: httpx.AsyncClient, value: Value
) -> None:
    before = value("sink_deliveries_total", via="slack", outcome="refused")
    await put(sink, "slack")
    answer = await sink.post(HOOK, json=slack_message())
    assert (answer.status_code, answer.text) == (503, "service_unavailable")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert value("sink_deliveries_total", via="slack", outcome="refused") == before + 1
    # PagerDuty is another company.
    assert (await sink.post("/v2/enqueue", json=event())).status_code == 202
    assert await stored(sink) == 1
    await delete(sink)
    assert (await sink.post(HOOK, json=slack_message())).text == "ok"
    assert await stored(sink) == 2


async def test_pagerduty_answers_503_in_its_own_form_and_keeps_nothing(
    sink: httpx.AsyncClient, value: Value
) -> None:
    before = value("sink_deliveries_total", via="pagerduty", outcome="refused")
    await put(sink, "pagerduty")
    answer = await sink.post("/v2/enqueue", json=event())
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"status", "message", "errors"}
    assert value("sink_deliveries_total", via="pagerduty", outcome="refused") == before + 1
    assert (await sink.post(HOOK, json=slack_message())).text == "ok"
    assert await stored(sink) == 1
    await delete(sink)
    assert (await sink.post("/v2/enqueue", json=event())).status_code == 202


async def test_a_subscriber_that_fails_makes_sns_try_again(
    sink: httpx.AsyncClient, signer: Signer
) -> None:
    delivery = signer.sign(notification())
    await put(sink, "sns")
    answer = await post(sink, delivery)
    assert (answer.status_code, answer.json()["detail"]) == (503, "The subscriber fails.")
    assert await stored(sink) == 0
    await delete(sink)
    assert (await post(sink, delivery)).status_code == 200
    assert await stored(sink) == 1


async def test_a_share_of_messages_fails(sink: httpx.AsyncClient) -> None:
    await put(sink, "slack", rate=0.5)
    statuses = [(await sink.post(HOOK, json=slack_message())).status_code for _ in range(4)]
    assert statuses == [200, 503, 200, 503]
    assert await stored(sink) == 2
    await delete(sink)


async def test_a_heartbeat_that_fails_is_none(sink: httpx.AsyncClient) -> None:
    await put(sink, "heartbeat")
    assert (await sink.post("/heartbeat", json=heartbeat_webhook())).status_code == 500
    assert (await sink.get("/api/v1/heartbeat")).json()["last_at"] is None
    await delete(sink)
    assert (await sink.post("/heartbeat", json=heartbeat_webhook())).status_code == 200


async def test_a_fault_shows_nobody_the_webhooks_token(
    sink: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await put(sink, "slack")
    answer = await sink.post(HOOK, json=slack_message())
    await delete(sink)
    written = capsys.readouterr().out
    assert '"refused": "service_unavailable"' in written
    assert "/services/T0TEAM01/B0HOOK01/[redacted]" in written
    assert TOKEN not in written + answer.text + str(answer.headers)
    assert "let-me-in" not in written


async def test_series_are_exposed_by_the_sink_too(sink: httpx.AsyncClient) -> None:
    await put(sink, "metrics", effect="series", count=7)
    assert (await sink.get("/metrics")).text.count("\ninjected_series{") == 7
    await delete(sink)
    assert "injected_series" not in (await sink.get("/metrics")).text
