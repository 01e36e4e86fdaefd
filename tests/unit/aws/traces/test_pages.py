"""One request on a page: its spans, its log, and what the page says where it isn't there."""

import re
import socket
import time
from html.parser import HTMLParser

import pytest
from opentelemetry.trace import SpanKind

from tests.unit.aws.collector.conftest import client_of
from tests.unit.aws.collector.recorded import Recorder, fail, predict
from tests.unit.aws.traces.conftest import Site

API, ML = "/sre-reference/api", "/sre-reference/ml"
HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\"'"


class Page(HTMLParser):
    """What a page is made of: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [found["href"] or "" for _, found in self.elements if "href" in found]


def xray(hexadecimal: str) -> str:
    return f"1-{hexadecimal[:8]}-{hexadecimal[8:]}"


def line(trace_id: str, **more: object) -> dict[str, object]:
    return {"level": "INFO", "message": "Request answered", "trace_id": trace_id} | more


@pytest.mark.parametrize("form", [str, xray])
async def test_a_request_can_be_followed_through_all_services(
    site: Site, recorder: Recorder, form: type[str]
) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)

    answer = await site.get(f"/traces/{form(trace_id)}")

    assert answer.status_code == 200
    page = Page(answer.text)
    assert "A stand-in for X-Ray's trace map; not AWS." in page.text
    for words in (
        "api POST /api/v1/predict",
        "ml POST /v1/models/{model}/predict",
        "api INSERT predictions",
        "INSERT INTO predictions VALUES ($1)",
        "120 ms",
        trace_id,
        xray(trace_id),
    ):
        assert words in page.text


async def test_bars_stand_where_spans_ran(site: Site, recorder: Recorder) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)

    page = Page((await site.get(f"/traces/{trace_id}")).text)

    bars = [found for tag, found in page.elements if tag == "rect" and "x" in found]
    places = [(float(one["x"][:-1]), float(one["width"][:-1])) for one in bars]  # type: ignore[index]
    expected = [(0, 120), (5, 75), (10, 65), (85, 25)]
    assert places == [pytest.approx((a / 1.2, b / 1.2), abs=0.01) for a, b in expected]


async def test_a_failure_says_what_was_raised_and_where(site: Site, recorder: Recorder) -> None:
    trace_id = predict(recorder, ml=fail)
    site.keep(recorder)

    page = Page((await site.get(f"/traces/{trace_id}")).text)

    assert "ValueError no <b>features</b> raise_two" in page.text
    assert "caused by KeyError 'features'" in page.text
    assert [found["class"] for tag, found in page.elements if tag == "rect" and "x" in found][
        2
    ] == "fault"


async def test_its_log_lines_of_all_groups_stand_by_their_time(
    site: Site, recorder: Recorder
) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)
    span = next(one for one in recorder.finished() if one.name == "POST").get_span_context()
    now = time.time()
    site.log(API, line(xray(trace_id), message="late", level="ERROR"), at=now + 0.2)
    site.log(ML, line(xray(trace_id), message="early", span_id=f"{span.span_id:016x}"), at=now)
    site.log(API, line(xray("a" * 32), message="another's"), at=now)

    page = Page((await site.get(f"/traces/{trace_id}")).text)

    assert "INFO ml early" in page.text
    assert "ERROR api late" in page.text
    assert page.text.index("early") < page.text.index("late")
    assert "another's" not in page.text
    assert ("li", {"class": "line ERROR"}) in page.elements
    assert f"#span-{span.span_id:016x}" in page.links()


async def test_the_log_knows_ids_in_hexadecimal_too(site: Site, recorder: Recorder) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)
    site.log(API, line(trace_id, message="plain"))

    assert "INFO api plain" in Page((await site.get(f"/traces/{trace_id}")).text).text


async def test_lines_that_are_no_json_are_shown_as_they_are(site: Site, recorder: Recorder) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)
    site.log(API, f"panic in {xray(trace_id)}", f"[1, {xray(trace_id)}]", "[" * 100_000 + trace_id)

    answer = await site.get(f"/traces/{trace_id}")

    assert f"panic in {xray(trace_id)}" in Page(answer.text).text
    # A megabyte of a line is not what a page is for.
    assert len(answer.text) < 60_000


async def test_what_strangers_sent_is_text(site: Site, recorder: Recorder) -> None:
    span = recorder.span(
        "api",
        "GET",
        kind=SpanKind.SERVER,
        attributes={
            "http.request.method": HOSTILE,
            "http.route": HOSTILE,
            HOSTILE: HOSTILE,
            "db.system": "postgresql",
            "db.statement": HOSTILE,
        },
        before_end=lambda one: one.record_exception(ValueError(HOSTILE)),
    )
    trace_id = f"{span.get_span_context().trace_id:032x}"
    site.keep(recorder)
    hostile = {"message": HOSTILE, "level": HOSTILE, "span_id": HOSTILE, HOSTILE: HOSTILE}
    site.log(API, line(xray(trace_id), **hostile), line(xray(trace_id), message="half \ud800"))
    site.log("/sre-reference/x.y-z_#1", line(xray(trace_id)))

    for path in (f"/traces/{trace_id}", "/traces", "/"):
        answer = await site.get(path)

        assert answer.status_code == 200
        page = Page(answer.text)
        assert "<script>alert(1)</script>" in page.text
        assert not {"script", "style", "form", "iframe"} & {tag for tag, _ in page.elements}
        assert [found for tag, found in page.elements if tag == "img"] == [
            {"src": "/static/trace.svg", "alt": "", "width": "24", "height": "24"}
        ]
        for _, found in page.elements:
            assert not [name for name in found if name.startswith("on") or name == "style"]


async def test_pages_fetch_nothing_from_elsewhere_and_run_nothing(
    site: Site, recorder: Recorder
) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)

    for path in ("/", "/traces", f"/traces/{trace_id}", f"/traces/{'a' * 32}", "/traces/x"):
        answer = await site.get(path)

        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        fetched = [
            found.get("href") or found.get("src")
            for tag, found in Page(answer.text).elements
            if tag in {"link", "img"}
        ]
        for address in fetched:
            assert address is not None
            assert (await site.get(address)).status_code == 200


async def test_the_dashboard_of_the_first_service_is_one_click_away(
    site: Site, recorder: Recorder
) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)

    links = Page((await site.get(f"/traces/{trace_id}")).text).links()

    (link,) = [one for one in links if one.startswith("http://localhost:3000/d/api-server?from=")]
    since, until = (int(part) for part in re.findall(r"=(\d+)", link))
    assert since < recorder.began / 1e6 < until


async def test_the_log_can_be_asked_for_on_the_command_line(site: Site, recorder: Recorder) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)

    text = Page((await site.get(f"/traces/{trace_id}")).text).text

    assert "make logs-query Q='fields @timestamp, level, message" in text
    assert f'filter trace_id = "{xray(trace_id)}"' in text
    assert f"aws xray batch-get-traces --trace-ids {xray(trace_id)}" in text


async def test_a_trace_that_waits_for_its_decision_says_so_and_looks_again(
    site: Site, recorder: Recorder
) -> None:
    trace_id = predict(recorder)
    site.local.take(recorder.batch())

    answer = await site.get(f"/traces/{trace_id}")

    assert answer.status_code == 404
    page = Page(answer.text)
    assert "not here yet" in page.text
    assert "10 s after" in page.text
    assert ("meta", {"http-equiv": "refresh", "content": "3"}) in page.elements


async def test_a_trace_that_was_not_kept_says_why_and_shows_its_log(
    site: Site, recorder: Recorder
) -> None:
    trace_id = predict(recorder)
    site.local.start()
    site.local.take(recorder.batch())
    # An end decides at once.
    site.local.stop()
    site.log(API, line(xray(trace_id), message="all went well"))

    answer = await site.get(f"/traces/{trace_id}")

    assert answer.status_code == 404
    page = Page(answer.text)
    assert "no policy asked for it" in page.text
    assert "every trace of 1,000 ms or more" in page.text
    assert "INFO api all went well" in page.text
    assert not [found for tag, found in page.elements if found.get("http-equiv")]


async def test_an_unknown_trace_says_what_may_have_become_of_it(site: Site) -> None:
    answer = await site.get(f"/traces/{'ab' * 16}")

    assert answer.status_code == 404
    text = Page(answer.text).text
    assert "Nothing is known of it" in text
    assert "make up-aws" in text
    # Its id names no time, so that there is no part of the log to look at.
    assert "Logs Insights" not in text


@pytest.mark.parametrize("text", ["x", "%3Cscript%3E", "1-2-3", "a" * 5_000])
async def test_what_is_no_id_says_what_one_looks_like(site: Site, text: str) -> None:
    answer = await site.get(f"/traces/{text}")

    assert answer.status_code == 404
    assert "32 hexadecimal digits" in Page(answer.text).text
    assert "<script>" not in answer.text


async def test_without_cloudwatch_the_trace_is_shown_all_the_same(
    site: Site, recorder: Recorder
) -> None:
    trace_id = predict(recorder)
    site.keep(recorder)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        site.logs = client_of("logs", f"http://127.0.0.1:{reserved.getsockname()[1]}")

        answer = await site.get(f"/traces/{trace_id}")

    assert answer.status_code == 200
    assert "CloudWatch Logs does not answer" in Page(answer.text).text


async def test_the_list_shows_the_newest_first_and_can_be_narrowed(
    site: Site, recorder: Recorder
) -> None:
    recorder.span("api", "GET /fine", kind=SpanKind.SERVER)
    recorder.span("ml", "GET /broken", kind=SpanKind.SERVER, start=10, before_end=fail)
    recorder.span("sink", "GET /slow", kind=SpanKind.SERVER, start=20, end=1_020)
    site.keep(recorder)

    everything = Page((await site.get("/traces")).text).text
    failed = Page((await site.get("/traces?show=failed")).text).text
    slow = Page((await site.get("/traces?show=slow")).text).text

    assert everything.index("sink sink") < everything.index("ml ml") < everything.index("api api")
    assert "fault" in failed
    assert "api api" not in failed
    assert "sink sink" in slow
    assert "ml ml" not in slow


async def test_a_long_list_is_turned_page_by_page(site: Site, recorder: Recorder) -> None:
    for _ in range(120):
        recorder.span("api", "GET", kind=SpanKind.SERVER)
    site.keep(recorder)
    seen: list[str] = []
    path = "/traces"

    while path:
        links = Page((await site.get(path)).text).links()
        seen += [one for one in links if one.startswith("/traces/1-")]
        path = next((one for one in links if "before=" in one), "")

    assert len(seen) == len({*seen}) == 120


@pytest.mark.parametrize("query", ["show=other", "before=0", "before=x", f"before={2**64}"])
async def test_a_list_that_cannot_be_is_refused(site: Site, query: str) -> None:
    assert (await site.get(f"/traces?{query}")).status_code == 422


async def test_without_traces_the_pages_say_how_to_get_some(site: Site) -> None:
    assert "make load" in (await site.get("/")).text
    assert "make load" in (await site.get("/traces")).text


async def test_the_start_page_says_what_this_is_and_what_is_where(site: Site) -> None:
    page = Page((await site.get("/")).text)

    assert "not AWS" in page.text
    assert {"/traces", "/alarms", "http://localhost:3000", "http://localhost:8002"} <= {
        *page.links()
    }


async def test_files_of_the_pages_are_no_way_out(site: Site) -> None:
    assert (await site.get("/static/routes.py")).status_code == 404
    assert (await site.get("/static/..%2froutes.py")).status_code == 404
