"""What no example shows: the events that nobody meant to log."""

import time

import pytest

from deploy.aws.standin import patterns
from deploy.aws.standin.patterns import Event

LARGEST = 1024 * 1024
ANY = '{ $.level = "*" || $.level NOT EXISTS || $.level != "x" }'


@pytest.mark.parametrize(
    "event",
    [
        "",
        "{",
        "{}}",
        '{"a": NaN}',
        '{"a": -Infinity}',
        "[1]",
        '"{}"',
        "5",
        "null",
        '{"a": 1} {"a": 1}',
        '{"a": "\n"}',
        "\ufeff{}",
        "{'a': 1}",
    ],
)
def test_what_is_no_json_object_matches_no_json_pattern(event: str) -> None:
    assert not patterns.compile(ANY).matches(event)


@pytest.mark.parametrize(
    ("event", "pattern", "matches"),
    [
        ('{"a": 1e400}', "{ $.a > 1e300 }", True),
        ('{"a": -1e400}', "{ $.a < 0 }", True),
        ('{"a": 123456789012345678}', "{ $.a = 123456789012345678 }", True),
        ('{"a": 123456789012345679}', "{ $.a = 123456789012345678 }", False),
        (f'{{"a": {"9" * 5000}}}', "{ $.a > 1e300 }", True),
        (f'{{"a": {"9" * 5000}}}', "{ $.a = 9* }", True),
        (f'{{"a": 1, "b": {"9" * 5000}}}', "{ $.a = 1 }", True),
        ('{"a": 0.1}', "{ $.a = 0.1 }", True),
        ('{"a": 1.0}', "{ $.a = 1 }", True),
        ('{"a": 1.0}', '{ $.a = "1" }', False),
        ('{"a": 1}', '{ $.a = "1" }', True),
        ('{"a": "1"}', "{ $.a = 1 }", True),
        ('{"a": "1.0"}', "{ $.a = 1 }", False),
        ('{"a": "1000"}', "{ $.a = 1e3 }", False),
        ('{"a": "5"}', "{ $.a > 1 }", False),
        ('{"a": true}', "{ $.a = true }", False),
        ('{"a": "true"}', "{ $.a = true }", True),
        ('{"a": true}', "{ $.a = 1 }", False),
        ('{"a": true}', "{ $.a > 0 }", False),
        ('{"a": null}', "{ $.a != 1 }", False),
        ('{"a": {}}', "{ $.a NOT EXISTS }", False),
        ('{"a": null}', "{ $.a.b NOT EXISTS }", True),
        ('{"a": ""}', '{ $.a = "" }', True),
        ('{"a": ""}', "{ $.a = * }", True),
        ('{"a": "a?b"}', '{ $.a = "a?b" }', True),
        ('{"a": "axb"}', '{ $.a = "a?b" }', False),
        ('{"a": "*"}', '{ $.a = "**" }', True),
        ('{"a": "say \\"hi\\""}', '{ $.a = "say \\"hi\\"" }', True),
        ('{"a": "\\\\"}', '{ $.a = "\\\\" }', True),
        ('{"a": 1, "a": 2}', "{ $.a = 2 }", True),
        ('{"a": 1, "a": 2}', "{ $.a = 1 }", False),
        ('{"a": "エラー"}', '{ $.a = "エラ*" }', True),
        ('{"a": "caf\ufffd"}', '{ $.a = "caf*" }', True),
        ('{"a": "\\ud800"}', '{ $.a = "*" }', True),
        ('{"a": [1, 2]}', "{ $.a[*] != 1 }", True),
        ('{"a": [1, 1]}', "{ $.a[*] != 1 }", False),
        ('{"a": [[1]]}', "{ $.a[0][0] = 1 }", True),
        ('{"a": {"0": 1}}', "{ $.a[0] = 1 }", False),
        ('{"a": [1]}', "{ $.a.0 = 1 }", False),
        ('{"a": [1]}', f"{{ $.a[{'9' * 20}] = 1 }}", False),
        ('{"a-b_c": 1}', "{ $.a-b_c = 1 }", True),
        ('{"a": {"b.c": {"d": 1}}}', "{ $.a.['b.c'].d = 1 }", True),
    ],
)
def test_values_that_are_easily_confused(event: str, pattern: str, *, matches: bool) -> None:
    assert patterns.compile(pattern).matches(event) is matches


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("a b", ["a", "b"]),
        ("  a\tb\r\n", ["a", "b"]),
        ('"a b" [c d]', ["a b", "c d"]),
        ('"" []', ["", ""]),
        ('"a b"c d', ['"a', 'b"c', "d"]),
        ('x"a b"', ['x"a', 'b"']),
        ("[a b", ["[a", "b"]),
        ('"a [b c]', ['"a', "b c"]),
        ("a\u00a0b", ["a\u00a0b"]),
        (" ", []),
    ],
)
def test_fields_are_what_white_space_brackets_and_quotes_make_of_an_event(
    event: str, fields: list[str]
) -> None:
    assert list(patterns.compile("[]").extracted(event).values()) == fields
    assert patterns.compile("[]").matches(event) is bool(fields)


