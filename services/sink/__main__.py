"""``python -m sink``: serve on port 8002."""

from sink.app import create_app
from telemetry.server import serve

if __name__ == "__main__":
    serve(create_app(), port=8002)
