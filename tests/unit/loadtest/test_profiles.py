"""A fault in a part of the stack that isn't there is refused, or left out; both are said."""

import pytest

import loadtest.__main__ as command
from loadtest import containers, profiles
from loadtest.catalogue import BY_NAME, FAULTS
from loadtest.endpoints import Endpoints, StackUnreachableError
from loadtest.narrator import Narrator

GONE = BY_NAME["cloudwatch-gone"]
ADVICE = "cloudwatch-gone needs Compose's profile aws: `make up-aws`"
STACK = Endpoints({}, "", "project")


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the services that have a container, for the test to add to."""
    there = {"api", "ml"}
    monkeypatch.setattr(
        containers, "containers", lambda _, service: ["id"] if service in there else []
    )
    return there


def test_a_fault_without_its_profile_is_refused_with_the_command_that_helps(
    services: set[str],
) -> None:
    with pytest.raises(StackUnreachableError) as refused:
        profiles.require(GONE, STACK)
    assert str(refused.value) == ADVICE

    services.add("moto")
    profiles.require(GONE, STACK)


@pytest.mark.usefixtures("services")
def test_a_fault_of_the_core_stack_needs_no_profile() -> None:
    profiles.require(BY_NAME["database-stopped"], STACK)


def test_a_drill_of_all_leaves_it_out_and_says_so(
    services: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = command.possible(STACK, Narrator())

    assert set(FAULTS) - set(found) == {GONE}
    assert f"skipped: {ADVICE}" in capsys.readouterr().out

    services.add("moto")
    assert command.possible(STACK, Narrator()) == list(FAULTS)
    assert capsys.readouterr().out == ""


def test_without_docker_the_fault_itself_says_what_it_needs() -> None:
    assert not profiles.lacks(GONE, Endpoints({}, ""))
