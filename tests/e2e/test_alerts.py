"""Each fault of the catalogue pages exactly those it must, in time, and says when it is over."""

from collections import Counter

import pytest

from loadtest.catalogue import FAULTS
from loadtest.drill import Drill
from loadtest.endpoints import Endpoints
from loadtest.faults import PAGERDUTY, Fault
from loadtest.narrator import Narrator
from loadtest.story import Story
from tests.e2e.conftest import OUTCOMES

# Time to page, divided by the least that the configured intervals allow.
WORST_RATIO = 1.15
# All others are `make drill`'s: the same path with another alert, or hours of real time.
PROVEN = [fault for fault in FAULTS if fault.proven]


@pytest.mark.timeout(480)
@pytest.mark.parametrize("fault", PROVEN, ids=lambda fault: fault.name)
def test_the_fault_pages_its_receivers_in_time_and_nobody_else(
    fault: Fault, endpoints: Endpoints, request: pytest.FixtureRequest
) -> None:
    # No fault finds in a window what an earlier one left.
    Drill(endpoints, Narrator(), fresh=True).prepare(fault)
    # The same as `make chaos-…`. It fails by itself when a promise is broken.
    outcome = Story(fault, endpoints, Narrator()).run()

    request.config.stash[OUTCOMES].append(outcome)
    assert without(fault, delivered(endpoints, outcome.after)) == promised(fault)
    for told, promise in zip(outcome.told, fault.promises, strict=True):
        # Who could not be told was told when it was over, or the story would have failed.
        if promise.receivers - promise.late:
            assert told.ratio <= WORST_RATIO, told.alert


def delivered(endpoints: Endpoints, after: int) -> Counter[tuple[str, str, str]]:
    """Return all that the sink accepted, without the story's own reading of it."""
    found = endpoints.get("sink", "/api/v1/deliveries", after=after)["deliveries"]
    return Counter(map(place_and_words, found))


def without(fault: Fault, found: Counter[tuple[str, str, str]]) -> Counter[tuple[str, str, str]]:
    """Return what was delivered but for the tickets that may follow."""
    return Counter({key: n for key, n in found.items() if key[2] not in fault.aftermath})


def place_and_words(one: dict[str, object]) -> tuple[str, str, str]:
    payload = one["payload"]
    assert isinstance(payload, dict)
    if one["via"] == PAGERDUTY:
        details = payload["payload"]["custom_details"]
        return PAGERDUTY, str(one["action"]), f"{details['alertname']} {details['severity']}"
    state, alert = payload["attachments"][0]["title"].split(":")[0].split()
    return str(one["channel"]), state, alert


def promised(fault: Fault) -> Counter[tuple[str, str, str]]:
    expected: Counter[tuple[str, str, str]] = Counter()
    for promise in fault.promises:
        states = ("[FIRING]", "[RESOLVED]")
        for place in promise.receivers - {PAGERDUTY}:
            expected.update((place, state, promise.alert) for state in states)
        if PAGERDUTY in promise.receivers:
            words = f"{promise.alert} {promise.severity}"
            expected.update((PAGERDUTY, action, words) for action in ("trigger", "resolve"))
    return expected
