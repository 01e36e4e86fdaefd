"""PromQL expressions made up by Hypothesis, and what tests look at in them."""

import json
from datetime import timedelta

import promql_parser
from hypothesis import strategies as st

MILLISECONDS_A_YEAR = 365 * 24 * 3600 * 1000

# From a thousand seconds up: whatever the factor in these tests, a millisecond and more is left.
lengths = st.integers(1_000_000, MILLISECONDS_A_YEAR).map(lambda n: timedelta(milliseconds=n))
durations = lengths.map(promql_parser.display_duration)
factors = st.sampled_from(["1", "2", "7", "20", "60", "0.5", "2.5", "333"])

# What a careless rewriting would change.
traps = st.sampled_from(
    ["5m", "[5m]", " offset 1h", "] offset 1h", "[1h:5m] @ 3", 'a"[2h]"', "\\5m"]
)
values = (st.text(max_size=8).filter(lambda text: "\0" not in text) | traps).map(
    lambda text: json.dumps(text, ensure_ascii=False)
)
names = st.sampled_from(["up", "http_requests_total", "m5m", "h:offset:1h"])
matchers = st.tuples(st.sampled_from(["job", "le", "d5m"]), st.sampled_from(["=", "!="]), values)
selectors = st.builds(
    lambda name, found: name + "{" + ",".join("".join(one) for one in found) + "}",
    names,
    st.lists(matchers, max_size=3),
)
moments = st.sampled_from(["", " @ start()", " @ end()", " @ 1609746000.123"])
offsets = st.just("") | st.tuples(st.sampled_from(["", "-"]), durations).map(
    lambda found: f" offset {found[0]}{found[1]}"
)


def wider(vectors: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Build bigger vector expressions from smaller ones."""
    return st.one_of(
        st.builds("sum by (job, le) ({})".format, vectors),
        st.builds("topk(3, {})".format, vectors),
        st.builds("histogram_quantile(0.99, {})".format, vectors),
        st.builds('label_replace({}, "a", {}, "b", {})'.format, vectors, values, values),
        st.builds("count_values({}, {})".format, st.just('"5m"'), vectors),
        st.builds("({}) > bool 0.5".format, vectors),
        st.builds("-({})".format, vectors),
        st.builds("({}) / on (job) group_left (le) ({})".format, vectors, vectors),
        st.builds("({}) unless on () ({}) or ({})".format, vectors, vectors, vectors),
        st.builds(
            "max_over_time(({})[{}:{}]{}{})".format,
            vectors,
            durations,
            st.just("") | durations,
            moments,
            offsets,
        ),
    )


expressions = st.recursive(
    st.builds("{}{}{}".format, selectors, moments, offsets)
    | st.builds("rate({}[{}]{}{})".format, selectors, durations, moments, offsets),
    wider,
    max_leaves=5,
)


def lengths_in(expression: str) -> list[timedelta]:
    """Return every range, step and offset of an expression, in the order of the tree."""
    found: list[timedelta] = []

    def note(node: object) -> None:
        if isinstance(node, promql_parser.MatrixSelector):
            found.append(node.range)
        elif isinstance(node, promql_parser.SubqueryExpr):
            found.extend(filter(None, (node.range, node.step, node.offset)))
        elif isinstance(node, promql_parser.VectorSelector) and node.offset:
            found.append(node.offset)

    promql_parser.walk(promql_parser.parse(expression), pre_visit=note)
    return found


def strings_in(expression: str) -> list[str]:
    """Return every label value and string of an expression, sorted: matchers have no order."""
    found: list[str] = []

    def note(node: object) -> None:
        if isinstance(node, promql_parser.StringLiteral):
            found.append(node.val)
        elif isinstance(node, promql_parser.VectorSelector):
            found.extend(matcher.value for matcher in node.matchers.matchers)

    promql_parser.walk(promql_parser.parse(expression), pre_visit=note)
    return sorted(found)


def canonical(expression: str) -> str:
    """Return the one text of all expressions with the same syntax tree."""
    return promql_parser.parse(expression).prettify()
