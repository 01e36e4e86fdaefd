"""Takes database connections until standard input ends. Runs inside the API's container.

The first argument is how many to leave in use by this program, `all` for every one that the server
still gives. With `all` it also ends the other connections of its role and takes their places, as a
leak elsewhere does when a service reconnects.
"""

import os
import select
import sys
from pathlib import Path

import psycopg

# Seconds between looks for a place that has become free.
PAUSE = 0.05
PASSWORD = Path(os.environ["DATABASE_PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE usename = current_user AND application_name <> 'hog'"
)


def take() -> psycopg.Connection | None:
    """Return one more connection, None where the server gives no more."""
    try:
        return psycopg.connect(
            os.environ["DATABASE_URL"],
            password=PASSWORD,
            application_name="hog",
            autocommit=True,
            connect_timeout=2,
        )
    except psycopg.OperationalError:
        return None


def main() -> None:
    """Take, say so, hold."""
    everything = sys.argv[1] == "all"
    wanted = 10_000 if everything else int(sys.argv[1])
    held: list[psycopg.Connection] = []
    while len(held) < wanted and (one := take()):
        held.append(one)
    print("taken", flush=True)  # noqa: T201 - the line that its holder waits for
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        if everything:
            held[0].execute(OTHERS)
            while one := take():
                held.append(one)


main()
