"""A running Alertmanager, asked what becomes of alerts: who is told and what is silenced."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.stack import images, settings
from deploy.stack.console import run
from tests import tools
from tests.polling import wait_for
from tests.routing.scenes import labels

Labels = dict[str, str]
URL = "http://127.0.0.1:9093"
SECRETS = {
    "slack_api_url": "http://sink:8002/services/T0/B0/none",
    "pagerduty_routing_key": "0" * 32,
}
# All scenes in one call, because starting a process in a container takes longer than they do.
# For each: raise its alerts, print what Alertmanager says of them, and end them, so that they
# silence nothing in the next.
SCENES = f"""
post() {{
    wget -q -O /dev/null --header=Content-Type:application/json --post-data="$1" {URL}/api/v2/alerts
}}
while [ $# -gt 0 ]; do
    post "$1" && wget -q -O - {URL}/api/v2/alerts && post "$2" || exit 1
    shift 2
done
"""


@dataclass(frozen=True)
class Alertmanager:
    """One that runs in a container without a network: it tells nobody."""

    container: str

    def ready(self) -> bool:
        """Tell whether it answers."""
        return self.ask(f"wget -q -O /dev/null {URL}/-/ready").returncode == 0

    def reload(self) -> str:
        """Read the configuration again; return what is wrong with it, nothing for a good one."""
        result = self.ask(f"wget -q -O /dev/null --post-data= {URL}/-/reload")
        return tools.output(result) if result.returncode else ""

    def silenced(self, casts: Sequence[Sequence[str]]) -> list[set[str]]:
        """Return which of the alerts that fire together are silenced, for each time they do.

        The alerts are written as in scenes.py.
        """
        return [
            {alert for alert, status in zip(cast, statuses, strict=True) if silent(status)}
            for cast, statuses in zip(
                casts, self.statuses([[labels(a) for a in cast] for cast in casts]), strict=True
            )
        ]

    def receivers(self, alerts: Sequence[Labels]) -> list[list[str]]:
        """Return who would be told of each alert."""
        statuses = self.statuses([[alert] for alert in alerts])
        return [[receiver["name"] for receiver in one["receivers"]] for (one,) in statuses]

    def statuses(self, scenes: Sequence[Sequence[Labels]]) -> list[list[dict]]:
        """Return for each scene what Alertmanager says of its alerts while just they are firing."""
        words = [word for scene in scenes for word in (firing(scene), over(scene))]
        result = self.ask(SCENES, *words)
        if result.returncode != 0:
            pytest.fail(f"Alertmanager doesn't answer: {tools.output(result)}", pytrace=False)
        # One JSON document after another.
        answers = [json.loads(line) for line in result.stdout.replace("][", "]\n[").splitlines()]
        return [
            [next(one for one in answer if one["labels"] == alert) for alert in scene]
            for scene, answer in zip(scenes, answers, strict=True)
        ]

    def ask(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a shell's script in the container."""
        command = ["docker", "exec", self.container, "/bin/sh", "-c", script, "sh", *words]
        return run(command, timeout=tools.SECONDS)


def firing(scene: Sequence[Labels]) -> str:
    """Return the body that raises these alerts."""
    return json.dumps([{"labels": alert} for alert in scene])


def over(scene: Sequence[Labels]) -> str:
    """Return the body that ends these alerts: long ago, so that none lives on in another."""
    begun, ended = "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z"
    return json.dumps([{"labels": a, "startsAt": begun, "endsAt": ended} for a in scene])


def silent(status: dict) -> bool:
    """Tell whether an alert's status is that something silences it."""
    return status["status"]["state"] == "suppressed"


@contextmanager
def running(configuration: Path, secrets: Path) -> Iterator[Alertmanager]:
    """Start an Alertmanager on a folder's alertmanager.yml and remove it in the end.

    `secrets` is an empty folder for the files that the configuration names.
    """
    image = images.reference(settings.read(), "ALERTMANAGER_IMAGE")
    tools.require(image)
    for name, content in SECRETS.items():
        (secrets / name).write_text(content)
    mounts = {configuration: "/etc/alertmanager", secrets: "/run/secrets"}
    options = [
        "--network=none",
        f"--user={os.getuid()}:{os.getgid()}",
        "--tmpfs=/alertmanager:mode=1777",
    ]
    options += [f"--volume={folder}:{inside}:ro" for folder, inside in mounts.items()]
    words = [
        "--config.file=/etc/alertmanager/alertmanager.yml",
        "--storage.path=/alertmanager",
        "--cluster.listen-address=",
    ]
    started = run(["docker", "run", "--detach", *options, image, *words], timeout=tools.SECONDS)
    assert started.returncode == 0, tools.output(started)
    alertmanager = Alertmanager(started.stdout.strip())
    try:
        wait_for(alertmanager.ready, "Alertmanager is ready", seconds=tools.SECONDS)
        yield alertmanager
    finally:
        run(["docker", "rm", "--force", "--volumes", alertmanager.container])
