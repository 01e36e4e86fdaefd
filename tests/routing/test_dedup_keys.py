"""Both halves page as one incident: a running Alertmanager gives PagerDuty the template's keys."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.aws.builder import grouping, rules
from deploy.stack import images, settings
from deploy.stack.console import ROOT, run
from tests import tools
from tests.polling import wait_for
from tests.routing.alertmanager import URL, Alertmanager, firing, running

# Prints what it is sent, a line each, and takes it as PagerDuty does.
LISTENER = """
from http.server import BaseHTTPRequestHandler, HTTPServer

class Enqueue(BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode().strip(), flush=True)
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", 8002), Enqueue).serve_forever()
"""
RAISE = f"""
wget -q -O /dev/null --header=Content-Type:application/json --post-data="$1" {URL}/api/v2/alerts
"""


def paged_for() -> dict[str, str]:
    """Return the keys of the template's alarms, by the alert that each is a twin of."""
    resources = yaml.safe_load((ROOT / "deploy/aws/template.yaml").read_text())["Resources"]
    said = [
        json.loads(one["Properties"]["AlarmDescription"]["Fn::Sub"])
        for one in resources.values()
        if one["Type"].endswith("Alarm")
    ]
    return {words["alertname"]: words["dedup_key"] for words in said if words["dedup_key"]}


@contextmanager
def pagerduty(container: str) -> Iterator[str]:
    """Stand in for PagerDuty on a container's own loopback; yields the name of what prints."""
    image = images.reference(settings.read(), "PYTHON_IMAGE")
    tools.require(image)
    options = ["--detach", f"--network=container:{container}", "--entrypoint=python"]
    started = run(["docker", "run", *options, image, "-c", LISTENER], timeout=tools.SECONDS)
    assert started.returncode == 0, tools.output(started)
    try:
        yield started.stdout.strip()
    finally:
        run(["docker", "rm", "--force", started.stdout.strip()])


def sent(listener: str) -> dict[str, dict[str, Any]]:
    """Return the events that arrived, by the alert that they are of."""
    lines = run(["docker", "logs", listener], timeout=tools.SECONDS).stdout.splitlines()
    events = map(json.loads, lines)
    return {event["payload"]["class"]: event for event in events}


def tell(alertmanager: Alertmanager, names: list[str]) -> None:
    """Raise alerts that no other silences: they belong to no service."""
    alerts = [{"alertname": name, "severity": "critical"} for name in names]
    result = alertmanager.ask(RAISE, firing(alerts))
    assert result.returncode == 0, tools.output(result)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return what PagerDuty is sent when every alert that has a twin fires."""
    folder = tmp_path_factory.mktemp("alertmanager") / "configuration"
    shutil.copytree(ROOT / "alertmanager", folder)
    edit(folder / "alertmanager.yml", "http://sink:8002/v2/enqueue", "http://127.0.0.1:8002/")
    edit(folder / "alertmanager.yml", "group_wait: 30s", "group_wait: 0s")
    secrets = tmp_path_factory.mktemp("secrets")
    names = sorted(paged_for())
    with running(folder, secrets) as alertmanager, pagerduty(alertmanager.container) as listener:
        tell(alertmanager, names)
        wait_for(
            lambda: sent(listener).keys() >= set(names),
            f"PagerDuty has heard of {', '.join(names)}",
            seconds=tools.SECONDS,
        )
        return sent(listener)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("name", sorted(paged_for()))
def test_alertmanagers_event_has_the_alarms_key(
    events: dict[str, dict[str, Any]], name: str
) -> None:
    assert events[name]["event_action"] == "trigger"
    assert events[name]["dedup_key"] == paged_for()[name]


def test_keys_are_those_of_all_that_pages() -> None:
    for name, key in paged_for().items():
        assert grouping.dedup_key(rules.alerts()[name]) == key
    assert "HighErrorRate" in paged_for()
