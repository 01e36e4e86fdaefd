"""Predictions in PostgreSQL, through a pool of connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.cursor import Position
from api.schemas import Inference, Prediction
from telemetry import logs, metrics

_log = logs.get_logger("api.storage")

# Seconds that a request waits for a connection before it answers 503.
_POOL_WAIT = 2.0
# Seconds for one statement: these read or write a handful of rows by an index.
_STATEMENT = 2.0
_PROBE = 1.0
# The services' database allows 100; a second replica and an administrator must fit beside it.
_MOST_CONNECTIONS = 10
# Any number that nothing else in this database locks.
_SCHEMA_LOCK = 7_302_001

_SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_id text,
    model text NOT NULL,
    model_version text NOT NULL,
    prediction text NOT NULL,
    confidence double precision NOT NULL
);
CREATE INDEX IF NOT EXISTS predictions_newest ON predictions (created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS predictions_by_user ON predictions (user_id, created_at DESC, id DESC);
"""

_INSERT = """
INSERT INTO predictions (user_id, model, model_version, prediction, confidence)
VALUES (%(user_id)s, %(model)s, %(model_version)s, %(prediction)s, %(confidence)s) RETURNING *
"""

_PAGE = """
SELECT * FROM predictions
WHERE (%(user_id)s::text IS NULL OR user_id = %(user_id)s)
  AND (%(moment)s::timestamptz IS NULL OR (created_at, id) < (%(moment)s, %(last)s::uuid))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""


class StorageUnavailableError(Exception):
    """PostgreSQL gave no connection, or lost it, within the time that a request may wait."""


class Storage(Protocol):
    """Where predictions are kept. Every method may raise StorageUnavailableError."""

    async def add(self, inference: Inference, user_id: str | None) -> Prediction:
        """Store one answer and return it with its id and time."""

    async def get(self, identifier: UUID) -> Prediction | None:
        """Return the prediction, None where there is none."""

    async def page(
        self, user_id: str | None, after: Position | None, limit: int
    ) -> list[Prediction]:
        """Return up to `limit` predictions that follow a position, newest first."""

    async def ready(self) -> bool:
        """Tell whether the database answers now."""


class PostgresStorage:
    """Storage in PostgreSQL. The schema is made when the database is first reached."""

    def __init__(self, url: str, password: str) -> None:
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[DictRow]] = AsyncConnectionPool(
            url,
            kwargs={
                "password": password,
                "row_factory": dict_row,
                "connect_timeout": 2,
                "autocommit": True,
                "options": f"-c statement_timeout={_STATEMENT * 1000:.0f}",
            },
            min_size=2,
            max_size=_MOST_CONNECTIONS,
            timeout=_POOL_WAIT,
            # Keeps trying for as long as an outage lasts; the delay between tries grows up to this.
            reconnect_timeout=10,
            check=AsyncConnectionPool.check_connection,
            configure=_make_schema,
            open=False,
        )

    async def open(self) -> None:
        """Connect before the first request comes; without a database, go on trying behind it."""
        try:
            await self._pool.open(wait=True, timeout=_POOL_WAIT)
        except PoolTimeout:
            _log.warning("PostgreSQL does not answer yet")

    async def close(self) -> None:
        """Give the connections back."""
        await self._pool.close(timeout=2)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[DictRow]]:
        """Lend a connection for one request and count the attempt."""
        try:
            connection = await self._pool.getconn(timeout=_POOL_WAIT)
        except (PoolTimeout, psycopg.OperationalError) as error:
            metrics.record_connection_attempt("failure")
            raise StorageUnavailableError("no database connection") from error
        metrics.record_connection_attempt("success")
        try:
            yield connection
        except psycopg.OperationalError as error:
            raise StorageUnavailableError("the database connection was lost") from error
        finally:
            await self._pool.putconn(connection)

    async def add(self, inference: Inference, user_id: str | None) -> Prediction:
        """Store one answer and return it with its id and time."""
        values = {**inference.model_dump(), "user_id": user_id}
        async with self._connection() as connection:
            row = await (await connection.execute(_INSERT, values)).fetchone()
        return Prediction.model_validate(row)

    async def get(self, identifier: UUID) -> Prediction | None:
        """Return the prediction, None where there is none."""
        query = "SELECT * FROM predictions WHERE id = %s"
        async with self._connection() as connection:
            row = await (await connection.execute(query, (identifier,))).fetchone()
        return None if row is None else Prediction.model_validate(row)

    async def page(
        self, user_id: str | None, after: Position | None, limit: int
    ) -> list[Prediction]:
        """Return up to `limit` predictions that follow a position, newest first."""
        values = {
            "user_id": user_id,
            "moment": after.created_at if after else None,
            "last": after.id if after else None,
            "limit": limit,
        }
        async with self._connection() as connection:
            rows = await (await connection.execute(_PAGE, values)).fetchall()
        return [Prediction.model_validate(row) for row in rows]

    async def ready(self) -> bool:
        """Tell whether the database answers now. A probe is no attempt of a user's."""
        try:
            async with asyncio.timeout(_PROBE):
                async with self._pool.connection(timeout=_PROBE) as connection:
                    await connection.execute("SELECT 1")
        except (TimeoutError, PoolTimeout, psycopg.Error):
            return False
        return True


async def _make_schema(connection: psycopg.AsyncConnection[DictRow]) -> None:
    """Make the tables on a new connection; the lock lets one replica do it at a time."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
        await connection.execute(_SCHEMA)
