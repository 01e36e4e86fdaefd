"""The page's files."""

import http.client

import pytest
import requests

from tests.unit.preview.conftest import Preview


@pytest.mark.parametrize(
    "path", ["/", "/d/service-overview", "/d/x/slug?from=now-1h", "/dashboards"]
)
def test_every_address_of_the_page_is_the_page(preview: Preview, path: str) -> None:
    answer = requests.get(f"{preview.url}{path}", timeout=5)

    assert "<title>page</title>" in answer.text
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_what_is_named_by_its_content_is_kept_for_good(preview: Preview) -> None:
    (preview.files / "assets").mkdir()
    (preview.files / "assets" / "page-123.js").write_text("1")

    answer = requests.get(f"{preview.url}/public/assets/page-123.js", timeout=5)

    assert answer.headers["Content-Type"] in {"text/javascript", "application/javascript"}
    assert "immutable" in answer.headers["Cache-Control"]


def test_an_icon_is_not_asked_for_on_every_page(preview: Preview) -> None:
    (preview.files / "icon.svg").write_text("<svg/>")

    answer = requests.get(f"{preview.url}/public/icon.svg", timeout=5)

    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"


def test_the_page_may_load_nothing_from_elsewhere(preview: Preview) -> None:
    headers = requests.get(preview.url, timeout=5).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/public/../secret",
        "/public/%2e%2e/secret",
        "/public/..%2fsecret",
        "/public//etc/passwd",
        "/public/",
        "/public/missing.js",
        "/public/%00",
        "/api/unknown",
        "/api/dashboards/uid/",
    ],
)
def test_nothing_outside_of_the_page_is_found(preview: Preview, path: str) -> None:
    (preview.files.parent / "secret").write_text("secret")
    connection = http.client.HTTPConnection(preview.url.removeprefix("http://"), timeout=5)
    # As it is: others would resolve the dots themselves.
    connection.request("GET", path)
    answer = connection.getresponse()

    assert answer.status == 404
    assert b"secret" not in answer.read()
    connection.close()


def test_a_head_has_the_headers_and_no_body(preview: Preview) -> None:
    answer = requests.head(preview.url, timeout=5)

    assert int(answer.headers["Content-Length"]) > 0
    assert answer.content == b""
