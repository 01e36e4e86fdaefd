"""Segment documents as a tree of spans."""

import json
from typing import Any

import pytest

from deploy.aws.standin.collector.segments import document
from deploy.aws.standin.traces.trace import Trace, trace
from tests.unit.aws.collector.recorded import Recorder, fail, predict
from tests.unit.aws.traces.conftest import CONFIGURATION

ID = "1-6553f100-a006649127e371903a2de979"


def segment(number: int, parent: int | None = None, **more: object) -> dict[str, Any]:
    made = {"id": f"{number:016x}", "name": f"n{number}", "start_time": number, "end_time": 100}
    return made | ({} if parent is None else {"parent_id": f"{parent:016x}"}) | more


def read(*segments: dict[str, Any]) -> Trace:
    return trace(ID, map(json.dumps, segments))


def shape(found: Trace) -> list[tuple[str, int]]:
    return [(one.name, one.depth) for one in found.spans]


def test_a_request_is_told_from_its_first_service_to_its_last() -> None:
    recorder = Recorder()
    predict(recorder, ml=fail)

    found = trace(ID, [document(one, CONFIGURATION).text for one in recorder.batch().spans])

    assert [(one.depth, one.service, one.title, one.peer) for one in found.spans] == [
        (0, "api", "POST /api/v1/predict", ""),
        (1, "api", "POST /v1/models/digits/predict", "ml"),
        (2, "ml", "POST /v1/models/{model}/predict", ""),
        (1, "api", "INSERT predictions", "postgresql"),
    ]
    assert found.name == "api POST /api/v1/predict"
    assert found.services == ["api", "ml"]
    assert found.flag == "fault"
    assert found.seconds == pytest.approx(0.120, abs=1e-6)
    assert [one["type"] for one in found.spans[2].exceptions] == ["ValueError", "KeyError"]
    assert [one["led"] for one in found.spans[2].exceptions] == [False, True]


def test_those_of_one_caller_stand_by_their_start_whatever_order_they_came_in() -> None:
    found = read(segment(3, 1), segment(4, 2), segment(2, 1), segment(1))

    assert shape(found) == [("n1", 0), ("n2", 1), ("n4", 2), ("n3", 1)]


def test_a_span_whose_caller_is_not_there_stands_on_top() -> None:
    assert shape(read(segment(2, 99), segment(1))) == [("n1", 0), ("n2", 0)]


def test_spans_that_call_each_other_in_a_circle_are_told_once() -> None:
    found = read(segment(1), segment(2, 3), segment(3, 2), segment(4, 4))

    assert sorted(name for name, _ in shape(found)) == ["n1", "n2", "n3", "n4"]


def test_a_chain_may_be_as_deep_as_somebody_likes() -> None:
    found = read(segment(0), *(segment(n, n - 1) for n in range(1, 5_000)))

    assert found.spans[-1].depth == 4_999


def test_a_document_that_came_again_replaces_the_first() -> None:
    found = read(segment(1, end_time=5), segment(1, end_time=9))

    assert [one.ended for one in found.spans] == [9]


def test_one_that_runs_still_has_no_length() -> None:
    running = segment(1, in_progress=True)
    del running["end_time"]

    assert read(running).seconds == 0


@pytest.mark.parametrize(
    ("flags", "worst"),
    [
        ((), ""),
        (("error",), "error"),
        (("error", "throttle"), "throttle"),
        (("error", "fault"), "fault"),
    ],
)
def test_the_worst_is_what_a_trace_is_known_by(flags: tuple[str, ...], worst: str) -> None:
    spans = [segment(1), *(segment(n + 2, 1, **{flag: True}) for n, flag in enumerate(flags))]

    assert read(*spans).flag == worst


def test_an_address_that_is_none_is_shown_as_it_is() -> None:
    http = {"request": {"method": "GET", "url": "http://[/x"}}

    assert read(segment(1, http=http)).spans[0].title == "GET http://[/x"


@pytest.mark.parametrize(
    ("more", "peer"),
    [
        ({"http": {"request": {"url": "http://ml:8001/x"}}}, "ml"),
        ({"metadata": {"default": {"db.system.name": "postgresql"}}}, "postgresql"),
        ({"annotations": {"peer.service": "cache"}}, "cache"),
        ({}, ""),
    ],
)
def test_who_was_asked_is_told_by_whatever_names_it(more: dict[str, object], peer: str) -> None:
    call = segment(2, 1, type="subsegment", namespace="remote", **more)

    assert [one.peer for one in read(segment(1), call).spans] == ["", peer]
