"""``python -m api``: serve on port 8000."""

from api.app import create_app
from telemetry.server import serve

if __name__ == "__main__":
    serve(create_app(), port=8000)
