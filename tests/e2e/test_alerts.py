"""Each fault of the catalogue pages exactly those it must, in time, and says when it is over."""

import pytest

from loadtest.catalogue import FAULTS, Fault
from loadtest.endpoints import Endpoints
from loadtest.story import Story
from tests.e2e.conftest import OUTCOMES

# Time to page, divided by the least that the configured intervals allow.
WORST_RATIO = 1.15


@pytest.mark.timeout(420)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_fault_pages_its_receivers_in_time_and_nobody_else(
    fault: Fault, endpoints: Endpoints, request: pytest.FixtureRequest
) -> None:
    # The story itself fails on a late page, on a missing one, and on any other.
    outcome = Story(fault, endpoints, print).run()

    request.config.stash[OUTCOMES].append(outcome)
    assert {event for event in outcome.events if event.startswith("paged ")} == {
        f"paged {place}" for place in fault.receivers
    }
    assert {event for event in outcome.events if event.startswith("resolved ")} == {
        f"resolved {place}" for place in fault.receivers
    }
    assert outcome.extras == []
    assert outcome.ratio <= WORST_RATIO
