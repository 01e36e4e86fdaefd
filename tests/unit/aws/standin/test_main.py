"""The program: what is wrong with its surroundings ends it with one line."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.polling import wait_for

ROOT = Path(__file__).parents[4]
COMMAND = [sys.executable, "-m", "deploy.aws.standin"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    secret = tmp_path / "secret"
    secret.write_text("http://127.0.0.1:9/services/x")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'services'}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": "ap-northeast-1",
        "STANDIN_TEMPLATE": str(ROOT / "deploy" / "aws" / "template.yaml"),
        "STANDIN_COLLECTOR": str(ROOT / "deploy" / "aws" / "collector.yaml"),
        "STANDIN_DATABASE": str(tmp_path / "state.sqlite3"),
        "SINK_URL": "http://127.0.0.1:9",
        "SLACK_API_URL_FILE": str(secret),
        "PAGERDUTY_ROUTING_KEY_FILE": str(secret),
    }


def resource(kind: str, properties: str) -> str:
    return f"Resources: {{A: {{Type: '{kind}', Properties: {properties}}}}}"


def ended(environment: dict[str, str]) -> tuple[int, str]:
    found = subprocess.run(  # noqa: S603 - our own program
        COMMAND, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return found.returncode, found.stderr


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("AWS_ENDPOINT_URL", "https://sns.ap-northeast-1.amazonaws.com", "this stands in for AWS"),
        ("AWS_REGION", "", "AWS_REGION is not set"),
        ("STANDIN_FACTOR", "13", "STANDIN_FACTOR is '13'"),
        ("STANDIN_DATABASE", "/nowhere/state.sqlite3", "STANDIN_DATABASE: cannot write it"),
    ],
)
def test_a_wrong_setting_is_one_line_and_status_2(
    environment: dict[str, str], name: str, value: str, line: str
) -> None:
    status, text = ended(environment | {name: value})

    assert status == 2
    assert line in text
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("a: [", "STANDIN_TEMPLATE: .* is no YAML"),
        (
            resource("AWS::CloudWatch::Alarm", "{AlarmName: a}"),
            "STANDIN_TEMPLATE: alarm a: 'Namespace' is missing",
        ),
        (
            resource("AWS::CloudWatch::CompositeAlarm", "{AlarmName: a, AlarmRule: ALARM(b)}"),
            "STANDIN_TEMPLATE: alarm a: its rule names b: unknown, or a circle",
        ),
        (
            resource("AWS::Lambda::Function", "{Handler: i.h, Code: {ZipFile: no Python}}"),
            "STANDIN_TEMPLATE: A: its code fails",
        ),
    ],
)
def test_a_template_that_can_not_be_stood_in_for_is_one_line_and_status_2(
    environment: dict[str, str], tmp_path: Path, written: str, line: str
) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(written)

    status, text = ended(environment | {"STANDIN_TEMPLATE": str(file)})

    assert status == 2
    assert re.search(line, text)
    assert text.count("\n") == 1


@contextmanager
def running(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    changed = environment | {"STANDIN_PORT": str(port), "STANDIN_URL": f"http://127.0.0.1:{port}"}
    with subprocess.Popen(  # noqa: S603 - our own program
        COMMAND, env=changed, stdout=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def test_it_becomes_ready_and_ends_on_sigterm(environment: dict[str, str], moto: str) -> None:
    with running(environment | {"AWS_ENDPOINT_URL": moto}) as (process, url):
        wait_for(lambda: requests.get(f"{url}/livez", timeout=5).ok, "it is served", seconds=60)
        wait_for(lambda: requests.get(f"{url}/readyz", timeout=5).ok, "it is ready", seconds=60)
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0


def test_without_moto_it_waits_and_says_so(environment: dict[str, str]) -> None:
    with running(environment) as (_, url):
        wait_for(lambda: requests.get(f"{url}/livez", timeout=5).ok, "it is served", seconds=60)

        assert requests.get(f"{url}/readyz", timeout=5).status_code == 503
