"""From a fault to its postmortem: what people do is done, and every number is counted twice.

The second count is another source's: Locust's and that of users who note each answer's time, the
API's log lines, the sink's receipts.
"""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pytest
import requests

from deploy.aws.insights import source
from deploy.aws.insights.window import Window
from deploy.incident.postmortem.__main__ import main as postmortem
from deploy.stack.console import ROOT
from loadtest import observe
from loadtest.endpoints import Endpoints
from loadtest.leases import Lease
from loadtest.traffic import Traffic, flowing, start
from tests.e2e.conftest import FACTOR, PROJECT, Stack
from tests.polling import wait_for

SCRAPE_SECONDS = 15 / FACTOR
PAGE_SECONDS = 60
RESOLVED_SECONDS = 60
FEATURES = {"model": "digits", "features": [8] * 64}
FAILING = {"point": "prediction.storage", "effect": "error", "rate": 0.1}

# 30 days and 5 minutes, in scaled time: 8640 of the one are the other.
MONTHS_MEAN = 'avg_over_time(slo:events:increase5m{slo="api-availability"}[36h])'

pytestmark = [pytest.mark.disturbs, pytest.mark.timeout(300)]


class Users:
    """Twenty requests a second beside Locust's; of each it is known what became of it, and when."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        # (Unix time, status) of every answer.
        self.answers: list[tuple[float, int]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def failed(self) -> list[float]:
        """Return when a request failed."""
        return [at for at, status in self.answers if status >= 500]

    def _run(self) -> None:
        with requests.Session() as session:
            while not self._done.wait(0.05):
                status = session.post(self._url, json=FEATURES, timeout=10).status_code
                self.answers.append((time.time(), status))


def make(*words: str, project: str = PROJECT) -> str:
    """Run one of the stack's commands, as make does."""
    command = [sys.executable, "-m", "deploy.stack", "--project", project, *words]
    done = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def people(stack: Stack, endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the commands of an incident ask this stack."""
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", stack.name)
    monkeypatch.setenv("SINK_URL", endpoints.urls["sink"])
    monkeypatch.setenv("PROMETHEUS_URL", endpoints.urls["prometheus"])


def incidents(endpoints: Endpoints) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = endpoints.get("sink", "/api/v1/incidents")["incidents"]
    return found


def open_one(endpoints: Endpoints) -> dict[str, Any] | None:
    return next((one for one in incidents(endpoints) if one["status"] == "triggered"), None)


def act(endpoints: Endpoints, number: int, what: str, **body: str) -> None:
    url = f"{endpoints.urls['sink']}/api/v1/incidents/{number}/{what}"
    requests.post(url, json={"by": "kim", **body}, timeout=5).raise_for_status()


@pytest.fixture
def locust(endpoints: Endpoints, tmp_path: Path) -> Iterator[Traffic]:
    """Locust's users; what they counted is in locust.json once they are stopped."""
    traffic = start(endpoints.urls["api"], report=tmp_path / "locust.json")
    yield traffic
    traffic.stop()


@pytest.mark.usefixtures("quiet", "healthy", "people")
def test_from_a_fault_to_its_postmortem(
    stack: Stack,
    endpoints: Endpoints,
    locust: Traffic,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    report, folder = tmp_path / "locust.json", tmp_path / "postmortems"
    fault = Lease(endpoints, "api", "storage", FAILING)
    with Users(f"{endpoints.urls['api']}/api/v1/predict") as users:
        wait_for(lambda: len(users.answers) > 40, "there is traffic", seconds=20)
        fault.put()
        page = wait_for(lambda: open_one(endpoints), "somebody is paged", seconds=PAGE_SECONDS)
        number = page["id"]
        assert postmortem([str(number), "--out", str(folder)]) == 1
        assert "is still open" in capsys.readouterr().err

        act(endpoints, number, "acknowledge")
        act(endpoints, number, "declare", severity="P2", commander="kim")
        assert "switched off" in make("flag", "store-predictions", "off")
        mitigated = time.time()
        wait_for(
            lambda: incident(endpoints, number)["status"] == "resolved",
            "it is over while the fault is still there",
            seconds=RESOLVED_SECONDS,
        )
        live = requests.get(
            f"{endpoints.urls['api']}/faults",
            headers={"Authorization": f"Bearer {endpoints.token}"},
            timeout=5,
        ).json()
        assert [one["name"] for one in live["faults"]] == ["storage"]
        locust.stop()
        # A scrape after the last request, so that Prometheus has seen what the users have.
        until = time.time() + 2 * SCRAPE_SECONDS
        wait_for(lambda: time.time() > until, "Prometheus has looked", seconds=10)
    fault.end()
    make("flag", "store-predictions", "on")

    assert postmortem([str(number), "--out", str(folder), "--language", "en"]) == 0
    assert postmortem([str(number), "--out", str(folder)]) == 0
    english, japanese = sorted(folder.glob("*.md"), key=lambda file: ".en." not in file.name)
    failures = len(users.failed()) + sum(
        one["num_failures"] for one in json.loads(report.read_text())
    )
    failed = logged(stack, users.answers[0][0] - 1, time.time(), least=500)
    assert len(failed) == failures
    check_requests(english.read_text(), failures, failed, stack)
    check_times(english.read_text(), failed, incident(endpoints, number), mitigated)
    check_queries(english.read_text(), endpoints, failures)
    assert numbers(japanese.read_text(), "件のリクエストが失敗") == numbers(
        english.read_text(), "failed, of "
    )
    assert "重要度: P2" in japanese.read_text()
    assert "<svg" in english.with_suffix(".svg").read_text()

    assert postmortem([str(number), "--out", str(folder)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert len(list(folder.iterdir())) == 4


def incident(endpoints: Endpoints, number: int) -> dict[str, Any]:
    found: dict[str, Any] = endpoints.get("sink", f"/api/v1/incidents/{number}")
    return found


def numbers(text: str, words: str) -> list[int]:
    """Return the numbers of the first line that has these words."""
    line = next(line for line in text.splitlines() if words in line)
    return [int(one) for one in re.findall(r"\d+", line.split("%")[0])[:2]]


def check_requests(text: str, failures: int, failed: list[float], stack: Stack) -> None:
    """Compare the page's requests with those that users saw fail, and with the API's log lines."""
    bad, total = numbers(text, "requests failed, of ")
    assert bad == failures
    first, last = failed[0], failed[-1]
    # Where the intervals begin and end nobody outside knows to the millisecond.
    assert len(logged(stack, first + SCRAPE_SECONDS, last - SCRAPE_SECONDS)) <= total
    assert total <= len(logged(stack, first - 2 * SCRAPE_SECONDS, last + 2 * SCRAPE_SECONDS))


def logged(stack: Stack, begin: float, end: float, least: int = 0) -> list[float]:
    """Return when the API answered a request with such a status or a greater one, by its log."""
    window = Window(int(begin * 1000), int(end * 1000))
    raw = source.read(stack, ["api"], window)
    lines = [
        (one.moment / 1000, json.loads(one.message))
        for one in source.events(raw, window, source.Tally())
    ]
    return [
        at
        for at, line in lines
        if line["logger"] == "api.requests"
        and line["level"] != "DEBUG"
        and line["status_code"] >= least
    ]


def check_times(text: str, failed: list[float], incident: dict[str, Any], mitigated: float) -> None:
    """Compare what the page says with when the API failed, and what the sink saw."""
    (minutes,) = re.findall(r"Impact: ([\d.]+) minutes", text)
    seconds = failed[-1] - failed[0]
    # Two decimals of a minute; and a scrape more at either end.
    rounded = 0.005 * 60
    assert seconds <= float(minutes) * 60 + SCRAPE_SECONDS + rounded
    assert float(minutes) * 60 <= seconds + 2 * SCRAPE_SECONDS + rounded

    paged = sink_time(incident["triggered_at"])
    cells = re.findall(r"\| (\d+) min (\d\d) s ", text.split("to recover")[1])
    detect, acknowledge, mitigate, recover = (int(m) * 60 + int(s) for m, s in cells)
    assert detect == pytest.approx(paged - failed[0], abs=SCRAPE_SECONDS + 1)
    assert acknowledge == pytest.approx(sink_time(incident["acknowledged_at"]) - paged, abs=1)
    assert mitigate == pytest.approx(mitigated - paged, abs=1.5)
    assert recover == pytest.approx(seconds, abs=SCRAPE_SECONDS + 1)

    for words in ("pending (Prometheus)", "firing (Prometheus)", "over (Prometheus)"):
        assert f"HighErrorRate (api) {words}" in text
    assert "told #alerts-critical: \\[FIRING\\] HighErrorRate" in text
    assert "mitigation by" in text
    assert text.count('"level": "ERROR"') == 3


def sink_time(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def check_queries(text: str, endpoints: Endpoints, failures: int) -> None:
    """Ask what the page says to ask; the answers are its numbers."""
    asked = re.findall(r"^  'query=(.*)'$", text, re.MULTILINE)
    values = [
        float(
            endpoints.get("prometheus", "/api/v1/query", query=one)["data"]["result"][0]["value"][1]
        )
        for one in asked[:4]
    ]
    bad, total, minutes, budget = values
    assert bad == failures
    assert total == numbers(text, "requests failed, of ")[1]
    (told,) = re.findall(r"Impact: ([\d.]+) minutes", text)
    assert minutes * 60 == pytest.approx(float(told) * 60, abs=SCRAPE_SECONDS + 0.6)
    # A month's events as the rule has them, which counts time without any as good.
    month = 8640 * (observe.value(endpoints, MONTHS_MEAN) or 0)
    (spent,) = re.findall(r"\| ([\d.]+)% \([\d.]+% left → ([\d.]+)%\) \|", text)
    assert float(spent[1]) / 100 == pytest.approx(budget, abs=0.001)
    assert float(spent[0]) / 100 == pytest.approx(failures / (0.001 * month), rel=0.25, abs=0.001)


@pytest.fixture
def traffic(endpoints: Endpoints) -> Iterator[None]:
    with flowing(endpoints.urls["api"]):
        yield


def ratio(endpoints: Endpoints, part: str, whole: str, window: str = "3s") -> float:
    """Return a share of the last seconds; nothing at all is 1."""
    query = f"sum(rate({part}[{window}])) / sum(rate({whole}[{window}]))"
    return observe.value(endpoints, query) or 0.0


@pytest.mark.usefixtures("quiet", "healthy", "people", "traffic")
def test_a_bad_version_is_rolled_back_while_its_fault_is_still_there(endpoints: Endpoints) -> None:
    failing = 'http_requests_total{job="api",status=~"5.."}'
    wrong = {"point": "http.request", "effect": "error", "match": {"version": "1.0.1"}}
    fault = Lease(endpoints, "api", "bad-version", wrong)
    fault.put()
    try:
        all_of = 'http_requests_total{job="api"}'
        wait_for(lambda: ratio(endpoints, failing, all_of) == 0, "nothing fails", seconds=30)
        assert "api 1.0.1 deployed, after 1.0.0" in make("deploy", "--service", "api", "1.0.1")
        wait_for(lambda: ratio(endpoints, failing, all_of) > 0.5, "it fails", seconds=30)
        assert "rolled back from 1.0.1 to 1.0.0" in make("rollback", "--service", "api")
        wait_for(
            lambda: ratio(endpoints, failing, all_of) == 0 and serving(endpoints, "1.0.0"),
            "nothing fails",
            seconds=30,
        )
    finally:
        fault.end()
    told = endpoints.get("sink", f"/api/v1/incidents/{incidents(endpoints)[0]['id']}")["timeline"]
    texts = [one["text"] for one in told]
    assert "api 1.0.1 deployed, after 1.0.0" in texts
    assert "api rolled back from 1.0.1 to 1.0.0" in texts


def serving(endpoints: Endpoints, version: str) -> bool:
    info = f'service_build_info{{job="api",version="{version}"}}'
    return observe.value(endpoints, info) == 1


@pytest.mark.usefixtures("quiet", "healthy", "people", "traffic")
def test_a_saturated_model_is_relieved_by_more_instances(endpoints: Endpoints) -> None:
    slow = Lease(
        endpoints,
        "ml",
        "saturated",
        {"point": "inference", "effect": "throttle", "delay_seconds": 0.07},
    )
    waiting = (
        "histogram_quantile(0.5, sum by (le) (rate(ml_inference_duration_seconds_bucket[3s])))"
    )
    slow.put()
    try:
        before = wait_for(
            lambda: (
                (observe.value(endpoints, waiting) or 0) > 0.4 and observe.value(endpoints, waiting)
            ),
            "requests wait for each other",
            seconds=30,
        )
        assert "ml scaled to 3" in make("scale", "ml", "3")
        wait_for(
            lambda: 0 < (observe.value(endpoints, waiting) or 9) < before / 4,
            "they wait no more",
            seconds=40,
        )
        up = observe.value(endpoints, 'count(up{job="ml"} == 1)')
        assert up == 3
    finally:
        make("scale", "ml", "1")
        slow.end()
    # Prometheus ends a target's series some scrapes after it has forgotten it.
    only = 'count(up{job="ml"})'
    wait_for(lambda: observe.value(endpoints, only) == 1, "one is left", seconds=10)


@pytest.mark.usefixtures("quiet", "healthy", "people", "traffic")
def test_a_slow_model_is_switched_off_while_its_fault_is_still_there(endpoints: Endpoints) -> None:
    wrong = {
        "point": "inference",
        "effect": "delay",
        "delay_seconds": 1.5,
        "match": {"model": "digits"},
    }
    slow = Lease(endpoints, "ml", "slow-model", wrong)
    api_slow = (
        "1 - sum(rate(http_request_duration_seconds_bucket{job='api',le='1.0'}[3s]))"
        " / sum(rate(http_request_duration_seconds_count{job='api'}[3s]))"
    )
    slow.put()
    try:
        wait_for(lambda: (observe.value(endpoints, api_slow) or 0) > 0.03, "it is slow", seconds=30)
        make("flag", "model-digits", "off")
        wait_for(lambda: observe.value(endpoints, api_slow) == 0, "it is quick", seconds=30)
        answer = requests.post(f"{endpoints.urls['api']}/api/v1/predict", json=FEATURES, timeout=5)
        assert answer.status_code == 409
    finally:
        make("flag", "model-digits", "on")
        slow.end()
