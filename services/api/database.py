"""Connections to PostgreSQL: a pool, and an answer in time whatever becomes of the server."""

import asyncio
from collections.abc import Coroutine, Mapping
from time import monotonic
from typing import Any, TypeVar

import psycopg
from opentelemetry.semconv._incubating.attributes.db_attributes import (
    DB_CLIENT_CONNECTION_POOL_NAME,
)
from opentelemetry.trace import SpanKind
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from api import statements
from telemetry import logs, metrics, tracing

T = TypeVar("T")
Connection = psycopg.AsyncConnection[DictRow]

# Seconds. A request waits for a connection, and then for its statement, no longer than this in all.
_CONNECTION_WAIT = 2.0
_IN_ALL = 2.4
_PROBE = 1.0
# PostgreSQL allows 100 by default; a second replica and an administrator must fit beside it.
_MOST_CONNECTIONS = 10
# One plan for all values of a parameter would be wrong for most of them (see storage's _PAGE).
_OPTIONS = f"-c statement_timeout={_IN_ALL * 1000:.0f} -c plan_cache_mode=force_custom_plan"
# Any number that nothing else in this database locks.
_SCHEMA_LOCK = 7_302_001

_POOL = "api"
_OF_POOL = {DB_CLIENT_CONNECTION_POOL_NAME: _POOL}

# The last object's presence stands for all: they are made in one transaction.
_SCHEMA_IS_MADE = "SELECT to_regclass('predictions_by_user') IS NOT NULL AS made"
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


class DatabaseUnavailableError(Exception):
    """PostgreSQL gave no connection, or no answer, within the time that a request may wait."""


class Database:
    """PostgreSQL. It may be down at any time, also at the start; every call tries it anew."""

    def __init__(self, url: str, password: str) -> None:
        self._place = statements.place(url)
        self._abandoned: set[asyncio.Task[Any]] = set()
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            kwargs={
                "password": password,
                "row_factory": dict_row,
                "autocommit": True,
                "application_name": "api",
                "connect_timeout": 2,
                "options": _OPTIONS,
            },
            name=_POOL,
            min_size=2,
            max_size=_MOST_CONNECTIONS,
            # After two attempts the next request makes the pool try again: it recovers as soon as
            # the server does, where a longer series of attempts would back off further and further.
            reconnect_timeout=1,
            check=self._check,
            configure=_make_schema,
            open=False,
        )

    async def open(self) -> None:
        """Begin to connect, without waiting for it."""
        metrics.preset_connection_attempts()
        await self._pool.open()

    async def close(self) -> None:
        """Give the connections back."""
        await self._pool.close(timeout=2)

    async def fetch(self, query: str, values: Mapping[str, object]) -> list[DictRow]:
        """Run one statement and return its rows; counts an attempt to get a connection.

        The wait for a connection and the statement are a span each: a slow request shows which.

        Raises:
            DatabaseUnavailableError: no connection or no answer within 2.4 s.

        """
        deadline = monotonic() + _IN_ALL
        with tracing.span("wait for a connection", attributes=_OF_POOL):
            connection = await self._lend()
        name, said = statements.described(query)
        with tracing.span(name, SpanKind.CLIENT, {**self._place, **said}):
            try:
                left = deadline - monotonic()
                return await self._within(left, self._use(connection, query, values))
            except (TimeoutError, psycopg.OperationalError) as error:
                raise _unavailable("the statement got no answer", error) from error

    async def ready(self) -> bool:
        """Tell whether a statement is answered now. A probe is no attempt of a user's."""
        try:
            await self._within(_PROBE, self._ask())
        except (TimeoutError, psycopg.OperationalError):
            return False
        return True

    async def _lend(self) -> Connection:
        try:
            connection = await self._within(_CONNECTION_WAIT, self._pool.getconn(_CONNECTION_WAIT))
        except (TimeoutError, psycopg.OperationalError) as error:
            metrics.record_connection_attempt("failure")
            raise _unavailable("no connection", error) from error
        metrics.record_connection_attempt("success")
        return connection

    async def _use(
        self, connection: Connection, query: str, values: Mapping[str, object]
    ) -> list[DictRow]:
        try:
            return await (await connection.execute(query, values)).fetchall()
        finally:
            await self._pool.putconn(connection)

    async def _ask(self) -> None:
        await self._use(await self._pool.getconn(_PROBE), "SELECT 1", {})

    async def _check(self, connection: Connection) -> None:
        """Try an idle connection before it is lent: a server that was restarted has closed it."""
        try:
            await self._pool.check_connection(connection)
        except psycopg.OperationalError:
            # Where one is dead they all are, and the pool would lend them in turn, with a pause
            # after each, until the request gives up.
            await self._pool.drain()
            raise

    async def _within(self, seconds: float, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work returns; raise TimeoutError and leave it behind after `seconds`.

        Cancelling alone would not do: psycopg then asks the server to cancel, and a server that
        is stuck makes it wait for 10 s (read in psycopg 3.3, `AsyncConnection.wait`).
        """
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task}, timeout=seconds)
        finally:
            if not task.done():
                self._abandon(task)
        if task.cancelled() or not task.done():
            raise TimeoutError
        return task.result()

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        def forget(_: asyncio.Task[Any]) -> None:
            self._abandoned.discard(task)
            # Asked for, so that asyncio doesn't report it as never retrieved.
            _error = None if task.cancelled() else task.exception()

        self._abandoned.add(task)
        task.add_done_callback(forget)
        task.cancel()


def _unavailable(what: str, error: Exception) -> DatabaseUnavailableError:
    """Add the reason to the request's log line; the client learns less."""
    logs.add_extra(database_error=f"{what}: {type(error).__name__}: {error}".rstrip(": "))
    return DatabaseUnavailableError(what)


async def _make_schema(connection: Connection) -> None:
    """Make the tables where they are not; the lock lets one connection do it at a time."""
    row = await (await connection.execute(_SCHEMA_IS_MADE)).fetchone()
    if row is not None and row["made"]:
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
        await connection.execute(_SCHEMA)
