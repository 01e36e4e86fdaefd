"""Runs an application as the container's one process."""

import signal

import uvicorn
from starlette.types import ASGIApp

# Seconds that running requests have after SIGTERM; Compose kills after 10.
_GRACE = 5


def serve(app: ASGIApp, *, port: int) -> None:
    """Serve on every interface of the container until SIGTERM or SIGINT.

    Ends the process with status 3 where the application can't start or the port is taken.
    """
    # uvicorn handles it while it runs, and raises it again when all is done. By default that would
    # end the process there and then, before the last log lines and spans have left it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    uvicorn.run(
        app,
        host="0.0.0.0",  # noqa: S104 - the container's own network; Compose publishes on 127.0.0.1
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        # The log is ours (telemetry.logs), and one line a request is enough.
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
