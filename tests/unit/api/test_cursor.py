import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursor import Position, decode, encode

MOMENT = datetime(2026, 1, 15, 10, 30, 0, 123456, tzinfo=UTC)
IDENTIFIER = UUID("d285450d-30f4-4295-a8a8-074f7661d7b2")
# A day from either end: UTC lacks some of other zones' times there.
MOMENTS = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(9999, 12, 30),  # noqa: DTZ001 - the same
    timezones=st.timezones(),
)


@given(moment=MOMENTS, identifier=st.uuids())
def test_a_position_survives_the_round_trip(moment: datetime, identifier: UUID) -> None:
    in_utc = moment.astimezone(UTC)

    assert decode(encode(Position(moment, identifier))) == (in_utc, identifier)


@given(text=st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,130}", fullmatch=True))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not one of ours"):
        decode(text)


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_cursor_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="not one of ours"):
        decode(encode(Position(MOMENT, IDENTIFIER))[:-cut])


def test_a_cursor_needs_no_quoting_in_a_url() -> None:
    assert encode(Position(MOMENT, IDENTIFIER)).replace("-", "").replace("_", "").isalnum()


def test_a_time_that_utc_lacks_is_refused() -> None:
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    text = f"{first.isoformat()}|{IDENTIFIER}"

    with pytest.raises(ValueError, match="not one of ours"):
        decode(_base64(text))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="not one of ours"):
        decode(_base64(f"2026-01-15T10:30:00|{IDENTIFIER}"))


def _base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
