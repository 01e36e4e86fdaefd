from collections.abc import Callable
from functools import partial

import pytest

from tests.unit.aws.standin import conftest
from tests.unit.aws.standin.conftest import moto, moto_server

__all__ = ["lose_all", "moto", "moto_server"]


@pytest.fixture
def lose_all(moto: str) -> Callable[[], None]:
    return partial(conftest.lose_all, moto)
