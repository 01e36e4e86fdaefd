"""Laws that hold for whatever is logged and whatever is asked."""

import json
import math
import statistics
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.aws.insights.engine import Engine, Result
from deploy.aws.insights.errors import InsightsError, QueryError
from deploy.aws.insights.source import Event

START = 1_795_568_400_000

# What a log line's field may hold. No lone surrogates: lines are decoded UTF-8.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
values = st.none() | st.booleans() | numbers | text | numbers.map(str)
records = st.lists(st.fixed_dictionaries({}, optional={"a": values, "b": values}), max_size=12)
numeric = st.lists(st.fixed_dictionaries({"n": numbers, "g": st.sampled_from("xyz")}), min_size=1)


def ask(engine: Engine, query: str, given_records: list[dict[str, Any]]) -> Result:
    engine.empty()
    statement = engine.prepare(query)
    engine.load(
        Event(START + 1000 * n, "api-1", json.dumps(record))
        for n, record in enumerate(given_records)
    )
    return engine.run(statement)


@given(found=records, count=st.integers(1, 15))
@settings(deadline=None, max_examples=60)
def test_a_limit_is_the_beginning_of_what_is_there_without_it(
    engine: Engine, found: list[dict[str, Any]], count: int
) -> None:
    whole = ask(engine, "fields @timestamp, a, b | sort a desc, b", found)
    cut = ask(engine, f"fields @timestamp, a, b | sort a desc, b | limit {count}", found)
    assert cut.rows == whole.rows[:count]


@given(found=records)
@settings(deadline=None, max_examples=60)
def test_sorting_loses_nothing_and_descending_is_ascending_backwards(
    engine: Engine, found: list[dict[str, Any]]
) -> None:
    unsorted = ask(engine, "fields @timestamp, a", found)
    up = ask(engine, "fields @timestamp, a | sort a asc, @timestamp asc", found)
    down = ask(engine, "fields @timestamp, a | sort a desc, @timestamp desc", found)
    assert sorted(map(str, up.rows)) == sorted(map(str, unsorted.rows))
    assert up.rows == down.rows[::-1]


@given(found=records)
@settings(deadline=None, max_examples=60)
def test_dedup_leaves_each_value_once_and_every_missing_one(
    engine: Engine, found: list[dict[str, Any]]
) -> None:
    whole = ask(engine, "fields a, b", found)
    once = ask(engine, "fields a, b | dedup a", found)
    present = [row[0] for row in once.rows if row[0] is not None]
    assert len(present) == len(set(present))
    assert set(present) == {row[0] for row in whole.rows} - {None}
    assert sum(row[0] is None for row in once.rows) == sum(row[0] is None for row in whole.rows)


@given(found=numeric)
@settings(deadline=None, max_examples=60)
def test_sums_agree_with_pythons_and_groups_add_up(
    engine: Engine, found: list[dict[str, Any]]
) -> None:
    functions = "count(*), sum(n), avg(n), min(n), max(n)"
    total = ask(engine, f"stats {functions}", found).rows[0]
    numbers_found = [record["n"] for record in found]
    expected = [
        len(found),
        sum(numbers_found),
        statistics.mean(numbers_found),
        min(numbers_found),
        max(numbers_found),
    ]
    for shown, wanted in zip(total, expected, strict=True):
        assert math.isclose(float(shown or "nan"), wanted, rel_tol=1e-6, abs_tol=1e-3)
    groups = ask(engine, "stats count(*) as c, sum(n) as s by g", found).rows
    assert sum(int(row[1] or 0) for row in groups) == len(found)
    assert math.isclose(
        sum(float(row[2] or 0) for row in groups), sum(numbers_found), rel_tol=1e-6, abs_tol=1e-2
    )


@given(found=records, condition=st.sampled_from(["a = b", "a < b", "ispresent(a)", "a like /1/"]))
@settings(deadline=None, max_examples=60)
def test_a_condition_and_its_opposite_and_the_undecided_are_all(
    engine: Engine, found: list[dict[str, Any]], condition: str
) -> None:
    kept = ask(engine, f"filter {condition} | stats count(*)", found).rows[0][0]
    opposite = ask(engine, f"filter not ({condition}) | stats count(*)", found).rows[0][0]
    undecided = f"fields ({condition}) as d | filter not ispresent(d) | stats count(*)"
    neither = ask(engine, undecided, found).rows[0][0]
    assert sum(int(count or 0) for count in (kept, opposite, neither)) == len(found)


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


hostile = text | st.sampled_from(
    ["'; DROP TABLE lines; --", '"; DROP TABLE lines', "$1", "{table}", "\\", "x' OR '1'='1", "/*"]
)


@given(value=hostile, other=hostile)
@settings(deadline=None, max_examples=100)
def test_a_quoted_text_is_only_ever_itself(engine: Engine, value: str, other: str) -> None:
    query = f"""filter a = {quoted(value)} and a in [{quoted(value)}] and a like {quoted(value)}
        | fields concat(a, {quoted(other)}) as c, replace(a, a, {quoted(other)}) as r
        | stats count(*) as n by c"""
    result = ask(engine, query, [{"a": value}, {"a": value + "."}])
    assert result.rows == [[value + other, "1"]]


@given(name=hostile.filter(lambda n: n and "`" not in n), value=numbers)
@settings(deadline=None, max_examples=100)
def test_a_name_in_backticks_is_only_ever_a_name(engine: Engine, name: str, value: float) -> None:
    # A key that begins with @ is shown with another one before it.
    shown = f"@{name}" if name.startswith("@") else name
    query = f"fields `{shown}` as `{shown}` | sort `{shown}` | dedup `{shown}`"
    result = ask(engine, query, [{name: value}])
    assert result.columns == [shown]
    assert float(result.rows[0][0] or "nan") == value


WORDS = """fields filter stats parse sort limit dedup by as and or not in like | , ( ) [ ] = != + -
    * / a b @timestamp count(*) bin(5m) "x" /x/ 5 `q` ; -- # ' $1
    DROP TABLE lines 5m {} \\ %"""
queries = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join) | text


def refusal(engine: Engine, query: str) -> InsightsError | None:
    try:
        ask(engine, query, [{"a": 1, "b": "x"}])
    except InsightsError as error:
        return error
    return None


@given(query=queries)
@settings(deadline=None, max_examples=300)
def test_any_text_is_answered_or_refused_at_a_place_in_it(engine: Engine, query: str) -> None:
    error = refusal(engine, query)
    if error is not None:
        assert isinstance(error, QueryError)
        assert 0 <= error.place.start <= len(query)
        assert error.pointed_out(query).startswith("line ")
    # Whatever was asked: the table is there, and a good question has its answer.
    assert ask(engine, "stats count(*)", [{"a": 1}]).rows == [["1"]]


@given(regex=text)
@settings(deadline=None, max_examples=100)
def test_any_regular_expression_is_used_or_refused(engine: Engine, regex: str) -> None:
    written = regex.replace("\\", "\\\\").replace("/", "\\/")
    error = refusal(engine, f"filter a like /{written}/ | parse a /(?<g>{written})/")
    assert error is None or isinstance(error, QueryError)
