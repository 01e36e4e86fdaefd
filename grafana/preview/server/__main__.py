"""``python -m grafana.preview.server``: serve on Grafana's port until told to stop."""

import signal
import sys
from http.server import ThreadingHTTPServer
from types import FrameType

from grafana.preview.server import settings
from grafana.preview.server.serving import Handler


def main() -> None:
    """Serve on GF_SERVER_HTTP_PORT (3000)."""
    server = ThreadingHTTPServer(("", settings.port()), Handler)

    def stop(_: int, __: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    server.serve_forever()


if __name__ == "__main__":
    main()
