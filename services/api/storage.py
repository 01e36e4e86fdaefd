"""Predictions in PostgreSQL."""

from typing import Protocol
from uuid import UUID

from api.cursor import Position
from api.database import Database
from api.schemas import Inference, Prediction

_INSERT = """
INSERT INTO predictions (user_id, model, model_version, prediction, confidence)
VALUES (%(user_id)s, %(model)s, %(model_version)s, %(prediction)s, %(confidence)s) RETURNING *
"""

_GET = "SELECT * FROM predictions WHERE id = %(id)s"

# The planner knows the values (plan_cache_mode), drops the conditions whose value is NULL, and so
# finds the index for each case.
_PAGE = """
SELECT * FROM predictions
WHERE (%(user_id)s::text IS NULL OR user_id = %(user_id)s)
  AND (%(moment)s::timestamptz IS NULL OR (created_at, id) < (%(moment)s, %(last)s::uuid))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""


class Storage(Protocol):
    """Where predictions are kept.

    `add`, `get` and `page` may raise `api.database.DatabaseUnavailableError`.
    """

    async def open(self) -> None:
        """Begin to connect, without waiting for it."""

    async def close(self) -> None:
        """Give the connections back."""

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
    """Storage in PostgreSQL; what each method does is told in `Storage`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.open = database.open
        self.close = database.close
        self.ready = database.ready

    async def add(self, inference: Inference, user_id: str | None) -> Prediction:
        """Store one answer and return it with its id and time."""
        (row,) = await self._database.fetch(_INSERT, inference.model_dump() | {"user_id": user_id})
        return Prediction.model_validate(row)

    async def get(self, identifier: UUID) -> Prediction | None:
        """Return the prediction, None where there is none."""
        rows = await self._database.fetch(_GET, {"id": identifier})
        return Prediction.model_validate(rows[0]) if rows else None

    async def page(
        self, user_id: str | None, after: Position | None, limit: int
    ) -> list[Prediction]:
        """Return up to `limit` predictions that follow a position, newest first."""
        moment, last = after or (None, None)
        values = {"user_id": user_id, "moment": moment, "last": last, "limit": limit}
        rows = await self._database.fetch(_PAGE, values)
        return [Prediction.model_validate(row) for row in rows]
