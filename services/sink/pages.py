"""The page, and the runbooks that notifications link to."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse

from sink.runbooks import Runbooks
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


def router(runbooks: Runbooks) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)
    files = {file.name: file for file in _STATIC.iterdir()}

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

    @routes.get("/runbooks/")
    def all_runbooks() -> HTMLResponse:
        """Return the list of the runbooks."""
        return HTMLResponse(runbooks.index(), headers=SECURITY)

    @routes.get("/runbooks/{name}")
    @routes.get("/runbooks/{language}/{name}")
    def runbook(request: Request, name: str, language: str = "") -> HTMLResponse:
        """Return what to do about an alert; the file's own name is fine too."""
        page = runbooks.page(name.removesuffix(".md"), language)
        if page is not None:
            return HTMLResponse(page, headers=SECURITY)
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(runbooks.missing(), 404, headers=SECURITY)
        raise Problem(404, "There is no runbook of this name.")

    return routes
