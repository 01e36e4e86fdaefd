"""Where a page ends: the last item's place in the order, opaque to clients."""

import base64
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID


class Position(NamedTuple):
    """A place in the order newest first; the id decides between equal times."""

    created_at: datetime
    id: UUID


def encode(position: Position) -> str:
    """Return the position as base64url text."""
    text = f"{position.created_at.astimezone(UTC).isoformat()}|{position.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str) -> Position:
    """Return the position of a cursor that `encode` made; raises ValueError for another text."""
    try:
        return _parse(cursor)
    except (ValueError, OverflowError) as error:
        raise ValueError("the cursor is not one of ours") from error


def _parse(cursor: str) -> Position:
    padded = cursor + "=" * (-len(cursor) % 4)
    text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    moment, _, identifier = text.partition("|")
    created_at = datetime.fromisoformat(moment)
    if created_at.tzinfo is None:
        raise ValueError("no zone")
    # PostgreSQL has no time beyond the years of UTC.
    return Position(created_at.astimezone(UTC), UUID(identifier))
