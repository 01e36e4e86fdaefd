"""The AWS half on containers: a log line becomes an alarm, a page and a trace.

moto keeps what AWS' APIs keep, the stand-in does what moto doesn't. Where CloudWatch's half is
alone, Prometheus and Alertmanager are stopped: who is told was told by CloudWatch.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from deploy.stack import engine, preflight
from deploy.stack.console import ROOT
from loadtest.catalogue import BY_NAME
from loadtest.traffic import flowing
from tests.e2e.conftest import FACTOR, Stack
from tests.polling import wait_for

PROJECT = "sre-reference-aws-test"
# A minute of CloudWatch is 3 s here: five bad ones, the time that lines take to arrive, a delivery.
PAGE_SECONDS = 60
# Ten minutes to forget, and the same.
OVER_SECONDS = 90
# Longer than it takes the slowest alarm to be raised.
SILENCE_SECONDS = 45
FEATURES = {"model": "digits", "features": [8] * 64}

pytestmark = [pytest.mark.timeout(420), pytest.mark.disturbs]


class Aws:
    """The running stack, as the tests ask it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.endpoints = stack.endpoints()
        self.url = stack.url("aws")

    def alarms(self, state: str = "ALARM") -> set[str]:
        """Return the names of the alarms in a state."""
        answer = requests.get(f"{self.url}/api/v1/alarms", timeout=10)
        answer.raise_for_status()
        return {
            one["name"].removeprefix("sre-reference-")
            for one in answer.json()
            if one["state"] == state
        }

    def deliveries(self, after: int) -> list[dict[str, Any]]:
        """Return what the sink took from either half, but for copies and the heartbeat's page."""
        path = "/api/v1/deliveries"
        found = self.endpoints.get("sink", path, after=after)["deliveries"]
        return [one for one in found if one["via"] != "sns" and "HeartbeatMissing" not in str(one)]

    def by_cloudwatch(self, after: int) -> list[tuple[str, str, str]]:
        """Return where, what and of which alert CloudWatch told, in order."""
        told = []
        for one in self.deliveries(after):
            payload = one["payload"]
            if one["via"] == "pagerduty" and payload.get("client") == "CloudWatch":
                name = payload["payload"]["custom_details"]["alertname"]
                told.append(("pagerduty", one["action"], name))
            elif payload.get("username") == "CloudWatch":
                state, name = payload["attachments"][0]["title"].split(":")[0].split()
                told.append((one["channel"], state, name))
        return told

    def last(self) -> int:
        """Return the number of the sink's newest delivery."""
        found = self.endpoints.get("sink", "/api/v1/deliveries", after=0)["deliveries"]
        return found[-1]["seq"] if found else 0

    @contextmanager
    def fault(self, name: str) -> Iterator[None]:
        """Have a fault of the catalogue in, which is one way to break a service."""
        (way,) = BY_NAME[name].ways
        injection = way.prepare(self.endpoints, name, 15 / FACTOR)
        injection.put()
        try:
            yield
        finally:
            injection.end()

    def ask(self, user: str = "user-1") -> tuple[int, str]:
        """Ask for one prediction; return the status and the request's id."""
        url = f"{self.endpoints.urls['api']}/api/v1/predict"
        answer = requests.post(url, json=FEATURES, headers={"X-User-ID": user}, timeout=10)
        return answer.status_code, answer.headers["X-Request-ID"]


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    stack = Stack(PROJECT, FACTOR, preflight.free_ports(), aws=True)
    if engine.answers():
        stack.down(volumes=True)
    stack.prepare()
    stack.up()
    try:
        yield Aws(stack)
    finally:
        stack.down(volumes=True)


@pytest.fixture
def alone(aws: Aws) -> Iterator[Aws]:
    """Leave CloudWatch's half alone: without Prometheus and Alertmanager."""
    aws.stack.compose("stop", "prometheus", "alertmanager")
    with flowing(aws.endpoints.urls["api"]):
        calm(aws)
        yield aws
    aws.stack.compose("start", "prometheus", "alertmanager")


def calm(aws: Aws) -> None:
    symptoms = {"HighErrorRate", "HighLatency"}
    wait_for(lambda: symptoms <= aws.alarms("OK"), "both symptoms are over", seconds=OVER_SECONDS)


def test_all_that_can_be_held_is_what_the_template_says(aws: Aws) -> None:
    answer = requests.get(f"{aws.url}/api/v1/template", timeout=10).json()

    linted = {one["type"] for one in answer if "linted" in str(one)}
    assert linted <= {"AWS::Lambda::Permission", "AWS::XRay::Group", "AWS::XRay::SamplingRule"}
    assert len(answer) > 50


def until_told(aws: Aws, after: int, expected: list[tuple[str, str, str]], seconds: float) -> None:
    """Wait until CloudWatch has told this and, so far, nothing else."""
    what = f"as many as {expected} were told"
    wait_for(lambda: len(aws.by_cloudwatch(after)) >= len(expected), what, seconds=seconds)
    assert sorted(aws.by_cloudwatch(after)) == sorted(expected)


