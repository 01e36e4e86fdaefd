"""Which traces are kept, when, and what happens where there is no room."""

import random
from collections.abc import Callable

import pytest

from deploy.aws.standin.collector.configuration import Configuration
from deploy.aws.standin.collector.otlp import Received
from deploy.aws.standin.collector.policies import Latency, Policy, Probabilistic, StatusCode
from deploy.aws.standin.collector.sampling import TailSampler, Whereabouts
from tests.unit.aws.collector.recorded import Recorder, fail, predict

NEVER = Probabilistic(0)
ALWAYS = Probabilistic(100)
Value = Callable[..., float]


def sampler(*policies: Policy, num_traces: int = 100, largest_held: int = 2**20) -> TailSampler:
    return TailSampler(Configuration(10, num_traces, policies), largest_held)


def spans(recorder: Recorder) -> list[Received]:
    return recorder.batch().spans


def ids(recorder: Recorder) -> list[bytes]:
    return list(dict.fromkeys(one.span.trace_id for one in spans(recorder)))


def test_a_trace_is_decided_on_when_its_first_span_has_waited() -> None:
    recorder = Recorder()
    predict(recorder)
    first, *others = spans(recorder)
    held = sampler(ALWAYS)

    held.add([first], 100)
    held.add(others, 109)

    assert held.due(109.9) == []
    assert held.whereabouts(first.span.trace_id) is Whereabouts.WAITS
    (kept,) = held.due(110)
    assert len(kept) == 4
    assert held.whereabouts(first.span.trace_id) is Whereabouts.SAMPLED
    assert held.due(200) == []


def test_one_failed_span_anywhere_keeps_the_whole_trace() -> None:
    recorder = Recorder()
    predict(recorder, ml=fail)
    predict(recorder)
    held = sampler(StatusCode(("ERROR",)))

    held.add(spans(recorder), 0)

    (kept,) = held.due(10)
    assert {one.span.trace_id for one in kept} == {ids(recorder)[0]}
    assert len(kept) == 4


@pytest.mark.parametrize(("threshold", "kept"), [(119, 1), (120, 1), (121, 0)])
def test_a_trace_is_as_long_as_from_its_first_start_to_its_last_end(
    threshold: int, kept: int
) -> None:
    recorder = Recorder()
    predict(recorder)
    held = sampler(Latency(threshold))

    held.add(spans(recorder), 0)

    assert len(held.due(10)) == kept


def test_a_part_of_a_millisecond_is_none() -> None:
    recorder = Recorder()
    recorder.span("api", "x", end=999.9)

    assert not Latency(1000).keeps(b"", [one.span for one in spans(recorder)])


def test_a_percentage_is_kept_and_always_the_same() -> None:
    numbers = random.Random(6)  # noqa: S311 - no secret
    some = [numbers.randbytes(16) for _ in range(5_000)]
    policy = Probabilistic(10)

    kept = [one for one in some if policy.keeps(one, [])]

    assert 400 < len(kept) < 600
    assert [one for one in some if policy.keeps(one, [])] == kept
    assert {*kept} <= {one for one in some if Probabilistic(20).keeps(one, [])}


@pytest.mark.parametrize(("percentage", "kept"), [(41.69, False), (41.70, True)])
def test_the_same_traces_are_kept_as_by_the_collector(percentage: float, *, kept: bool) -> None:
    # FNV-1a of the collector's salt and this id is 0x6abb8162b6097489, 41.692 % of all that is.
    trace_id = bytes.fromhex("6553f100a006649127e371903a2de979")

    assert Probabilistic(percentage).keeps(trace_id, []) is kept


def test_spans_that_come_late_follow_the_decision() -> None:
    recorder = Recorder()
    predict(recorder, ml=fail)
    predict(recorder)
    failed, fine = ids(recorder)
    held = sampler(StatusCode(("ERROR",)))
    everything = spans(recorder)
    held.add(everything, 0)
    held.due(10)

    late = held.add(everything, 11)

    assert [{one.span.trace_id for one in group} for group in late] == [{failed}]
    assert held.whereabouts(fine) is Whereabouts.NOT_SAMPLED
    assert held.due(100) == []


def test_where_there_is_no_room_the_longest_waiting_trace_is_forgotten(value: Value) -> None:
    recorder = Recorder()
    for _ in range(3):
        predict(recorder)
    held = sampler(ALWAYS, num_traces=2)
    before = value("standin_trace_decisions_total", decision="forgotten")

    held.add(spans(recorder), 0)

    assert value("standin_trace_decisions_total", decision="forgotten") == before + 1
    first, *others = ids(recorder)
    assert held.whereabouts(first) is Whereabouts.FORGOTTEN
    assert [group[0].span.trace_id for group in held.due(10)] == others


def test_the_room_is_in_bytes_too() -> None:
    recorder = Recorder()
    for _ in range(3):
        recorder.span("api", "x", attributes={"much": "x" * 1_000})
    held = sampler(ALWAYS, largest_held=2_500)

    held.add(spans(recorder), 0)

    assert [group[0].span.trace_id for group in held.due(10)] == ids(recorder)[1:]


def test_one_trace_larger_than_the_room_is_forgotten_and_makes_room() -> None:
    recorder = Recorder()
    recorder.span("api", "x", attributes={"much": "x" * 3_000})
    held = sampler(ALWAYS, largest_held=2_500)

    held.add(spans(recorder), 0)

    assert held.whereabouts(ids(recorder)[0]) is Whereabouts.FORGOTTEN
    other = Recorder()
    other.span("api", "x")
    held.add(spans(other), 1)
    assert len(held.due(11)) == 1


def test_decisions_are_remembered_for_as_many_traces_as_are_held() -> None:
    recorder = Recorder()
    for _ in range(3):
        predict(recorder)
    held = sampler(NEVER, num_traces=2)
    for one in spans(recorder):
        held.add([one], 0)
        held.due(10)

    known = [held.whereabouts(one) for one in ids(recorder)]

    assert known.count(Whereabouts.UNKNOWN) == 1
