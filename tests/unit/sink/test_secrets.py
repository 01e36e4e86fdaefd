import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from starlette.types import Message, Receive, Scope, Send

from sink.hook_path import HookPathMiddleware
from tests.unit.sink.conftest import Process
from tests.unit.sink.notifications import HOOK, ROUTING_KEY, TOKEN, event, slack_message
from tests.unit.sink.sns_deliveries import TOKEN as SNS_TOKEN
from tests.unit.sink.sns_deliveries import confirmation, headers


def test_no_log_line_metric_or_answer_holds_the_token_or_the_key(process: Process) -> None:
    process.environment |= {"LOG_LEVEL": "DEBUG"}
    process.start()
    paths = [HOOK, f"{HOOK}/", f"/{HOOK}", HOOK.upper(), f"{HOOK}?x=1", f"/services{HOOK[9:]}/a/b"]
    answers = [
        requests.post(process.url + path, json=slack_message(), timeout=5, allow_redirects=False)
        for path in paths
    ]
    answers += [requests.get(process.url + HOOK, timeout=5)]
    answers += [requests.post(process.url + HOOK, data=b"{", timeout=5)]
    for body in (event(), {**event(), "severity": None, "event_action": "x"}):
        answers += [requests.post(f"{process.url}/v2/enqueue", json=body, timeout=5)]
    integration = f"/integration/{ROUTING_KEY}/enqueue"
    for path in (integration, integration.upper(), f"{integration}?x=1", f"/{integration}/"):
        answers += [requests.post(process.url + path, json={}, timeout=5)]
    for path in ("/metrics", "/api/v1/deliveries", "/api/v1/incidents", "/api/v1/messages"):
        answers += [requests.get(process.url + path, timeout=5)]
    assert {answer.status_code for answer in answers} == {200, 202, 400, 404, 405}
    process.end(signal.SIGTERM)
    shown = "".join([*process.output, *(answer.text + str(answer.headers) for answer in answers)])
    assert "/services/T0TEAM01/B0HOOK01/" in shown
    assert TOKEN.lower() not in shown.lower()
    assert ROUTING_KEY not in shown


def test_no_log_line_holds_what_would_confirm_a_subscription(process: Process) -> None:
    with closed_port() as port:
        process.environment |= {"LOG_LEVEL": "DEBUG", "SNS_LOCAL_URL": f"http://127.0.0.1:{port}"}
        process.start()
        delivery = confirmation(f"http://127.0.0.1:{port}")
        body = json.dumps(delivery)
        answer = requests.post(f"{process.url}/sns", body, headers=headers(delivery), timeout=10)
    # It did try: nobody answers there.
    assert answer.status_code == 503
    process.end(signal.SIGTERM)
    assert "could not be visited" in process.output[0]
    assert SNS_TOKEN not in process.output[0] + answer.text


@contextmanager
def closed_port() -> Iterator[int]:
    """Hold a port at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_request_is_logged_once_with_what_became_of_it(process: Process) -> None:
    process.start()
    requests.post(process.url + HOOK, json=slack_message(), timeout=5)
    requests.post(process.url + HOOK, json={}, timeout=5)
    process.end(signal.SIGTERM)
    lines = [line for line in process.output[0].splitlines() if '"sink.requests"' in line]
    assert len(lines) == 2
    assert '"extra": {"seq": 1, "channel": "#alerts-critical"}' in lines[0]
    assert '"extra": {"refused": "no_text"}' in lines[1]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (HOOK, "/services/T0TEAM01/B0HOOK01/[redacted]"),
        (f"{HOOK}/", "/services/T0TEAM01/B0HOOK01/[redacted]/[redacted]"),
        (f"/services//B0HOOK01/{TOKEN}", "/services//B0HOOK01/[redacted]"),
        (f"/services/T0TEAM01//{TOKEN}\n", "/services/T0TEAM01//[redacted]"),
        ("/services/T0TEAM01/B0HOOK01/", "/services/T0TEAM01/B0HOOK01/"),
        ("/v2/enqueue", "/v2/enqueue"),
        (f"/integration/{ROUTING_KEY}/enqueue", "/integration/[redacted]/enqueue"),
        (f"/integration/{ROUTING_KEY}/enqueue/", "/integration/[redacted]/[redacted]"),
        (f"/integration/{ROUTING_KEY}", "/integration/[redacted]"),
        (f"//integration//{ROUTING_KEY}/enqueue", "//integration/[redacted]/[redacted]/enqueue"),
    ],
)
async def test_what_is_behind_sees_no_token_in_the_path(path: str, shown: str) -> None:
    seen: list[Scope] = []

    async def behind(scope: Scope, _: Receive, __: Send) -> None:
        seen.append(scope)

    async def nothing() -> Message:
        raise AssertionError

    async def nobody(_: Message) -> None:
        raise AssertionError

    scope = {"type": "http", "path": path, "raw_path": path.encode()}
    await HookPathMiddleware(behind)(scope, nothing, nobody)
    assert (seen[0]["path"], seen[0]["raw_path"]) == (shown, shown.encode())


def test_metrics_are_there_before_the_first_delivery(process: Process) -> None:
    process.start()
    text = requests.get(f"{process.url}/metrics", timeout=5).text
    for via in ("slack", "pagerduty", "sns"):
        for outcome in ("accepted", "refused"):
            assert f'sink_deliveries_total{{outcome="{outcome}",via="{via}"}} 0.0' in text
    route = 'path="/services/{team}/{hook}/{token}"'
    assert f'http_requests_total{{method="POST",{route},status="200"}} 0.0' in text
    assert 'http_requests_total{method="POST",path="/v2/enqueue",status="202"} 0.0' in text
