"""The page, and the runbooks that notifications link to."""

import html
import re
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse
from markdown_it import MarkdownIt

from telemetry.problems import Problem

_STATIC = Path(__file__).with_name("static")

# Nothing that a notification or a runbook contains can run, or be fetched from anywhere.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # An image built anew shows its own page; the files' ETags make that cheap.
    "Cache-Control": "no-cache",
}

_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")

_NOT_FOUND = """<h1>No such runbook</h1>
<p>Runbooks are Markdown files: <code>docs/runbooks/&lt;AlertName&gt;.md</code>. This one is not
there yet.</p>"""


def router(runbooks: Path) -> APIRouter:
    """Return the routes; `runbooks` is a folder of Markdown files."""
    routes = APIRouter(include_in_schema=False)
    # Raw HTML in a runbook stays text; links to other schemes than the web's and mail stay text.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    frame = Path(__file__).with_name("runbook.html").read_text(encoding="utf-8")
    files = {file.name: file for file in _STATIC.iterdir()}

    def page(title: str, body: str, status: int = 200) -> HTMLResponse:
        text = frame.replace("{{title}}", html.escape(title)).replace("{{body}}", body)
        return HTMLResponse(text, status, headers=SECURITY)

    @routes.get("/")
    async def index() -> FileResponse:
        """Return the page."""
        return FileResponse(files["index.html"], headers=SECURITY)

    @routes.get("/static/{name}")
    async def static(name: str) -> FileResponse:
        """Return a file of the page."""
        if name not in files:
            raise Problem(404, "The page has no such file.")
        return FileResponse(files[name], headers=SECURITY)

    @routes.get("/runbooks/{name}")
    def runbook(request: Request, name: str) -> HTMLResponse:
        """Return what to do about an alert; a link from one runbook to another ends in .md."""
        name = name.removesuffix(".md")
        file = runbooks / f"{name}.md"
        if _NAME.fullmatch(name) and file.is_file():
            return page(name, markdown.render(file.read_text(encoding="utf-8")))
        if "text/html" in request.headers.get("accept", ""):
            return page("No such runbook", _NOT_FOUND, 404)
        raise Problem(404, "There is no runbook of this name.")

    return routes