@pytest.mark.parametrize(
    ("event", "pattern", "matches"),
    [
        ("GET 200.0", "[method, status=200]", True),
        ("GET 2e2", "[method, status=200]", False),
        ("GET 0x10", "[method, status>0]", False),
        ("GET -", "[method, status!=200]", True),
        ("GET -", "[method, status<200]", False),
        ("GET nan", "[method, status!=200]", True),
        ("GET inf", "[method, status>200]", False),
        ('GET "200"', "[method, status=200]", True),
        ("GET 200 more", "[method, status=200]", False),
        ("GET 200 more", '[method, status="200 more"]', True),
    ],
)
def test_a_field_is_a_number_when_it_is_written_as_one(
    event: str, pattern: str, *, matches: bool
) -> None:
    assert patterns.compile(pattern).matches(event) is matches


@pytest.mark.parametrize("levels", [100, 10_000, 300_000])
def test_deep_nesting_is_no_error(levels: int) -> None:
    deep = '{"level": "x", "a": ' + "[" * levels + "]" * levels + "}"

    assert patterns.compile('{ $.level = "x" }').matches(deep) is (levels < 1000)
    assert patterns.compile("level").matches(deep)


REST = "[..., level = x*]"
PATTERNS = [
    ANY,
    REST,
    "{ $.* = %x+y% }",
    "[a, ..., b=%y%]",
    "?ERROR ?WARN",
    "%.*ERROR.*timeout%",
    "%[a-z]+[0-9]+[a-z]+%",
    r"%\d{1,3}\.\d{1,3}$%",
]
# Events, and which of the patterns they match.
HUGE = {
    "one string": ('{"level": "' + "x" * LARGEST + '"}', ANY),
    "many keys": ("{" + ", ".join(f'"k{at}": {at}' for at in range(70_000)) + "}", ANY),
    "no end": ('{"level": "' + "x" * LARGEST, None),
    "many words": ("x " * (LARGEST // 2), REST),
    "brackets that open": ("[ " * (LARGEST // 2), None),
    "brackets that close nothing": ("[a " * (LARGEST // 3) + "]x", None),
    "quotes that close nothing": ('"a ' * (LARGEST // 3), None),
}


@pytest.mark.parametrize(("text", "matched"), HUGE.values(), ids=HUGE)
def test_an_event_of_1_mb_takes_no_longer_than_a_moment(text: str, matched: str | None) -> None:
    compiled = [patterns.compile(pattern) for pattern in PATTERNS]
    event = Event(text)
    started = time.process_time()

    assert [one.text for one in compiled if one.matches(event)] == [matched] * bool(matched)
    # What is quadratic takes minutes.
    assert time.process_time() - started < 10
