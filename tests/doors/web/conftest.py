from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """Two hours after the cast begins: what they started at noon is running."""
    with time_machine.travel(MONDAY + timedelta(hours=2), tick=False) as traveller:
        yield traveller


@pytest.fixture
def clara(cast: Cast, monday: object) -> Visitor:
    return Visitor(cast.clara)


@pytest.fixture
def carl(cast: Cast, monday: object) -> Visitor:
    return Visitor(cast.carl)


@pytest.fixture
def paul(cast: Cast, monday: object) -> Visitor:
    return Visitor(cast.paul)


@pytest.fixture
def petra(cast: Cast, monday: object) -> Visitor:
    return Visitor(cast.petra)


@pytest.fixture
def rita(cast: Cast, monday: object) -> Visitor:
    return Visitor(cast.rita)


@pytest.fixture
def olga(cast: Cast, monday: object) -> Visitor:
    return Visitor(cast.olga)


@pytest.fixture
def otto(cast: Cast, monday: object) -> Visitor:
    return Visitor(cast.otto)


@pytest.fixture
def pia(cast: Cast, monday: object) -> Visitor:
    return Visitor(cast.pia)


@pytest.fixture
def nobody(db: None) -> Visitor:
    return Visitor()
