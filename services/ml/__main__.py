"""``python -m ml``: serve on port 8001."""

from ml.app import create_app
from telemetry.server import serve

if __name__ == "__main__":
    serve(create_app(), port=8001)
