"""Datetime functions: all times are UTC."""

import re

from deploy.aws.insights import syntax
from deploy.aws.insights.arguments import Arguments, Function
from deploy.aws.insights.errors import QueryError
from deploy.aws.insights.values import Value

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
# «CloudWatch Logs caps your request according to the time unit that you choose.»
CAPS = {"ms": 1000, "s": 60, "m": 60, "h": 24}
_CALENDAR = {"w": (7, "days"), "mo": (1, "months"), "q": (3, "months"), "y": (12, "months")}
_EPOCH = "TIMESTAMP '1970-01-01'"
# Java's DateTimeFormatter → strptime, the longest first.
_JAVA = (
    ("yyyy", "%Y"),
    ("uuuu", "%Y"),
    ("yy", "%y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("SSSSSS", "%f"),
    ("SSS", "%g"),
    ("EEEE", "%A"),
    ("EEE", "%a"),
    ("XXX", "%z"),
    ("XX", "%z"),
    ("Z", "%z"),
    ("a", "%p"),
)


def floor(moment: str, period: syntax.Period) -> str:
    """Return SQL for the beginning of the period that a moment lies in."""
    amount = min(period.amount, CAPS.get(period.unit, period.amount))
    if period.unit in _MILLISECONDS:
        width = amount * _MILLISECONDS[period.unit]
        return f"make_timestamp_ms(epoch_ms({moment}) - epoch_ms({moment}) % {width})"
    count, unit = _CALENDAR[period.unit]
    # Weeks begin on Mondays, DuckDB's own origin; months, quarters and years with the calendar's.
    origin = f", {_EPOCH}" if unit == "months" else ""
    return f"time_bucket(to_{unit}({amount * count}), {moment}{origin})"


def _bin(given: Arguments) -> Value:
    timestamp = given.compiler.relation.columns.get("@timestamp")
    if timestamp is None:
        message = "bin() is of @timestamp, which is gone after stats: use dateceil() of a time"
        raise QueryError(message, given.call.place)
    return Value(floor(timestamp.sql, given.period(0)), "time")


def _datefloor(given: Arguments) -> Value:
    return Value(floor(given.moment(0), given.period(1)), "time")


def _dateceil(given: Arguments) -> Value:
    period, moment = given.period(1), given.moment(0)
    below = floor(moment, period)
    amount = min(period.amount, CAPS.get(period.unit, period.amount))
    if period.unit in _MILLISECONDS:
        step = f"to_milliseconds({amount * _MILLISECONDS[period.unit]})"
    else:
        count, unit = _CALENDAR[period.unit]
        step = f"to_{unit}({amount * count})"
    return Value(f"(CASE WHEN {below} = {moment} THEN {below} ELSE {below} + {step} END)", "time")


def _format_date(given: Arguments) -> Value:
    pattern = given.quoted(1)
    given.prove(1, "SELECT strftime(TIMESTAMP '2000-01-01', $1)", pattern)
    written = given.compiler.relation.parameters.add(pattern)
    moment = given.moment(0)
    if len(given) > 2:  # noqa: PLR2004 - the third one is the time zone
        moment = f"timezone({_zone(given, 2)}, timezone('UTC', {moment}))"
    return Value(f"strftime({moment}, {written})", "text")


def _parse_date(given: Arguments) -> Value:
    pattern = _strptime(given)
    given.prove(1, "SELECT try_strptime('', $1)", pattern)
    written = given.compiler.relation.parameters.add(pattern)
    moment = f"CAST(try_strptime({given.text(0)}, {written}) AS TIMESTAMP)"
    if len(given) > 2:  # noqa: PLR2004 - the third one is the time zone
        moment = f"timezone('UTC', timezone({_zone(given, 2)}, {moment}))"
    return Value(f"epoch_ms({moment})::DOUBLE", "number")


def _zone(given: Arguments, index: int) -> str:
    zone = given.quoted(index)
    given.prove(index, "SELECT timezone($1, TIMESTAMP '2000-01-01')", zone)
    return given.compiler.relation.parameters.add(zone)


def _strptime(given: Arguments) -> str:
    """Translate a pattern of Java's DateTimeFormatter, or say which letter it is that can't be."""
    rest, pattern = given.quoted(1), ""
    while rest:
        if quoted := re.match(r"'([^']*)'", rest):
            pattern += (quoted[1] or "'").replace("%", "%%")
            rest = rest[quoted.end() :]
            continue
        java, here = next((p for p in _JAVA if rest.startswith(p[0])), (rest[0], ""))
        if not here and java.isalpha():
            message = f"the letter `{java}` of a date's format is not translated here"
            raise QueryError(message, given.call.arguments[1].place)
        pattern += here or java.replace("%", "%%")
        rest = rest[len(java) :]
    return pattern


def _of_window(signature: str, what: str) -> Function:
    def build(given: Arguments) -> Value:
        window = given.compiler.window
        result = {
            "now": window.end // 1000,
            "start": window.start,
            "end": window.end,
            "range": window.end - window.start,
        }[what]
        return Value(given.compiler.relation.parameters.add(float(result)), "number")

    return Function(signature, 0, 0, build)


FUNCTIONS = (
    Function("bin(period)", 1, 1, _bin),
    Function("datefloor(time, period)", 2, 2, _datefloor),
    Function("dateceil(time, period)", 2, 2, _dateceil),
    Function("fromMillis(number)", 1, 1, lambda given: Value(given.moment(0), "time")),
    Function("toMillis(time)", 1, 1, lambda given: Value(given.number(0), "number")),
    Function("formatDate(time, format[, zone])", 2, 3, _format_date),
    Function("parseDate(text, format[, zone])", 2, 3, _parse_date),
    _of_window("now()", "now"),
    _of_window("queryStartTime()", "start"),
    _of_window("queryEndTime()", "end"),
    _of_window("queryTimeRange()", "range"),
)