def test_critical_pages_without_prometheus_and_says_when_it_is_over(alone: Aws) -> None:
    before = alone.last()
    page = [
        ("pagerduty", "trigger", "HighErrorRate"),
        ("#alerts-critical", "[FIRING]", "HighErrorRate"),
    ]
    over = [
        ("pagerduty", "resolve", "HighErrorRate"),
        ("#alerts-critical", "[RESOLVED]", "HighErrorRate"),
    ]
    with alone.fault("api-errors"):
        until_told(alone, before, page, PAGE_SECONDS)
        # Neither its own restart nor the loss of all that moto holds pages anybody again.
        alone.stack.compose("restart", "aws", "moto")
        wait_for(alone.alarms, "it knows what it was told", seconds=PAGE_SECONDS)
    until_told(alone, before, page + over, OVER_SECONDS)


def test_a_warning_goes_to_slack_alone(alone: Aws) -> None:
    before = alone.last()
    slack = [("#alerts-warning", state, "HighLatency") for state in ("[FIRING]", "[RESOLVED]")]
    with alone.fault("api-latency"):
        until_told(alone, before, slack[:1], PAGE_SECONDS)
    until_told(alone, before, slack, OVER_SECONDS)


def test_both_halves_make_one_incident(aws: Aws) -> None:
    before = aws.last()
    with flowing(aws.endpoints.urls["api"]):
        calm(aws)
        with aws.fault("api-errors"):
            incident = wait_for(
                lambda: both(aws, before), "both halves say it is so", seconds=PAGE_SECONDS
            )
        wait_for(
            lambda: both(aws, before, "resolve"), "both halves say it is over", seconds=OVER_SECONDS
        )
    keys = {one["dedup_key"] for one in aws.deliveries(before) if one["via"] == "pagerduty"}
    assert keys == {incident}
    incidents = aws.endpoints.get("sink", "/api/v1/incidents")["incidents"]
    (found,) = (one for one in incidents if one["id"] > before)
    assert (found["dedup_key"], found["status"]) == (incident, "resolved")


def both(aws: Aws, after: int, action: str = "trigger") -> str | None:
    """Return the incident of which both halves said this, if there is one."""
    said = [
        (one["dedup_key"], one["payload"].get("client"))
        for one in aws.deliveries(after)
        if one["via"] == "pagerduty" and one["action"] == action
    ]
    keys = {key for key, client in said if client == "CloudWatch"}
    return next((key for key, client in said if client != "CloudWatch" and key in keys), None)


def test_one_request_is_followed_through_api_database_and_ml(aws: Aws) -> None:
    status, request_id = aws.ask()
    assert status == requests.codes.created

    lines = wait_for(
        lambda: [line for line in logged(aws, "api") if request_id in line],
        "its line is in the log",
        seconds=20,
    )
    trace = str(lines[0]).partition('"trace_id": "')[2].partition('"')[0]
    assert trace.startswith("1-")

    def page() -> str:
        answer = requests.get(f"{aws.url}/traces/{trace}", timeout=10)
        return answer.text if answer.ok else ""

    shown = wait_for(
        lambda: text if all(word in (text := page()) for word in ("postgresql", "ml")) else "",
        "its trace is there",
        seconds=30,
    )
    assert request_id in shown


def logged(aws: Aws, service: str) -> list[str]:
    return aws.stack.compose("logs", "--no-log-prefix", "--tail=500", service).stdout.splitlines()


def test_the_log_answers_logs_insights_queries(aws: Aws) -> None:
    aws.ask(user="insights")
    query = 'filter user_id = "insights" | stats count(*) as asked by path'
    command = [sys.executable, "-m", "deploy.aws.insights", query]

    result = subprocess.run(  # noqa: S603 - our own program
        command,
        cwd=ROOT,
        env={**aws.stack.environment(), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert "/api/v1/predict" in result.stdout


def test_cloudwatch_away_costs_no_request_and_loses_no_line(aws: Aws) -> None:
    shipped = lambda: metric(aws, "log_events_shipped_total")  # noqa: E731 - said three times
    wait_for(shipped, "lines are sent", seconds=20)
    aws.stack.compose("pause", "moto")
    try:
        held = shipped()
        statuses = {aws.ask()[0] for _ in range(100)}
    finally:
        aws.stack.compose("unpause", "moto")

    assert statuses == {requests.codes.created}
    wait_for(lambda: shipped() >= held + 100, "what waited is sent", seconds=60)
    assert metric(aws, "log_events_dropped_total") == 0


def metric(aws: Aws, name: str) -> float:
    """Return the sum of an API's metric."""
    text = requests.get(f"{aws.endpoints.urls['api']}/metrics", timeout=5).text
    lines = [line for line in text.splitlines() if line.partition("{")[0].split()[0] == name]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)
