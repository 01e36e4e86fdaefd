"""Each fault of the catalogue pages exactly those it must, in time, and says when it is over."""

from collections import Counter

import pytest

from loadtest.catalogue import FAULTS, PAGERDUTY, Fault
from loadtest.endpoints import Endpoints
from loadtest.narrator import Narrator
from loadtest.story import Story
from tests.e2e.conftest import OUTCOMES

# Time to page, divided by the least that the configured intervals allow.
WORST_RATIO = 1.15


@pytest.mark.timeout(480)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_fault_pages_its_receivers_in_time_and_nobody_else(
    fault: Fault, endpoints: Endpoints, request: pytest.FixtureRequest
) -> None:
    # The same as `make chaos-…`. It fails by itself when a promise is broken.
    outcome = Story(fault, endpoints, Narrator()).run()

    request.config.stash[OUTCOMES].append(outcome)
    assert delivered(endpoints, outcome.after) == promised(fault)
    assert outcome.ratio <= WORST_RATIO


def delivered(endpoints: Endpoints, after: int) -> Counter[tuple[str, str, str]]:
    """Return all that the sink accepted, without the story's own reading of it."""
    found = endpoints.get("sink", "/api/v1/deliveries", after=after)["deliveries"]
    return Counter(map(place_and_words, found))


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
    for place in fault.receivers - {PAGERDUTY}:
        expected.update((place, state, fault.alert) for state in ("[FIRING]", "[RESOLVED]"))
    for place in fault.receivers & {PAGERDUTY}:
        words = f"{fault.alert} {fault.severity}"
        expected.update((place, action, words) for action in ("trigger", "resolve"))
    return expected
