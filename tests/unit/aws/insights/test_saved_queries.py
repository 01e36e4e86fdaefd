"""Each saved query over forty lines, against what plain Python makes of them."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from deploy.aws.insights import saved
from deploy.aws.insights.engine import Result

OverFile = Callable[[str], Result]
Records = list[dict[str, Any]]


def grouped(records: Iterable[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], Records]:
    found: dict[tuple[Any, ...], Records] = defaultdict(list)
    for record in records:
        found[tuple(record.get(name) for name in names)].append(record)
    return found


def shown(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")


def bins(record: dict[str, Any]) -> str:
    moment = record["@timestamp"]
    return f"{moment[:14]}{int(moment[14:16]) // 5 * 5:02}:00.000"


def requests_of(records: Records) -> Records:
    return [r for r in records if str(r.get("logger", "")).endswith("requests")]


def test_errors_are_the_lines_of_level_error_the_newest_first(
    over_file: OverFile, records: Records
) -> None:
    result = over_file(saved.text("errors"))
    expected = [r for r in records if r.get("level") == "ERROR"]
    assert result.columns == ["@timestamp", "@message"]
    assert result.rows == [[r["@timestamp"], r["@message"]] for r in expected]
    assert len(result.rows) == 9
    assert result.rows[0][0] == "2026-11-25 01:09:40.073"


def test_latency_is_that_of_requests_over_a_second_by_path(
    over_file: OverFile, records: Records
) -> None:
    result = over_file(saved.text("latency"))
    slow = [r for r in records if (r.get("duration_ms") or 0) > 1000]
    expected = [
        [path, shown(statistics.mean(d)), shown(max(d)), str(len(d))]
        for (path,), group in sorted(grouped(slow, "path").items())
        if (d := [r["duration_ms"] for r in group])
    ]
    assert result.columns == ["path", "avg_latency", "max_latency", "count"]
    assert result.rows == expected
    assert result.rows == [
        ["/api/v1/predict", "1616.875", "2100", "6"],
        ["/v1/models/{model}/predict", "1875", "1875", "1"],
    ]


def test_users_are_counted_the_busiest_first(over_file: OverFile, records: Records) -> None:
    result = over_file(saved.text("users"))
    counts = {user: len(group) for (user,), group in grouped(records, "user_id").items()}
    assert result.columns == ["user_id", "request_count"]
    assert {user: int(count or 0) for user, count in result.rows} == counts
    assert [int(count or 0) for _, count in result.rows] == sorted(counts.values(), reverse=True)
    # Lines without a user are a group like any other.
    assert result.rows[0] == [None, "20"]
    assert result.rows[1] == ["user-1", "6"]


def test_causes_are_what_the_api_knows_of_each_failed_request(
    over_file: OverFile, records: Records
) -> None:
    result = over_file(saved.text("causes"))

    def cause(record: dict[str, Any]) -> str:
        extra = record["extra"]
        known = extra.get("ml_error") or extra.get("database_error")
        return str(known or extra.get("exception", {}).get("type") or "not known")

    failed = [
        {**r, "cause": cause(r)}
        for r in records
        if r.get("logger") == "api.requests" and r["status_code"] >= 500
    ]
    found = grouped(failed, "cause", "path")
    expected = [[*key, str(len(rows)), rows[0]["@timestamp"]] for key, rows in found.items()]
    assert result.columns == ["cause", "path", "failed", "last_seen"]
    assert sorted(map(str, result.rows)) == sorted(map(str, expected))
    assert result.rows[0] == ["timed out", "/api/v1/predict", "2", "2026-11-25 01:06:20.703"]


def test_the_error_rate_is_a_share_in_percent_by_service_and_five_minutes(
    over_file: OverFile, records: Records
) -> None:
    result = over_file(saved.text("error-rate"))
    requests = [{**r, "bin": bins(r)} for r in requests_of(records) if r["level"] != "DEBUG"]
    expected = []
    for (logger, moment), rows in grouped(requests, "logger", "bin").items():
        failed = sum(r["level"] == "ERROR" for r in rows)
        percent = shown(100 * failed / len(rows))
        expected.append([logger, moment, str(len(rows)), str(failed), percent])
    assert result.columns == ["logger", "bin(5m)", "requests", "failed", "percent"]
    assert sorted(map(str, result.rows)) == sorted(map(str, expected))
    percents = [float(row[4] or 0) for row in result.rows]
    assert percents == sorted(percents, reverse=True)


def test_percentiles_are_those_of_requests_by_service_and_five_minutes(
    over_file: OverFile, records: Records
) -> None:
    result = over_file(saved.text("percentiles"))
    requests = [{**r, "bin": bins(r)} for r in requests_of(records)]
    found = grouped(requests, "logger", "bin")
    assert len(result.rows) == len(found)
    for logger, moment, count, *percentiles in result.rows:
        durations = sorted(r["duration_ms"] for r in found[logger, moment])
        assert count == str(len(durations))
        assert percentiles == [shown(interpolated(durations, p)) for p in (50, 95, 99)]


def interpolated(ordered: list[float], percent: float) -> float:
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def test_the_slowest_requests_have_their_trace(over_file: OverFile, records: Records) -> None:
    result = over_file(saved.text("slowest"))
    timed = [r for r in records if r.get("duration_ms") is not None]
    timed.sort(key=lambda r: r["duration_ms"], reverse=True)
    assert [row[5] for row in result.rows] == [r["trace_id"] for r in timed[:20]]
    assert result.rows[0][1:5] == ["/api/v1/predict", "503", "2100.0", "digits"]


def test_the_last_errors_are_one_of_each_message_and_path(
    over_file: OverFile, records: Records
) -> None:
    result = over_file(saved.text("last-errors"))
    expected, seen = [], set()
    for record in (r for r in records if r.get("level") == "ERROR"):
        key = (record["message"], record["path"])
        # A missing value is no duplicate of another one.
        if None in key or key not in seen:
            seen.add(key)
            expected.append([record["@timestamp"], record["logger"], record["message"]])
    assert [row[:3] for row in result.rows] == expected


def test_no_saved_query_is_without_a_test() -> None:
    tested = {"errors", "latency", "users", "causes", "error-rate", "percentiles", "slowest"}
    assert set(saved.names()) == tested | {"last-errors"}
