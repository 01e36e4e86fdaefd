"""Where the pages are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import FileResponse

from deploy.aws.standin.collector import Collector
from deploy.aws.standin.traces.pages import SECURITY, page
from deploy.aws.standin.traces.store import Store
from deploy.aws.standin.traces.trace_id import TraceId
from deploy.aws.standin.traces.views import Addresses, Views

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

_STATIC = Path(__file__).with_name("static")

# SQLite's largest number.
_MOST = 2**63 - 1


def router(
    store: Store,
    logs: "CloudWatchLogsClient",
    collector: Collector,
    addresses: Addresses | None = None,
) -> APIRouter:
    """Return the routes; `logs` needs short timeouts, somebody waits for the page.

    Without `addresses` the environment says where the rest of the stack is.
    """
    routes = APIRouter(include_in_schema=False)
    views = Views(store, logs, collector, addresses or Addresses.from_environment())
    files = {file.name: file for file in _STATIC.iterdir()}

    @routes.get("/")
    def start() -> Response:
        """Return the start page."""
        return views.start()

    @routes.get("/static/{name}")
    def static(name: str) -> Response:
        """Return a file of the pages."""
        if name not in files:
            raise HTTPException(404)
        return FileResponse(files[name], headers=SECURITY)

    @routes.get("/traces")
    def traces(
        show: Literal["all", "failed", "slow"] = "all",
        before: Annotated[int | None, Query(ge=1, le=_MOST)] = None,
    ) -> Response:
        """Return the list of traces, the newest first."""
        return views.traces(show, before)

    @routes.get("/traces/{given}")
    def trace(given: str) -> Response:
        """Return one trace, by its id in hexadecimal or in X-Ray's form."""
        trace_id = TraceId.read(given)
        return views.trace(trace_id) if trace_id else page("no_id.html", 404, given=given[:64])

    return routes
