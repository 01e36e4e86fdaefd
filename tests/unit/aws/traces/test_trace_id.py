"""Ids of traces, in their two forms."""

import time

import pytest

from deploy.aws.standin.traces.trace_id import TraceId

XRAY = "1-6553f100-a006649127e371903a2de979"
HEX = "6553f100a006649127e371903a2de979"


@pytest.mark.parametrize("text", [XRAY, HEX, XRAY.upper(), HEX.upper()])
def test_either_form_is_the_same_id(text: str) -> None:
    found = TraceId.read(text)

    assert found is not None
    assert (found.xray, found.hex, found.raw) == (XRAY, HEX, bytes.fromhex(HEX))


@pytest.mark.parametrize(
    "text",
    ["", "0" * 32, HEX[1:], HEX + "0", "2" + XRAY[1:], XRAY.replace("-", "_"), "g" * 32]
    + ["٣" * 32, "<script>", f"1-{HEX}", f"{HEX}\n"],
)
def test_anything_else_is_none(text: str) -> None:
    assert TraceId.read(text) is None


def test_x_rays_ids_say_when_they_began() -> None:
    now = int(time.time())

    found = TraceId.read(f"{now:08x}{'a' * 24}")

    assert found is not None
    assert found.started == now


@pytest.mark.parametrize("seconds", [-31 * 24 * 3600, 3600])
def test_a_time_that_x_ray_would_not_take_is_chance(seconds: int) -> None:
    found = TraceId.read(f"{int(time.time()) + seconds:08x}{'a' * 24}")

    assert found is not None
    assert found.started is None
