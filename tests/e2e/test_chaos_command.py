"""`make chaos-*` as people use it: it is interrupted, killed, refused, or finds no stack."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deploy.stack.console import ROOT
from loadtest import leases, observe
from loadtest.endpoints import Endpoints
from tests.e2e.conftest import Stack
from tests.polling import wait_for

pytestmark = [pytest.mark.disturbs, pytest.mark.timeout(300)]
CHAOS = ("chaos", "errors")


def live_faults(endpoints: Endpoints) -> list[str]:
    answer = requests.get(
        f"{endpoints.urls['api']}/faults",
        headers={"Authorization": f"Bearer {endpoints.token}"},
        timeout=5,
    )
    return [fault["name"] for fault in answer.json()["faults"]]


def variables(endpoints: Endpoints, token_file: Path) -> dict[str, str]:
    urls = {f"{name.upper()}_URL": url for name, url in endpoints.urls.items()}
    return {**os.environ, **urls, "FAULTS_TOKEN_FILE": str(token_file), "PYTHONUNBUFFERED": "1"}


def chaos(*words: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "loadtest", *words],
        cwd=ROOT,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@pytest.fixture
def no_fault(endpoints: Endpoints, quiet: None) -> Iterator[None]:  # noqa: ARG001 - comes first
    yield
    for target in leases.TARGETS:
        leases.stop(endpoints, target)


@pytest.mark.usefixtures("no_fault")
def test_ctrl_c_takes_the_fault_out(stack: Stack, endpoints: Endpoints) -> None:
    running = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "deploy.stack", "--project", stack.name, "loadtest", *CHAOS],
        cwd=ROOT,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wait_for(lambda: live_faults(endpoints) == ["api-errors"], "the fault is in", seconds=90)

    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=40)

    assert running.returncode == 130, output
    assert "fault out the stack is itself again" in output
    assert "interrupted: no traffic flows" in output
    assert live_faults(endpoints) == []


@pytest.mark.usefixtures("no_fault")
def test_a_killed_chaos_run_leaves_no_fault_and_no_traffic(
    stack: Stack, endpoints: Endpoints
) -> None:
    running = chaos(*CHAOS, env=variables(endpoints, stack.secrets / "faults_token"))
    wait_for(lambda: live_faults(endpoints) == ["api-errors"], "the fault is in", seconds=90)

    running.kill()
    running.communicate(timeout=10)

    wait_for(
        lambda: live_faults(endpoints) == [],
        "the lease ends by itself",
        seconds=leases.LEASE_SECONDS + 2,
    )
    # Over the last seconds, which is how long Locust may take to notice.
    traffic = 'sum(increase(http_requests_total{job="api"}[3s]))'
    wait_for(
        lambda: observe.value(endpoints, traffic) == 0, "no request reaches the API", seconds=20
    )


def test_a_wrong_token_is_refused_with_what_to_do(endpoints: Endpoints, tmp_path: Path) -> None:
    wrong = tmp_path / "token"
    wrong.write_text("0" * 32)

    running = chaos("chaos", "stop", env=variables(endpoints, wrong))
    output, _ = running.communicate(timeout=30)

    assert running.returncode == 2
    assert "refuses the fault (401)" in output
    assert "make up" in output


def test_without_a_stack_it_says_how_to_start_one(endpoints: Endpoints, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("unused")
    # Port 1 is reserved and answers nobody.
    nowhere = dict.fromkeys(endpoints.urls, "http://127.0.0.1:1")

    running = chaos(*CHAOS, env=variables(Endpoints(nowhere, ""), token))
    output, _ = running.communicate(timeout=30)

    assert running.returncode == 2
    assert "make up" in output
    assert "Traceback" not in output


def test_without_a_token_file_it_says_what_makes_one(endpoints: Endpoints, tmp_path: Path) -> None:
    running = chaos(*CHAOS, env=variables(endpoints, tmp_path / "missing"))
    output, _ = running.communicate(timeout=30)

    assert running.returncode == 2
    assert "the fault token can't be read" in output
