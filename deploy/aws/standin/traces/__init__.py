"""Pages that follow one request through the services: its trace as a waterfall, and its log.

    store = traces.Store(Path("/data/traces.sqlite3"))
    app.include_router(traces.router(store, boto3.client("logs", config=…), local_collector))

They stand in for X-Ray's trace map and say so: `GET /`, `/traces`, `/traces/{id}`,
`/static/{file}`.
"""

from deploy.aws.standin.traces.routes import router
from deploy.aws.standin.traces.store import Store
from deploy.aws.standin.traces.views import Addresses

__all__ = ["Addresses", "Store", "router"]
