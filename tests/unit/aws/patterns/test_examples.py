from itertools import combinations

import pytest

from deploy.aws.standin import patterns
from deploy.aws.standin.patterns import try_pattern
from tests.unit.aws.patterns.examples import (
    APACHE,
    EXAMPLES,
    IMAGE,
    PROPERTIES,
    TRAIL,
    UNSTRUCTURED,
    Example,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.section} {one.pattern}")
def test_an_example_of_the_documentation_matches_what_it_says(example: Example) -> None:
    pattern = patterns.compile(example.pattern)
    events = (*example.matching, *example.other)

    assert [event for event in events if pattern.matches(event)] == list(example.matching)


@pytest.mark.parametrize("example", PROPERTIES, ids=lambda one: one.pattern)
def test_a_json_pattern_matches_no_event_that_is_no_json(example: Example) -> None:
    pattern = patterns.compile(example.pattern)
    lines = [event for one in UNSTRUCTURED for event in (*one.matching, *one.other)]

    assert not any(pattern.matches(line) for line in lines)
    assert not any(pattern.matches(f"[{event}]") for event in example.matching)
    assert not any(pattern.matches(f"api | {event}") for event in example.matching)


def test_conditions_joined_match_as_each_does_alone() -> None:
    for one, two in combinations(PROPERTIES, 2):
        left, right = (example.pattern.strip("{} ") for example in (one, two))
        if (left + right).count("%") > 4 or "&&" in left + right or "||" in left + right:
            continue
        for event in (*one.matching, *one.other, *two.matching):
            alone = [patterns.compile(f"{{ {part} }}").matches(event) for part in (left, right)]
            assert patterns.compile(f"{{ {left} && {right} }}").matches(event) is all(alone)
            assert patterns.compile(f"{{ {left} || {right} }}").matches(event) is any(alone)


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html,
# its edition of 2021, and the one of 2018 for what has no name.
NAMED = {
    "$bytes": "1534",
    "$status_code": "404",
    "$request": "GET /index.html HTTP/1.0",
    "$timestamp": "10/Oct/2000:13:25:15 -0700",
    "$username": "frank",
    "$user": "Prod",
    "$ip": "127.0.0.1",
}
UNNAMED = {
    "$status_code": "404",
    "$request": "GET /index.html HTTP/1.0",
    "$7": "1534",
    "$4": "10/Oct/2000:13:25:15 -0700",
    "$3": "frank",
    "$2": "Prod",
    "$1": "127.0.0.1",
}


@pytest.mark.parametrize(
    ("pattern", "fields"),
    [
        ("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", NAMED),
        ("[..., request=*.html*, status_code=4*,]", UNNAMED),
        ("[]", {f"${at}": text for at, text in enumerate(reversed(NAMED.values()), start=1)}),
        ("[ip, rest]", {"$ip": "127.0.0.1", "$rest": APACHE.removeprefix("127.0.0.1 ")}),
    ],
)
def test_the_fields_of_a_space_delimited_event_are_extracted(
    pattern: str, fields: dict[str, str]
) -> None:
    assert patterns.compile(pattern).extracted(APACHE) == fields


def test_trying_a_pattern_answers_as_test_metric_filter_does() -> None:
    tried = try_pattern("[..., size > 1000]", ["short", IMAGE, APACHE[:-4] + "12"])

    assert [(match["eventNumber"], match["eventMessage"]) for match in tried] == [(2, IMAGE)]
    assert tried[0]["extractedValues"]["$size"] == "1534"
    assert try_pattern('{ $.eventType = "*" }', [TRAIL]) == [
        {"eventNumber": 1, "eventMessage": TRAIL, "extractedValues": {}}
    ]


@pytest.mark.parametrize(
    ("pattern", "event", "selector", "value"),
    [
        ("{ $.latency = * }", '{"latency": 50, "requestType": "GET"}', "$.latency", "50"),
        ("{ $.latency = * }", '{"latency": 1.50}', "$.latency", "1.50"),
        ('{ $.eventType = "*" }', TRAIL, "$.eventType", "UpdateTrail"),
        ('{ $.eventType = "*" }', TRAIL, "$.objectList[1].id", "2"),
        ('{ $.eventType = "*" }', TRAIL, "$.['cluster.name']", "c"),
        ('{ $.eventType = "*" }', TRAIL, "$.missing", None),
        ('{ $.eventType = "*" }', TRAIL, "$.objectList", None),
        ('{ $.eventType = "*" }', TRAIL, "$.SomeObject", None),
        ('{ $.eventType = "*" }', TRAIL, "$.ThisFlag", None),
        ('{ $.eventType = "*" }', TRAIL, "$.arrayKey[*]", None),
        ('{ $.eventType = "*" }', TRAIL, "$eventType", None),
        ('{ $.eventType = "*" }', "no JSON", "$.eventType", None),
        ("[ip, ..., bytes]", APACHE, "$bytes", "1534"),
        ("[ip, ..., bytes]", APACHE, "$2", "Prod"),
        ("[ip, ..., bytes]", APACHE, "$size", None),
        ("[ip, ..., bytes]", "short", "$bytes", None),
        ("ERROR", TRAIL, "$.eventType", None),
    ],
)
def test_a_selector_finds_the_value_in_an_event(
    pattern: str, event: str, selector: str, value: str | None
) -> None:
    assert patterns.compile(pattern).value(event, selector) == value
