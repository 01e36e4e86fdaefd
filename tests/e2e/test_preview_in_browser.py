"""All five dashboards in a browser: drawn whole, with the figures that Prometheus has.

Where Grafana's own image could be pulled there is no preview to look at; without Chromium, no eyes.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from loadtest import observe
from loadtest.catalogue import BY_NAME
from loadtest.endpoints import Endpoints
from loadtest.traffic import flowing
from tests.contracts import dashboards
from tests.e2e import preview_page as page
from tests.e2e.conftest import FACTOR, Stack
from tests.polling import wait_for
from tests.unit.sink import browser as chromium
from tests.unit.sink.browser import Browser

pytestmark = [
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on this machine"),
    pytest.mark.timeout(240),
]
RECENT = "from=now-5m&to=now&refresh="
TILES = [one["title"] for one in dashboards.panels("service-overview") if one["type"] == "stat"]
INCIDENTS = "[...document.querySelectorAll('[data-alert]')].map(one => one.dataset.alert)"
MARKS = "[...document.querySelectorAll('[data-annotation]')].map(one => one.dataset.annotation)"
each_dashboard = pytest.mark.parametrize("uid", dashboards.FILES)


@pytest.fixture(scope="module")
def url(stack: Stack) -> str:
    url = stack.url("grafana")
    if requests.get(f"{url}/api/health", timeout=5).json()["version"] != "preview":
        pytest.skip("Grafana itself runs here")
    return url


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def busy(endpoints: Endpoints) -> Iterator[Endpoints]:
    with flowing(endpoints.urls["api"]):
        query = 'min(increase(http_request_duration_seconds_count{job="api"}[1m] offset 30s))'
        wait_for(lambda: observe.value(endpoints, query), "a minute of traffic", seconds=90)
        yield endpoints


def sound(browser: Browser, url: str) -> None:
    """Hold the page to what every page must keep."""
    assert page.states(browser) == {"drawn"}
    assert browser.complaints() == []
    assert {one for one in browser.requested() if not one.startswith(f"{url}/")} == set()


@each_dashboard
@pytest.mark.usefixtures("busy")
def test_a_dashboard_is_drawn_whole(uid: str, browser: Browser, url: str) -> None:
    page.show(browser, f"{url}/d/{uid}?{RECENT}")

    sound(browser, url)
    titles = [one["title"] for one in dashboards.panels(uid)]
    assert browser.value(f"{page.PANELS}.map(one => one.dataset.panel)") == titles
    assert [title for title in titles if "No data" in page.text(browser, title)] == []
    assert "not Grafana" in browser.value("document.body.innerText")


@pytest.mark.parametrize("title", TILES)
def test_a_tile_shows_what_prometheus_says(
    title: str, browser: Browser, url: str, busy: Endpoints
) -> None:
    page.show(browser, f"{url}/d/service-overview?{RECENT}")

    shown = page.number(page.text(browser, title))
    (target,) = dashboards.panel("service-overview", title)["targets"]
    # Whatever Grafana's own variables stand for: the page has put it in.
    written = re.sub(r"\\\$\w+", r"\\w+", re.escape(target["expr"]))
    (asked,) = (one for one in page.questions(browser) if re.fullmatch(written, one["query"]))
    answer = busy.get("prometheus", "/api/v1/query", query=asked["query"], time=asked["time"])
    (series,) = answer["data"]["result"]
    assert shown.value == pytest.approx(float(series["value"][1]), abs=shown.rounding)


def test_home_is_the_service_overview_and_the_list_has_all_five(browser: Browser, url: str) -> None:
    browser.open(url)
    browser.until("location.pathname", "/d/service-overview")
    browser.until("document.querySelector('nav a')?.textContent", "Dashboards")
    browser.value("document.querySelector('nav a').click()")
    links = "[...document.querySelectorAll('main a')].map(one => new URL(one.href).pathname).sort()"
    browser.until(links, [f"/d/{uid}" for uid in dashboards.FILES])


def test_the_time_range_is_in_the_address_and_goes_along(browser: Browser, url: str) -> None:
    page.show(browser, f"{url}/d/service-overview?from=1700000000000&to=1700003600000")
    starts = {one["start"] for one in page.questions(browser) if "start" in one}
    assert {float(start) // 3600 for start in starts} == {1700000000 // 3600}

    link = "[...document.querySelectorAll('a')].find(one => one.textContent === 'API Server').href"
    taken = parse_qs(urlsplit(browser.value(link)).query)
    assert taken["from"] == ["1700000000000"]
    assert taken["to"] == ["1700003600000"]


@pytest.mark.usefixtures("busy")
def test_a_variable_is_in_the_address_and_in_the_queries(browser: Browser, url: str) -> None:
    page.show(browser, f"{url}/d/ml-inference?{RECENT}&var-model=digits")

    sound(browser, url)
    asked = [one["query"] for one in page.questions(browser)]
    assert [one for one in asked if "breast-cancer" in one] == []
    assert [one for one in asked if 'model=~"digits"' in one] != []


@each_dashboard
@pytest.mark.usefixtures("busy")
def test_a_phone_shows_one_panel_below_the_other(uid: str, browser: Browser, url: str) -> None:
    page.show(browser, f"{url}/d/{uid}?{RECENT}&theme=light", width=390)

    sound(browser, url)
    assert browser.value("document.documentElement.scrollWidth") == 390
    widths = f"[...new Set({page.PANELS}.map(one => one.offsetWidth))]"
    assert browser.value(widths) == [390 - 16]


@pytest.mark.disturbs
@pytest.mark.usefixtures("quiet")
def test_a_fault_shows_while_it_lasts(browser: Browser, url: str, busy: Endpoints) -> None:
    page.show(browser, f"{url}/d/service-overview?from=now-5m&to=now&refresh=5s")
    assert "HighErrorRate" not in browser.value(INCIDENTS)

    (way,) = BY_NAME["api-errors"].ways
    injection = way.prepare(busy, "api-errors", 15 / FACTOR)
    injection.put()
    try:
        browser.until(f"{INCIDENTS}.includes('HighErrorRate')", seconds=90)
        browser.until(f"{MARKS}.some(one => one.includes('api-errors'))", seconds=30)
        assert page.number(page.text(browser, "Availability")).value < 1
        sound(browser, url)
    finally:
        injection.end()
