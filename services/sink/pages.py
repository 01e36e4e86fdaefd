"""The page, and the runbooks that alerts link to."""

import html
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, HTMLResponse
from markdown_it import MarkdownIt

from telemetry.problems import Problem

# All the page needs is its own: nothing that a notification contains can run or be fetched.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
INDEX = Path(__file__).with_name("static") / "index.html"
RUNBOOK = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/sink.css"></head>
<body class="runbook"><main><p><a href="/">← Slack and PagerDuty</a></p>
{body}</main></body></html>
"""


def router(runbooks: Path) -> APIRouter:
    """Return the routes; `runbooks` is a folder of Markdown files."""
    routes = APIRouter(include_in_schema=False)
    # Raw HTML in a runbook stays text.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

    @routes.get("/")
    async def index() -> FileResponse:
        """Return the page."""
        return FileResponse(INDEX, headers=SECURITY)

    @routes.get("/runbooks/{name}")
    async def runbook(
        name: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9-]{1,64}$")],
    ) -> HTMLResponse:
        """Return the page of what to do about an alert."""
        file = runbooks / f"{name}.md"
        if not file.is_file():
            raise Problem(404, f"There is no runbook of this name: write docs/runbooks/{name}.md.")
        body = markdown.render(file.read_text())
        page = RUNBOOK.format(title=html.escape(f"{name}: runbook"), body=body)
        return HTMLResponse(page, headers=SECURITY)

    return routes
