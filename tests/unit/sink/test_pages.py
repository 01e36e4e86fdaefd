import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

import sink as package

WriteRunbook = Callable[[str, str], None]

STATIC = Path(package.__file__).with_name("static")
HTML = {"Accept": "text/html,application/xhtml+xml"}


class Elements(HTMLParser):
    """The elements of a page, each as its name and attributes; scripts and styles with text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


async def test_the_page_may_run_and_fetch_nothing_but_its_own(sink: httpx.AsyncClient) -> None:
    answer = await sink.get("/")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in answer.headers["content-security-policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


async def test_the_page_has_no_inline_script_or_style_and_all_its_files_exist(
    sink: httpx.AsyncClient,
) -> None:
    elements = Elements((await sink.get("/")).text).found
    for tag, attributes in elements:
        assert tag != "style"
        assert tag != "script" or attributes["src"]
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
    files = {
        str(attributes[name])
        for _, attributes in elements
        for name in ("src", "href")
        if name in attributes
    }
    assert "/static/page.js" in files
    for file in files:
        assert file.startswith("/static/") or file == "/runbooks/"
        assert (await sink.get(file)).status_code == 200


@pytest.mark.parametrize("script", sorted(file.name for file in STATIC.glob("*.js")))
async def test_scripts_make_text_and_never_markup(sink: httpx.AsyncClient, script: str) -> None:
    answer = await sink.get(f"/static/{script}")
    assert "javascript" in answer.headers["content-type"]
    makers = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|Function\("
    assert re.findall(makers, answer.text) == []
    for imported in re.findall(r'from "\./([^"]+)"', answer.text):
        assert (STATIC / imported).is_file()


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fapp.py", "%2e%2e%2fapp.py", "%2e%2e"])
async def test_no_other_file_is_served(sink: httpx.AsyncClient, name: str) -> None:
    answer = await sink.get(f"/static/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_runbook_is_drawn_from_its_markdown(
    sink: httpx.AsyncClient, write_runbook: WriteRunbook
) -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    write_runbook("HighErrorRate", f"# HighErrorRate\n\nIt *fails*.\n\n{table}\n")
    answer = await sink.get("/runbooks/HighErrorRate")
    assert answer.status_code == 200
    assert "content-security-policy" in answer.headers
    assert "<title>HighErrorRate · Runbook</title>" in answer.text
    assert "<h1>HighErrorRate</h1>" in answer.text
    assert "<em>fails</em>" in answer.text
    assert "<td>1</td>" in answer.text
    assert "{{" not in answer.text


async def test_a_link_from_one_runbook_to_another_leads_there(
    sink: httpx.AsyncClient, write_runbook: WriteRunbook
) -> None:
    write_runbook("HighLatency", "# HighLatency\n")
    assert "<h1>HighLatency</h1>" in (await sink.get("/runbooks/HighLatency.md")).text


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("HighLatency.md", "HighLatency"),
        ("./HighLatency.md", "HighLatency"),
        ("HighLatency.md#checks", "HighLatency#checks"),
        ("HighLatency", "HighLatency"),
        ("../README.md", "../README.md"),
        ("https://example.com/HighLatency.md", "https://example.com/HighLatency.md"),
        ("/x/HighLatency.md", "/x/HighLatency.md"),
    ],
)
async def test_a_link_to_another_file_is_a_link_to_its_page(
    sink: httpx.AsyncClient, write_runbook: WriteRunbook, written: str, served: str
) -> None:
    write_runbook("Linked", f"See [the other]({written}) *now*.\n")
    page = (await sink.get("/runbooks/Linked")).text
    assert f'See <a href="{served}">the other</a> <em>now</em>.' in page


async def test_the_index_lists_every_runbook_with_what_it_is_about(
    sink: httpx.AsyncClient, settings: dict[str, str], write_runbook: WriteRunbook
) -> None:
    write_runbook("Second", "# Runbook: Second\n\nNo text <b>.\n")
    write_runbook("First", "# Runbook: First\n\n## Alert\n\nMore than 0.5% *fail*. Or\nmore.\n")
    write_runbook("Empty", "")
    write_runbook("no_name", "# not for this page\n")
    (Path(settings["RUNBOOKS_DIR"]) / "notes.txt").write_text("not for this page\n")
    answer = await sink.get("/runbooks/")
    assert "content-security-policy" in answer.headers
    links = re.findall(r'<li><a href="([^"]+)">(\w+)</a>\s*<p>(.*?)</p>', answer.text)
    assert links == [
        ("/runbooks/Empty", "Empty", ""),
        ("/runbooks/First", "First", "More than 0.5% <em>fail</em>."),
        ("/runbooks/Second", "Second", "No text &lt;b&gt;."),
    ]
    for text in ("no_name", "notes", "not for this page", "{{"):
        assert text not in answer.text
    redirected = await sink.get("/runbooks")
    assert redirected.headers["location"].endswith("/runbooks/")


async def test_an_empty_index_says_where_runbooks_come_from(sink: httpx.AsyncClient) -> None:
    assert "docs/runbooks/" in (await sink.get("/runbooks/")).text


async def test_markup_in_a_runbook_stays_text(
    sink: httpx.AsyncClient, write_runbook: WriteRunbook
) -> None:
    write_runbook("Evil", "<script>alert(1)</script> [a](javascript:alert(1)) <b onclick=x>b</b>\n")
    tags = {tag for tag, _ in Elements((await sink.get("/runbooks/Evil")).text).found}
    assert "script" not in tags
    assert "b" not in tags
    assert "javascript:" not in str(Elements((await sink.get("/runbooks/Evil")).text).found)


@pytest.mark.parametrize(
    "name",
    ["Missing", "a" * 65, "%2e%2e", "..%2Fout", "%2e%2e%2fout", "a.b", "A_b", "A%00", "A%0A"],
)
async def test_there_is_no_other_runbook_and_no_way_out_of_the_folder(
    sink: httpx.AsyncClient, settings: dict[str, str], write_runbook: WriteRunbook, name: str
) -> None:
    for present in ("A", "A_b", "a.b", "a" * 65):
        write_runbook(present, "# not for this page\n")
    (Path(settings["RUNBOOKS_DIR"]).parent / "out.md").write_text("# not for this page\n")
    answer = await sink.get(f"/runbooks/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "not for this page" not in answer.text


async def test_a_person_gets_the_missing_runbook_as_a_page(sink: httpx.AsyncClient) -> None:
    answer = await sink.get("/runbooks/Missing", headers=HTML)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "docs/runbooks/" in answer.text


async def test_a_runbook_leads_to_itself_in_the_other_language(
    sink: httpx.AsyncClient, settings: dict[str, str], write_runbook: WriteRunbook
) -> None:
    write_runbook("Both", "# Both\n")
    write_runbook("One", "# One\n")
    (Path(settings["RUNBOOKS_DIR"]) / "ja").mkdir()
    (Path(settings["RUNBOOKS_DIR"]) / "ja" / "Both.md").write_text("# 両方\n")

    english, japanese = [await sink.get(f"/runbooks/{path}Both") for path in ("", "ja/")]
    assert '<a href="/runbooks/ja/Both" hreflang="ja" lang="ja">日本語</a>' in english.text
    assert '<a href="/runbooks/Both" hreflang="en" lang="en">English</a>' in japanese.text
    assert '<html lang="ja">' in japanese.text
    assert "両方" in japanese.text
    assert 'hreflang="ja"' not in (await sink.get("/runbooks/One")).text
    for path in ("ja/One", "fr/Both", "%2e%2e/Both", "ja/Both.x"):
        assert (await sink.get(f"/runbooks/{path}")).status_code == 404, path
