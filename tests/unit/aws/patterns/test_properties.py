"""What holds for every pattern and every event."""

import json
import re

from hypothesis import assume, given
from hypothesis import strategies as st

from deploy.aws.standin import patterns
from deploy.aws.standin.patterns import Pattern, PatternError, try_pattern

VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)
EVENTS = st.dictionaries(st.sampled_from("abc"), DOCUMENTS, max_size=3).map(json.dumps)
SELECTORS = st.sampled_from(["$.a", "$.b", "$.a.b", "$.a[0]", "$.c[1].a", "$.['b'].c"])
WILD = st.sampled_from(["$.*", "$.a[*]", "$.b.*.c", "$.c[*].a"])
NUMBERS = (st.integers() | st.floats(allow_nan=False, allow_infinity=False)).map(str)
TEXTS = st.text(st.sampled_from('ab*"\\ é'), max_size=4).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
OPERANDS = NUMBERS | TEXTS | st.sampled_from(["a*", "*b", "x", "%a+%", "%^.$%"])
CONDITIONS = (
    st.builds("{} = {}".format, SELECTORS, OPERANDS)
    | st.builds("{} {} {}".format, SELECTORS, st.sampled_from(["<", "<=", ">", ">="]), NUMBERS)
    | st.builds("{} {}".format, SELECTORS, st.sampled_from(["IS NULL", "IS TRUE", "NOT EXISTS"]))
)
# Characters that patterns are made of, so that some get far into the grammar.
LIKE_PATTERNS = st.text(st.sampled_from('{}[]()$.*%"\\=!<>&|,?-+ \t\nabE01é\ud800'), max_size=60)


@given(st.text() | LIKE_PATTERNS, st.text())
def test_any_text_is_a_pattern_or_is_refused_at_a_column(text: str, event: str) -> None:
    pattern = compiled(text)

    if isinstance(pattern, PatternError):
        assert 1 <= pattern.column <= len(text) + 1
        assert "^" in pattern.pointed_out(text)
    else:
        assert pattern.matches(event) in {True, False}
        assert pattern.kind in {"JSON", "space-delimited", "unstructured"}


@given(LIKE_PATTERNS)
def test_any_text_between_percent_signs_is_a_regular_expression_or_is_refused(text: str) -> None:
    pattern = compiled(f"%{text}%")

    if isinstance(pattern, PatternError):
        assert 1 <= pattern.column <= len(text) + 3
    else:
        assert pattern.matches(text) in {True, False}


ATOMS = st.sampled_from(["a", "b", ".", r"\d", "[ab]", "[^a]", r"\S"])
PIECES = st.builds(
    "{}{}".format, ATOMS, st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "{,2}", "{2,}"])
)
BRANCHES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "^"]),
    st.lists(PIECES, min_size=1, max_size=5).map("".join),
    st.sampled_from(["", "$"]),
)


@given(st.lists(BRANCHES, min_size=1, max_size=3), st.text("ab0 \né", max_size=12))
def test_a_regular_expression_finds_what_pythons_finds(branches: list[str], event: str) -> None:
    expression = "|".join(branches)
    python = expression.replace("$", r"\Z").replace("{,", "{0,")

    found = re.search(python, event, re.ASCII | re.DOTALL) is not None
    assert patterns.compile(f"%{expression}%").matches(event) is found


@given(CONDITIONS, CONDITIONS, EVENTS)
def test_and_and_or_are_those_of_logic(left: str, right: str, event: str) -> None:
    one, two = matches(left, event), matches(right, event)

    assert matches(f"{left} && {right}", event) is (one and two)
    assert matches(f"{left} || {right}", event) is (one or two)
    assert matches(f"({left}) && (({right}))", event) is (one and two)


@given(CONDITIONS, CONDITIONS, CONDITIONS, EVENTS)
def test_and_binds_more_tightly_than_or(one: str, two: str, three: str, event: str) -> None:
    # A pattern has two regular expressions at most.
    assume((one + two + three).count("%") <= 4)
    grouped = matches(f"{one} || ({two} && {three})", event)

    assert matches(f"{one} || {two} && {three}", event) is grouped
    assert matches(f"{two} && {three} || {one}", event) is grouped


@given(SELECTORS, OPERANDS, SELECTORS, OPERANDS, EVENTS)
def test_not_equal_is_the_opposite_of_equal_where_there_is_something_to_compare(
    first: str, one: str, second: str, two: str, event: str
) -> None:
    comparable = f"{first} = * && {second} = *"
    equal = f"{first} = {one} && {second} = {two}"
    differs = f"{first} != {one} || {second} != {two}"

    if matches(comparable, event):
        # De Morgan.
        assert matches(equal, event) is not matches(differs, event)
    else:
        assert not matches(equal, event)


@given(WILD, OPERANDS, EVENTS)
def test_a_wildcard_selector_matches_when_one_of_the_selected_does(
    selector: str, operand: str, event: str
) -> None:
    key, *rest = selector.replace("[*]", ".*").removeprefix("$.").split(".")
    found = [json.loads(event)]
    for step in (key, *rest):
        found = [child for one in found for child in children(one, step, selector)]
    alone = [
        patterns.compile(f"{{ $.x = {operand} }}").matches(json.dumps({"x": one})) for one in found
    ]

    assert patterns.compile(f"{{ {selector} = {operand} }}").matches(event) is any(alone)


@given(CONDITIONS, st.text())
def test_a_json_pattern_never_matches_what_is_no_json_object(condition: str, line: str) -> None:
    try:
        document = json.loads(line)
    except ValueError:
        document = None

    if not isinstance(document, dict):
        assert not matches(condition, line)


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1))
def test_words_are_the_fields_of_what_they_are_joined_to(words: list[str]) -> None:
    extracted = patterns.compile("[...]").extracted(" ".join(words))

    assert list(extracted.values()) == words
    assert list(extracted) == [f"${at}" for at in range(1, len(words) + 1)]


@given(st.text(max_size=20), st.text(max_size=50), st.text(max_size=50))
def test_a_quoted_phrase_is_found_wherever_it_stands(phrase: str, before: str, after: str) -> None:
    escaped = phrase.replace("\\", "\\\\").replace('"', '\\"')

    assert patterns.compile(f'"{escaped}"').matches(before + phrase + after)
    assert patterns.compile(f'-"{escaped}"').matches(before) is (phrase not in before)


@given(LIKE_PATTERNS, st.lists(st.text(), max_size=5))
def test_trying_a_pattern_numbers_the_events_that_match(text: str, events: list[str]) -> None:
    pattern = compiled(text)

    if not isinstance(pattern, PatternError):
        numbers = [match["eventNumber"] for match in try_pattern(text, events)]
        assert numbers == [at for at, one in enumerate(events, start=1) if pattern.matches(one)]


def compiled(text: str) -> Pattern | PatternError:
    try:
        return patterns.compile(text)
    except PatternError as refusal:
        return refusal


def matches(condition: str, event: str) -> bool:
    pattern: Pattern = patterns.compile(f"{{ {condition} }}")
    return pattern.matches(event)


def children(document: object, step: str, selector: str) -> list[object]:
    if isinstance(document, dict):
        return (
            list(document.values()) if step == "*" else [document[step]] if step in document else []
        )
    return document if isinstance(document, list) and step == "*" and selector else []
