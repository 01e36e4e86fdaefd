"""A dashboard as the preview shows it in a browser."""

import base64
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from tests.unit.sink.browser import Browser

PANELS = "[...document.querySelectorAll('[data-panel]')]"
# Undefined until there are panels: `every` is true of none.
DRAWN = f"{PANELS}.length > 0 && {PANELS}.every(one => one.dataset.state !== 'loading')"
# Grafana's ways of writing a unit: what a number is multiplied by.
UNITS = {"%": 0.01, "ms": 1e-3, "µs": 1e-6, "K": 1e3, "Mil": 1e6, "min": 60, "hour": 3600}
NUMBER = re.compile(r"(-?[\d.]+)\s*(%|\w+)?")


class Shown(NamedTuple):
    """A number as a tile shows it, and by how much rounding may have moved it."""

    value: float
    rounding: float


def show(browser: Browser, url: str, width: int = 1280) -> None:
    """Open a dashboard and wait until every panel is drawn."""
    browser.open(url, width=width)
    browser.until(DRAWN, seconds=30)


def states(browser: Browser) -> set[str]:
    """Return the states that panels are in."""
    return set(browser.value(f"{PANELS}.map(one => one.dataset.state)"))


def text(browser: Browser, title: str) -> str:
    """Return what a panel says below its title, on one line."""
    found = browser.value(f"{PANELS}.find(one => one.dataset.panel === {title!r}).innerText")
    return " ".join(found.removeprefix(title).split())


def number(words: str) -> Shown:
    """Return the number that a tile says, in its base unit: seconds, a ratio, one a second."""
    found = NUMBER.match(words)
    assert found, f"{words!r} is no number"
    digits, unit = found.groups()
    times = UNITS.get(unit or "", 1.0)
    decimals = len(digits.partition(".")[2])
    return Shown(float(digits) * times, 0.51 * 10**-decimals * times)


def questions(browser: Browser) -> list[dict[str, str]]:
    """Return the queries that the page has sent, each as its form's fields."""
    requests = [
        one["params"]["request"]
        for one in browser.heard
        if one["method"] == "Network.requestWillBeSent"
    ]
    forms = [parse_qs(one.get("postData", "")) for one in requests if "/query" in one["url"]]
    return [{name: values[0] for name, values in form.items()} for form in forms]


def picture(browser: Browser, width: int = 1280) -> bytes:
    """Return a PNG of the whole page, however long."""
    # A picture has no scrollbar, and keeps no room for one.
    browser.value("document.documentElement.style.scrollbarGutter = 'auto'")
    height: int = browser.value("document.documentElement.scrollHeight")
    size: dict[str, Any] = {"width": width, "height": height, "deviceScaleFactor": 1}
    browser.send("Emulation.setDeviceMetricsOverride", **size, mobile=width < 600)
    browser.until("document.documentElement.clientWidth", width)
    browser.until(DRAWN)
    return base64.b64decode(browser.send("Page.captureScreenshot", format="png")["data"])
