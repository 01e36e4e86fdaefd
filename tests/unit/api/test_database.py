"""The way to PostgreSQL when there is none; the end-to-end tests go it with a real one."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import psycopg
import pytest

from api import database
from api.database import Database, DatabaseUnavailableError

Value = Callable[..., float]
Opened = Callable[[], AbstractAsyncContextManager[Database]]

ATTEMPTS = "database_connection_attempts_total"
# Seconds; the product's own waits are ten times as long, and a busy machine adds the slack.
WAIT, IN_ALL, PROBE, SLACK = 0.2, 0.24, 0.1, 0.5


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_CONNECTION_WAIT", WAIT)
    monkeypatch.setattr(database, "_IN_ALL", IN_ALL)
    monkeypatch.setattr(database, "_PROBE", PROBE)
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


@asynccontextmanager
async def opened(port: int) -> AsyncIterator[Database]:
    one = Database(f"postgresql://api@127.0.0.1:{port}/api", "hunter2")
    await one.open()
    try:
        yield one
    finally:
        await one.close()


@asynccontextmanager
async def refused() -> AsyncIterator[Database]:
    """A database at an address where nobody listens."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with opened(port) as one:
        yield one


@asynccontextmanager
async def mute() -> AsyncIterator[Database]:
    """A database at an address that accepts connections and never says a word."""
    leave = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await leave.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server, opened(server.sockets[0].getsockname()[1]) as one:
        yield one
        leave.set()


both_ways = pytest.mark.parametrize("unreachable", [refused, mute])


@both_ways
async def test_a_request_without_a_connection_fails_in_time_and_is_counted(
    unreachable: Opened, value: Value
) -> None:
    async with unreachable() as one:
        before = [value(ATTEMPTS, result=result) for result in ("success", "failure")]
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailableError):
            await one.fetch("SELECT 1", {})
        took = time.monotonic() - began

    assert took < IN_ALL + SLACK
    after = [value(ATTEMPTS, result=result) for result in ("success", "failure")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [0, 1]


@both_ways
async def test_a_probe_fails_in_time_and_is_not_counted(unreachable: Opened, value: Value) -> None:
    async with unreachable() as one:
        before = value(ATTEMPTS, result="failure")
        began = time.monotonic()
        assert not await one.ready()
        took = time.monotonic() - began

    assert took < PROBE + SLACK
    assert value(ATTEMPTS, result="failure") == before


class Connection:
    """A connection on which a statement does what it is told."""

    def __init__(self, *, error: Exception | None = None) -> None:
        self.error = error
        self.let_go = asyncio.Event()

    async def execute(self, *_: object) -> None:
        if self.error is not None:
            raise self.error
        try:
            await asyncio.Event().wait()
        finally:
            # So does psycopg: cancelled, it waits until the server has cancelled.
            await self.let_go.wait()


class Pool:
    """A pool of one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.back = asyncio.Event()

    async def getconn(self, _: float) -> Connection:
        return self.connection

    async def putconn(self, _: Connection) -> None:
        self.back.set()


def lending(connection: Connection) -> tuple[Database, Pool]:
    one = Database("postgresql://api@127.0.0.1/api", "hunter2")
    pool = Pool(connection)
    one._pool = pool  # type: ignore[assignment] # noqa: SLF001 - what the class stands on
    return one, pool


async def test_a_statement_that_cannot_be_cancelled_holds_up_no_request(value: Value) -> None:
    connection = Connection()
    one, pool = lending(connection)
    before = value(ATTEMPTS, result="success")
    began = time.monotonic()

    with pytest.raises(DatabaseUnavailableError):
        await one.fetch("SELECT 1", {})

    assert time.monotonic() - began < IN_ALL + SLACK
    assert value(ATTEMPTS, result="success") == before + 1
    assert not pool.back.is_set(), "another request would get a connection in use"
    connection.let_go.set()
    await asyncio.wait_for(pool.back.wait(), SLACK)


async def test_a_lost_connection_is_given_back() -> None:
    one, pool = lending(Connection(error=psycopg.OperationalError("server closed it")))

    with pytest.raises(DatabaseUnavailableError):
        await one.fetch("SELECT 1", {})

    assert pool.back.is_set()


async def test_a_wrong_statement_is_no_outage() -> None:
    one, pool = lending(Connection(error=psycopg.errors.UndefinedTable("no such table")))

    with pytest.raises(psycopg.errors.UndefinedTable):
        await one.fetch("SELECT 1", {})

    assert pool.back.is_set()
