"""``make screenshots``: pictures of all five dashboards, in good health and in `chaos-errors`.

Taken of the preview, on a stack of its own in scaled time, which is removed at the end. Writes
docs/images/<uid>.png and docs/images/<uid>-chaos-errors.png.
"""

import sys
import tempfile
import time
from pathlib import Path

import requests

from deploy.stack import engine, preflight, settings
from deploy.stack.console import ROOT, StackError, fail, say, step
from deploy.stack.project import Project
from loadtest import observe
from loadtest.catalogue import BY_NAME
from loadtest.endpoints import DEFAULTS, Endpoints
from loadtest.traffic import flowing
from tests.contracts import dashboards
from tests.e2e import preview_page as page
from tests.polling import wait_for
from tests.unit.sink.browser import PROGRAM, Browser

FACTOR = 20
IMAGES = ROOT / "docs" / "images"
FAULT = "api-errors"
# What the pages show: a stack of three minutes has nothing before.
MINUTES = 3
RANGE = f"from=now-{MINUTES}m&to=now&theme=dark"
ALERT_SECONDS = 120
# Annotations are asked for a point a minute.
MARK_SECONDS = 90
MARKED = f"document.querySelector('[data-annotation*=\"{FAULT}\"]') !== null"


def main() -> int:
    """Take the pictures; 1 with a reason where they can't be taken."""
    try:
        name = f"{settings.read()['COMPOSE_PROJECT_NAME']}-screenshots"
        take(Project(name, FACTOR, preflight.free_ports()))
    except StackError as error:
        return fail(error)
    return 0


def take(project: Project) -> None:
    """Start a stack, picture it in good health and broken, and remove it."""
    if PROGRAM is None:
        raise StackError("no Chromium on this machine: install it and try again")
    if engine.answers():
        project.down(volumes=True)
    project.prepare()
    try:
        project.up()
        health = requests.get(f"{project.url('grafana')}/api/health", timeout=5).json()
        if health["version"] != "preview":
            raise StackError("Grafana itself runs here; the pictures are those of the preview")
        pictures(project)
    finally:
        with step("removing the stack"):
            project.down(volumes=True)


def pictures(project: Project) -> None:
    """Drive users, and take the pictures before and during the fault."""
    urls = {service: project.url(service) for service in DEFAULTS}
    endpoints = Endpoints(urls, (project.secrets / "faults_token").read_text(), project.name)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        flowing(endpoints.urls["api"]),
    ):
        browser = Browser(Path(profile))
        try:
            with step(f"{MINUTES} minutes of traffic in good health"):
                time.sleep(MINUTES * 60)
            shoot(browser, project, "")
            with step("chaos-errors, until it pages and is marked"):
                injection = BY_NAME[FAULT].ways[0].prepare(endpoints, FAULT, 15 / FACTOR)
                injection.put()
                wait_for(lambda: firing(endpoints), "HighErrorRate fires", seconds=ALERT_SECONDS)
                url = project.url("grafana")
                page.show(browser, f"{url}/d/service-overview?{RANGE}&refresh=5s")
                browser.until(MARKED, seconds=MARK_SECONDS)
            shoot(browser, project, "-chaos-errors")
            injection.end()
        finally:
            browser.close()


def firing(endpoints: Endpoints) -> bool:
    """Tell whether the fault's alert is on its way to people."""
    active = {(one.name, one.state) for one in observe.alerts(endpoints)}
    return ("HighErrorRate", "firing") in active


def shoot(browser: Browser, project: Project, suffix: str) -> None:
    """Write a picture of each dashboard."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    browser.send("Emulation.setScrollbarsHidden", hidden=True)
    # The machine may have containers of other stacks.
    chosen = f"{RANGE}&refresh=&var-project={project.name}"
    for uid in dashboards.FILES:
        page.show(browser, f"{project.url('grafana')}/d/{uid}?{chosen}")
        file = IMAGES / f"{uid}{suffix}.png"
        file.write_bytes(page.picture(browser))
        say(f"  {file.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
