"""The documentation's own examples and sentences, over messages made for them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html and its sub-pages.
"""

from collections.abc import Callable
from typing import Any

import pytest

from deploy.aws.insights.engine import Result
from deploy.aws.insights.errors import QueryError

Over = Callable[..., Result]

# The expression, and what it is shown as.
FUNCTIONS = [
    ("2 ^ 3", "8"),
    ("10 % 3", "1"),
    ("1 + 2 * 3 - 4 / 8", "6.5"),
    ("2 - 3 - 4", "-5"),
    ("2 ^ 3 ^ 2", "512"),
    ("-2 + 5", "3"),
    ("1 / 0", None),
    ("1 / 3", "0.3333"),
    ("abs(0 - 1.5)", "1.5"),
    ("ceil(1.2)", "2"),
    ("floor(-1.2)", "-2"),
    ("greatest(1, 3, 2)", "3"),
    ("least(1, 3, 2)", "1"),
    ("log(1)", "0"),
    ("log(0)", None),
    ("sqrt(9)", "3"),
    ("sqrt(-1)", None),
    ("round(2.567)", "3"),
    ("round(2.567, 1)", "2.6"),
    ("haversine(0, 0, 0, 180)", "20015.1144"),
    ('toNumber("12.5")', "12.5"),
    ('toNumber("12 apples")', None),
    ('toInt("12.9")', "12"),
    ('toInt("99999999999")', None),
    ('toLong("99999999999")', "99999999999"),
    ('ltrim("xyZxyfooxyZ", "xyZ")', "fooxyZ"),
    ('rtrim("xyZfooxyxyZ", "xyZ")', "xyZfoo"),
    ('trim("xyZxyfooxyxyZ", "xyZ")', "foo"),
    (r'trim(" \t a ")', "a"),
    ('strlen("naïve 日本")', "8"),
    ('messageSize("日本")', "6"),
    ('toupper("aé")', "AÉ"),
    ('tolower("AÉ")', "aé"),
    ('substr("xyZfooxyZ", 3, 3)', "foo"),
    ('substr("xyZfooxyZ", 3)', "fooxyZ"),
    ('replace("smoke_test/a", "smoke_test", "Smoke")', "Smoke/a"),
    (r'regexReplace("a1b22", "\d+", "#")', "a#b#"),
    ('strcontains("Error", "err")', "0"),
    ('strcontains("Error", "err", true)', "1"),
    ('startsWith("abc", "ab")', "1"),
    ('endsWith("abc", "ab")', "0"),
    ('urlencode("a b/c")', "a%20b%2Fc"),
    ('urldecode("a%20b")', "a b"),
    ('base64encode("abc")', "YWJj"),
    ('base64decode("YWJj")', "abc"),
    ('base64decode("%")', None),
    ('split("a,b", ",")', '["a","b"]'),
    ('hexToAscii("48656c6c6f")', "Hello"),
    ('hexToDec("0xff")', "255"),
    ('hexToDec("zz")', None),
    ("decToHex(255)", "0xff"),
    ("decToHex(-255.9)", "-0xff"),
    ('concat("a", 1, "b")', "a1b"),
    ('isempty("")', "1"),
    ("isempty(missing)", "1"),
    ('isempty(" ")', "0"),
    ('isblank(" ")', "1"),
    ("ispresent(missing)", "0"),
    ('coalesce(missing, "b", "c")', "b"),
    ('case(1 > 2, "a", 2 > 1, "b", "c")', "b"),
    ('case(1 > 2, "a", "c")', "c"),
    ('case(1 > 2, "a")', None),
    ('if(2 > 1, "a", "b")', "a"),
    ('isNumeric("1e3")', "1"),
    ('isNumeric("nan")', "0"),
    ("now()", "1795570200"),
    ("queryStartTime()", "1795566600000"),
    ("queryEndTime()", "1795570200000"),
    ("queryTimeRange()", "3600000"),
    ("toMillis(@timestamp)", "1795568400000"),
    ("fromMillis(1642195111000)", "2022-01-14 21:18:31.000"),
    ("datefloor(fromMillis(1642195111000), 1h)", "2022-01-14 21:00:00.000"),
    ("dateceil(fromMillis(1642195111000), 1h)", "2022-01-14 22:00:00.000"),
    ("dateceil(datefloor(@timestamp, 1h), 1h)", "2026-11-25 01:00:00.000"),
    ("datefloor(fromMillis(1642195111000), 1w)", "2022-01-10 00:00:00.000"),
    ("datefloor(fromMillis(1642195111000), 1q)", "2022-01-01 00:00:00.000"),
    # «if you specify bin(300s), CloudWatch Logs actually implements this as 60 seconds»
    ("datefloor(fromMillis(1642195111000), 300s)", "2022-01-14 21:18:00.000"),
    ("datefloor(fromMillis(1642195111000), 90m)", "2022-01-14 21:00:00.000"),
    ("datefloor(fromMillis(1642195111000), 36h)", "2022-01-14 00:00:00.000"),
    ("datefloor(fromMillis(1642195111999), 5000ms)", "2022-01-14 21:18:31.000"),
    ("dateceil(fromMillis(1642195111000), 36h)", "2022-01-15 00:00:00.000"),
    ("dateceil(fromMillis(1642195111000), 1y)", "2023-01-01 00:00:00.000"),
    ('parseDate("2024-01-02", "yyyy-MM-dd", "UTC")', "1704153600000"),
    ('parseDate("2024-01-02 09:00", "yyyy-MM-dd HH:mm", "Asia/Tokyo")', "1704153600000"),
    ('parseDate("no date", "yyyy-MM-dd")', None),
    ('formatDate(@timestamp, "%Y-%m-%d", "UTC")', "2026-11-25"),
    ('strftime(@timestamp, "%H:%M", "Asia/Tokyo")', "10:00"),
    ('isValidIp("10.0.0.1")', "1"),
    ('isValidIpV4("::1")', "0"),
    ('isValidIpV6("::1")', "1"),
    ('isIpInSubnet("2001:db8::5", "2001:db8::/32")', "1"),
    ('isIpv4InSubnet("192.0.2.9", "192.0.2.0/24")', "1"),
    ('isIpv4InSubnet("192.0.3.9", "192.0.2.0/24")', "0"),
    ('isIpv6InSubnet("192.0.2.9", "2001:db8::/32")', "0"),
    ('ipv4ToNumber("10.0.0.1")', "167772161"),
    ('isPrivateIP("172.31.0.1")', "1"),
    ('isPublicIP("8.8.8.8")', "1"),
    ('isReservedIP("127.0.0.1")', "1"),
    ("isValidIp(missing)", "0"),
    ('jsonStringify(jsonParse("{\\"a\\": 1}"))', '{"a": 1}'),
    ('jsonArraySize("[1, 2]")', "2"),
    ('jsonArraySize("no list")', None),
    ('jsonArrayContains("[\\"admin\\"]", "admin")', "1"),
    ('jsonArrayContains("[\\"Admin\\"]", "admin")', "0"),
    ('jsonArrayContains("broken", "admin")', "0"),
]


