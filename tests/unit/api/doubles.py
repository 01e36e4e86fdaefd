"""A storage in memory, and an ML service that answers as it is told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from api.cursor import Position
from api.database import DatabaseUnavailableError
from api.schemas import Inference, Prediction

START = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
ANSWER = {"model": "digits", "model_version": "1.0.0", "prediction": "7", "confidence": 0.912345}


@dataclass
class Memory:
    """A `Storage` in memory. Two predictions share each instant, so that only ids order them."""

    kept: list[Prediction] = field(default_factory=list)
    up: bool = True

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def add(self, inference: Inference, user_id: str | None) -> Prediction:
        self._must_be_up()
        moment = START + timedelta(seconds=len(self.kept) // 2)
        values = {**inference.model_dump(), "id": uuid4(), "created_at": moment}
        self.kept.append(Prediction.model_validate({**values, "user_id": user_id}))
        return self.kept[-1]

    async def get(self, identifier: UUID) -> Prediction | None:
        self._must_be_up()
        return next((one for one in self.kept if one.id == identifier), None)

    async def page(
        self, user_id: str | None, after: Position | None, limit: int
    ) -> list[Prediction]:
        self._must_be_up()
        newest = sorted(self.kept, key=lambda one: (one.created_at, one.id), reverse=True)
        return [
            one
            for one in newest
            if user_id in {None, one.user_id}
            and (after is None or (one.created_at, one.id) < after)
        ][:limit]

    async def ready(self) -> bool:
        return self.up

    def _must_be_up(self) -> None:
        if not self.up:
            raise DatabaseUnavailableError("no connection")


class Ml(httpx.AsyncBaseTransport):
    """The ML service: gives its answers in turn, the last one again and again."""

    def __init__(self) -> None:
        self.answers: list[Any] = [httpx.Response(200, json=ANSWER)]
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            await answer()
        return httpx.Response(answer.status_code, content=answer.content)
