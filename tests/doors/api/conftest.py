from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import Cast
from tests.doors.api.callers import Caller
from trialogue.doors.api import rate


@pytest.fixture(autouse=True)
def _rested() -> Iterator[None]:
    """Each test begins with an unspent rate."""
    yield
    rate.PER_KEY.forget()


@pytest.fixture
def clara(cast: Cast) -> Caller:
    return Caller(cast.clara)


@pytest.fixture
def paul(cast: Cast) -> Caller:
    return Caller(cast.paul)


@pytest.fixture
def rita(cast: Cast) -> Caller:
    return Caller(cast.rita)


@pytest.fixture
def olga(cast: Cast) -> Caller:
    return Caller(cast.olga)


@pytest.fixture
def otto(cast: Cast) -> Caller:
    return Caller(cast.otto)


@pytest.fixture
def pia(cast: Cast) -> Caller:
    return Caller(cast.pia)