@pytest.mark.parametrize(("expression", "expected"), FUNCTIONS)
def test_a_function_gives_what_its_documentation_says(
    over: Over, expression: str, expected: str | None
) -> None:
    assert over(f"fields {expression} as result", {"a": 1}).rows == [[expected]]


# The condition, and the numbers of those of EVENTS below that it keeps.
EVENTS: list[str | dict[str, Any]] = [
    {"n": 0, "level": "ERROR", "range": 3500, "accountId": "123456789012", "ok": True},
    {"n": 1, "level": "INFO", "range": "3000.5", "f1": "An Exception", "id": "1e5", "ok": False},
    {"n": 2, "level": "error", "range": 200, "f1": "exception", "id": "100000", "ok": "true"},
    {"n": 3, "range": "many", "statusCode": "204", "@key": "k", "a-b": {"c.d": [{"e": 7}]}},
    "n=4 no JSON",
]
CONDITIONS = [
    ('level = "ERROR"', [0]),
    ("(range>3000)", [0, 1]),
    ("(range>3000 and accountId=123456789012)", [0]),
    ("range <= 200 or range = 3000.5", [1, 2]),
    # Missing values compare with nothing.
    ('level != "ERROR"', [1, 2]),
    ('not level = "ERROR"', [1, 2]),
    ('level in ["ERROR", "INFO"]', [0, 1]),
    ('level not in ["ERROR", "INFO"]', [2]),
    ("range in [200, 3500]", [0, 2]),
    ("f1 like /Exception/", [1]),
    ("f1 =~ /Exception/", [1]),
    ('f1 like "Exception"', [1]),
    ('f1 like ".*"', []),
    ("f1 like /(?i)Exception/", [1, 2]),
    ("f1 =~ /^(?i)Exception$/", [2]),
    ("f1 not like /Exception/", [2]),
    (r"statusCode like /2\d\d/", [3]),
    (r"@message like /^n=\d/", [4]),
    ("not ispresent(level)", [3, 4]),
    ("isempty(level) = 1", [3, 4]),
    # What stands between quotes is a text: no number is read out of an id.
    ('id = "100000"', [2]),
    ('id != "100000"', [1]),
    ("id = 100000", [1, 2]),
    # JSON's true and false are 1 and 0.
    ("ok = true", [0]),
    ("ok", [0]),
    ("ok = 0", [1]),
    ('ok = "true"', [2]),
    ('@@key = "k"', [3]),
    ("`a-b`.`c.d`.0.e = 7", [3]),
    ("`a-b`.`c.d`[0].e = 7", [3]),
    # A map has no value of its own, only its leaves.
    ("ispresent(`a-b`)", []),
    ("LEVEL = 'ERROR'", []),
    ("toMillis(@timestamp) >= (now() - 1798) * 1000", [2, 3, 4]),
    ('@logStream = "api-1" and @log like "/sre-reference/api"', [0, 1, 2, 3, 4]),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
@pytest.mark.parametrize("command", ["filter", "where", "FILTER"])
def test_a_condition_keeps_the_right_events(
    over: Over, condition: str, expected: list[int], command: str
) -> None:
    result = over(f"fields @timestamp | {command} {condition}", *EVENTS)
    assert [int(row[0][17:19]) for row in result.rows if row[0]][::-1] == expected


def test_without_fields_the_time_and_the_whole_message_are_shown(over: Over) -> None:
    result = over("filter a = 1", {"a": 1}, {"a": 2})
    assert result.columns == ["@timestamp", "@message"]
    assert result.rows == [["2026-11-25 01:00:00.000", '{"a": 1}']]


def test_the_last_display_says_what_is_shown(over: Over) -> None:
    result = over("fields a, b | display a | display b, a + 1", {"a": 1, "b": 2})
    assert (result.columns, result.rows) == (["b", "a + 1"], [["2", "2"]])


def test_display_shows_one_field_of_a_parsed_message(over: Over) -> None:
    query = """fields @message
        | parse @message "[*] *" as loggingType, loggingMessage
        | filter loggingType = "ERROR"
        | display loggingMessage"""
    result = over(query, "[ERROR] it broke\u2028badly", "[INFO] it works", "nothing")
    assert result.rows == [["it broke\u2028badly"]]


def test_a_glob_makes_fields_and_leaves_the_others_without(over: Over) -> None:
    query = """parse @message "user=*, method:*, latency := *" as @user, @method, @latency
        | stats avg(@latency) by @method, @user"""
    result = over(
        query,
        "user=John, method:GET, latency := 20",
        "user=John, method:GET, latency := 40",
        "something else",
    )
    assert result.columns == ["@method", "@user", "avg(@latency)"]
    assert result.rows == [[None, None, None], ["GET", "John", "30"]]


def test_parsed_fields_are_shown_beside_the_message(over: Over) -> None:
    result = over('parse "a=*;" as a', "x a=1; y", "none")
    assert result.columns == ["@timestamp", "@message", "a"]
    assert [row[2] for row in result.rows] == [None, "1"]


def test_a_regular_expression_makes_fields_of_its_named_groups(over: Over) -> None:
    query = "parse @message /(?<NetworkInterface>eni-.*?) / | display NetworkInterface"
    result = over(query, "2 123 eni-0a1b 10.0.0.1", "no interface")
    assert result.rows == [[None], ["eni-0a1b"]]


def test_unnamed_groups_take_the_names_after_as(over: Over) -> None:
    query = r"parse @message /(\w+)=(?<b>\w+) [(](\w+)[)]/ as a, c | display a, b, c"
    assert over(query, "x=1 (y)").rows == [["x", "1", "y"]]


def test_multi_makes_a_row_of_each_match(over: Over) -> None:
    query = r"parse @message /(\d+\.\d+\.\d+\.\d+)/ as ip multi | stats count(*) by ip"
    result = over(query, "10.0.0.1 to 10.0.0.2", "10.0.0.1", "none")
    assert result.rows == [[None, "1"], ["10.0.0.1", "2"], ["10.0.0.2", "1"]]


def test_parse_can_go_on_with_what_it_found(over: Over) -> None:
    query = """parse @message "url=*" as url
        | parse url "/api/*/users/*" as apiVersion, userId | display apiVersion, userId"""
    assert over(query, "url=/api/v1/users/7").rows == [["v1", "7"]]


def test_csv_and_logfmt_are_read(over: Over) -> None:
    csv = over("parse @message csv as a, b, c, d | display a, b, c, d", 'x,"1, ""2""",,')
    assert csv.rows == [["x", '1, "2"', "", ""]]
    logfmt = over(
        'parse @message logfmt as lf | filter lf.level = "error" | display lf.msg, lf.duration',
        r'level=error msg="it \"broke\"" duration=12ms',
        "level=info",
    )
    assert logfmt.rows == [['it "broke"', "12ms"]]


def test_attributes_of_a_parsed_json_have_names(over: Over) -> None:
    message = {"users": [{"action": "Get"}, {"action": "PutData"}], "user.id": "123", "s": 200}
    query = """fields jsonParse(@message) as json_message
        | filter json_message.users[1].action = "PutData" and json_message.`user.id` = "123"
        | stats count() by json_message.s"""
    result = over(query, message, {"s": 404})
    assert (result.columns, result.rows) == (["json_message.s", "count()"], [["200", "1"]])


def test_maps_are_null_to_other_functions_and_equal_to_nothing(over: Over) -> None:
    query = "fields jsonParse(@message) as j | display toupper(j), j = j, j"
    assert over(query, {"a": 1}).rows == [[None, "0", '{"a": 1}']]


def test_unnest_makes_a_row_of_each_element(over: Over) -> None:
    message = {"events": [{"name": "exception"}, {"name": "user action"}]}
    query = """fields jsonParse(@message) as json_message
        | unnest json_message.events into event | display event.name"""
    assert over(query, message).rows == [["exception"], ["user action"]]
    # «Any other types … are treated as a list with one item»
    assert over("unnest a into b | display b", {"a": "x"}).rows == [["x"]]


def test_a_field_of_the_json_with_a_list_can_be_taken_apart(over: Over) -> None:
    query = 'fields jsonArraySize(a.b) as n, jsonArrayContains(a.b, "y") as has, a.b.0 as first'
    assert over(query, {"a": {"b": ["x", "y"]}}).rows == [["2", "1", "x"]]
    assert over("unnest a into b | stats sum(b)", {"a": [1, 2, 3]}).rows == [["6"]]


NATURAL = "!: # *%04 0# 5A 111A 2345_ @ @_ A A9876fghj a12345hfh 0 01 1 2 3".split()  # noqa: SIM905 - as the documentation lists them


def test_sort_orders_texts_and_numbers_as_documented(over: Over) -> None:
    shuffled = sorted(NATURAL)
    result = over("fields a | sort a", *[{"a": value} for value in shuffled])
    assert [row[0] for row in result.rows] == NATURAL
    result = over("fields a | sort a desc", *[{"a": value} for value in shuffled])
    assert [row[0] for row in result.rows] == NATURAL[::-1]


def test_sort_takes_several_keys_and_missing_values_come_first(over: Over) -> None:
    given = [{"a": 2, "b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 2}, {"b": 9}]
    result = over("fields a, b | sort a asc, b desc", *given)
    assert result.rows == [[None, "9"], ["1", "2"], ["1", "1"], ["2", "1"]]
    result = over("fields a, b | sort a desc", *given)
    assert result.rows[-1] == [None, "9"]


def test_the_newest_come_first_and_limit_cuts(over: Over) -> None:
    assert over("fields a | limit 2", {"a": 1}, {"a": 2}, {"a": 3}).rows == [["3"], ["2"]]
    assert over("fields a | limit any 1", {"a": 1}, {"a": 2}).rows == [["2"]]


def test_a_period_can_be_written_out(over: Over) -> None:
    result = over("stats count(*) by bin(1 hour) as a, bin(60mins), bin(1d) as c", "x", "y")
    assert result.rows == [
        ["2026-11-25 01:00:00.000", "2026-11-25 01:00:00.000", "2026-11-25 00:00:00.000", "2"]
    ]


def test_ten_thousand_rows_are_returned_unless_a_limit_says_otherwise(over: Over) -> None:
    many = [{"a": n} for n in range(10_001)]
    result = over("fields a", *many)
    assert (len(result.rows), result.more) == (10_000, True)
    result = over("fields a | limit 20000", *many)
    assert (len(result.rows), result.more) == (10_001, False)


def test_dedup_keeps_the_first_in_order_and_every_missing_one(over: Over) -> None:
    given = [{"server": "a", "n": 1}, {"server": "b", "n": 2}, {"server": "a", "n": 3}]
    query = "fields server, n | sort @timestamp desc | dedup server"
    result = over(query, *given, {"n": 4}, {"n": 5})
    assert result.rows == [[None, "5"], [None, "4"], ["a", "3"], ["b", "2"]]
    result = over("fields server, n | sort n | dedup server | limit 1", *given)
    assert result.rows == [["a", "1"]]


def test_stats_count_by_field_and_period_the_latest_period_first(over: Over) -> None:
    given = [{"queryType": kind} for kind in "A A B".split()] * 40  # noqa: SIM905 - three letters
    result = over("stats count(*) by queryType, bin(1m)", *given)
    assert result.columns == ["queryType", "bin(1m)", "count(*)"]
    assert result.rows == [
        ["A", "2026-11-25 01:01:00.000", "40"],
        ["A", "2026-11-25 01:00:00.000", "40"],
        ["B", "2026-11-25 01:01:00.000", "20"],
        ["B", "2026-11-25 01:00:00.000", "20"],
    ]


def test_every_aggregate_gives_what_its_documentation_says(over: Over) -> None:
    query = """stats count() as n, count(a) as with_a, count_distinct(a) as distinct, sum(a) as sum,
        avg(a) as avg, min(a) as min, max(a) as max, pct(a, 50) as half, median(a) as middle,
        stddev(a) as deviation, earliest(b) as first, latest(b) as last, sortsFirst(b) as least,
        sortsLast(b) as greatest, min(b) as b_min, count_over_time(a) as c, sum_over_time(a) as s"""
    given = [{"a": 4, "b": "m"}, {"a": "10", "b": "z"}, {"a": 4, "b": "a"}, {"b": "n"}]
    result = over(query, *given)
    assert dict(zip(result.columns, result.rows[0], strict=True)) == {
        "n": "4",
        "with_a": "3",
        "distinct": "2",
        "sum": "18",
        "avg": "6",
        "min": "4",
        "max": "10",
        "half": "4",
        "middle": "4",
        "deviation": "3.4641",
        "first": "m",
        "last": "n",
        "least": "a",
        "greatest": "z",
        "b_min": "a",
        "c": "3",
        "s": "18",
    }


def test_a_second_stats_works_on_the_first_ones_result(over: Over) -> None:
    query = """FIELDS strlen(@message) AS message_length
        | STATS sum(message_length) / 10 AS logs BY BIN(1m) as @t
        | STATS max(logs) AS peak, avg(logs) AS mean BY dateceil(@t, 10m)"""
    result = over(query, *["x" * 10] * 90)
    assert result.columns == ["dateceil(@t, 10m)", "peak", "mean"]
    assert result.rows == [
        ["2026-11-25 01:10:00.000", "30", "30"],
        ["2026-11-25 01:00:00.000", "60", "60"],
    ]


def test_what_stats_computed_can_be_named_as_it_was_written(over: Over) -> None:
    given = [{"Operation": "a", "Fault": 1}, {"Operation": "b", "Fault": 2}]
    query = "stats SUM(Fault) as faults by Operation | sort sum( fault ) desc"
    with pytest.raises(QueryError, match="belongs into stats"):
        over(query, *given)
    query = "stats SUM(Fault) as faults by Operation | filter sum(Fault) > 1 | sort faults desc"
    assert over(query, *given).rows == [["b", "2"]]
    query = "stats count(*) by bin(1h) | sort bin(1h) desc | limit 1"
    assert over(query, *given).rows == [["2026-11-25 01:00:00.000", "2"]]


def test_aliases_comments_and_line_breaks_are_where_they_please(over: Over) -> None:
    query = """# What it is about
        fields a as ID # | filter a = 2
        | filter ID = 1   # "quoted" | limit 1
        """
    result = over(query, {"a": 1}, {"a": 2})
    assert (result.columns, result.rows) == (["ID"], [["1"]])


def test_keywords_are_names_where_only_a_name_fits(over: Over) -> None:
    result = over("fields limit, stats, by | sort limit", {"limit": 1, "stats": 2, "by": 3})
    assert result.rows == [["1", "2", "3"]]


def test_a_key_with_a_dot_is_found_like_a_nested_one(over: Over) -> None:
    result = over("fields a.b, `a.b` as c", {"a.b": 1}, {"a": {"b": 2}})
    assert result.rows == [["2", "2"], ["1", "1"]]


def test_lines_that_are_no_json_have_a_message_alone(over: Over) -> None:
    result = over("fields a, @message", '{"a": 1', "[1]", '"a"', "", '  {"a": 2}')
    assert [row[0] for row in result.rows] == ["2", None, None, None, None]
