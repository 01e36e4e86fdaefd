"""Times and lengths of time for people."""

from datetime import UTC, datetime

_MILLISECOND = 0.001
_SECOND = 1.0
_MINUTE = 60.0


def duration(seconds: float) -> str:
    """Return a length of time with three digits: 350 µs, 12.3 ms, 1.25 s, 2 min 5 s."""
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if seconds == 0:
        return "0 ms"
    if seconds < _MILLISECOND:
        return f"{sign}{seconds * 1e6:.0f} µs"
    if seconds < _SECOND:
        return f"{sign}{seconds * 1e3:.3g} ms" if seconds < 0.9995 else f"{sign}1 s"  # noqa: PLR2004 - where 999.5 ms would be 1e+03
    if seconds < _MINUTE:
        return f"{sign}{seconds:.3g} s"
    return f"{sign}{seconds // 60:.0f} min {seconds % 60:.0f} s"


def moment(seconds: float) -> str:
    """Return a time since 1970 in UTC, to the millisecond."""
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return "beyond every calendar"
    return f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03} UTC"
