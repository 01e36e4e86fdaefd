import pytest

from deploy.aws.standin import patterns
from deploy.aws.standin.patterns import LONGEST, PatternError

REFUSED = [
    # The documentation itself says that these are not supported.
    ("{ $.a IS NOT NULL }", 10, "NULL, TRUE or FALSE"),
    ("{ $.a EXISTS }", 7, "NOT EXISTS"),
    ("%something!%", 11, r"\x21 matches it"),
    ("%(ERROR|WARN)%", 2, r"\x28 matches it"),
    ("%café%", 5, "a letter, a digit"),
    ("{ $.items[*].* = 1 }", 3, "one * a selector"),
    (
        "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }",
        45,
        "3 selectors with * a pattern",
    ),
    ("{ $.a = %b% || $.a = %c% || $.a = %d% }", 35, "2 regular expressions a pattern"),
    ("[a=%b%, c=%d%, e=%f%]", 18, "2 regular expressions a pattern"),
    ("ERR-OR", 4, "goes in double quotes"),
    ("{ $.region = us-east-1 }", 16, "goes in double quotes"),
    # Unstructured.
    ("ERROR & WARN", 7, "a word of letters"),
    ("*", 1, "a word of letters"),
    ("-", 2, "a word of letters"),
    ('say "hello', 5, "the closing one is missing"),
    ("%ERROR", 1, "the closing one is missing"),
    ("%a% ERROR", 5, "the end of the pattern"),
    ("ERROR %a%", 7, "a word of letters"),
    ("%%", 2, "a regular expression stands between"),
    ("エラー", 1, "a word of letters"),
    # Regular expressions.
    ("%a**%", 4, "a letter, a digit"),
    ("%+%", 2, "a letter, a digit"),
    ("%a|%", 4, "a letter, a digit"),
    ("%a{,}%", 3, "a repetition"),
    ("%a{5,3}%", 3, "m is the smaller"),
    ("%a{0,1001}%", 2, "at most 1000 characters"),
    ("%[z-a]%", 2, "range z-a"),
    ("%[\\d-z]%", 2, "range \\d-z"),
    ("%[abc%", 2, "a letter, a digit"),
    ("%\\b%", 2, "a letter, a digit"),
    ("%\\xFF%", 2, "a letter, a digit"),
    # JSON.
    ("{}", 2, "a property such as $.level"),
    ("{ a = 1 }", 3, "a property such as $.level"),
    ("{ $.a }", 7, "one of = != < <= > >="),
    ("{ $.a == 1 }", 8, "a number or a word"),
    ("{ $.a = }", 9, "a number or a word"),
    ("{ $.a = null }", 7, "IS NULL"),
    ("{ $.a = 1", 10, "}"),
    ("{ $.a = 1 } x", 13, "the end of the pattern"),
    ("{ $.a = 1 && }", 14, "a property such as $.level"),
    ("{ ($.a = 1 }", 12, ")"),
    ("{ !($.a = 1) }", 3, "a property such as $.level"),
    ("{ $.a > 0 AND $.a < 2 }", 11, "&&, || or }"),
    ('{ $.a > "5" }', 9, "compares with a number"),
    ("{ $.a > x }", 9, "compares with a number"),
    ("{ $.a > %5% }", 9, "compares with a number"),
    ("{ $.a = -x }", 9, "put text with + or - in quotes"),
    ('{ $.a = "x }', 9, "the closing one is missing"),
    ("{ $..a = 1 }", 3, "a property such as $.level"),
    ("{ $.a[-1] = 1 }", 6, "one of = != < <= > >="),
    ("{ $.a[0:2] = 1 }", 6, "one of = != < <= > >="),
    ('{ "v": [1] }', 3, "a property such as $.level"),
    # Space-delimited.
    ("[a, b", 6, "]"),
    ("[a b]", 4, "a comma"),
    ("[a = ]", 6, "a number or a word"),
    ("[a] b", 5, "the end of the pattern"),
    ("[..., a, ...]", 10, "... stands here once more"),
    ("[word, word]", 8, "word stands here once more"),
    ("[word=a, x, word]", 13, "word stands here once more"),
    ("[a=1 ||]", 8, "a field's name"),
    ("[w1=!ERROR, w2]", 5, "a number or a word"),
    # An edition of 2018 has this as an example: a condition on a field that stands elsewhere.
    ("[ip, status_code = 4* && bytes > 1000]", 26, "only status_code"),
]


@pytest.mark.parametrize(("pattern", "column", "says"), REFUSED)
def test_a_pattern_is_refused_where_it_is_wrong(pattern: str, column: int, says: str) -> None:
    with pytest.raises(PatternError) as refusal:
        patterns.compile(pattern)

    assert refusal.value.column == column
    assert says in str(refusal.value)


def test_a_refusal_points_at_the_column() -> None:
    pattern = "{ $.level = ERROR &&\n  $.region = us-east-1 }"

    with pytest.raises(PatternError) as refusal:
        patterns.compile(pattern)

    message, line, caret = refusal.value.pointed_out(pattern).splitlines()
    assert message.startswith("column 37: '-'")
    assert line[caret.index("^") :] == "-east-1 }"


def test_a_pattern_has_1024_characters_at_most() -> None:
    longest = "{ $.a = 1" + " " * (LONGEST - 11) + " }"

    assert patterns.compile(longest).matches('{"a": 1}')
    with pytest.raises(PatternError, match="at most 1024"):
        patterns.compile(longest + " ")
