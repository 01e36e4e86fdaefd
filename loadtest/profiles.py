"""Faults in parts of the stack that are not always there: those of a Compose profile."""

from loadtest import containers
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.faults import Fault
from loadtest.injections import Stopped


def lacks(fault: Fault, endpoints: Endpoints) -> bool:
    """Tell whether the stack runs without the profile that a fault needs."""
    # Without Docker it can't be known, and the fault itself says what it needs that for.
    if not fault.profile or not endpoints.project:
        return False
    broken = [way.service for way in fault.ways if isinstance(way, Stopped)]
    return not all(containers.containers(endpoints.project, service) for service in broken)


def advice(fault: Fault) -> str:
    """Return what is missing and how to get it."""
    return f"{fault.name} needs Compose's profile {fault.profile}: `make up-{fault.profile}`"


def require(fault: Fault, endpoints: Endpoints) -> None:
    """Raise StackUnreachableError, with what to do, where the fault's profile is missing."""
    if lacks(fault, endpoints):
        raise StackUnreachableError(advice(fault))
