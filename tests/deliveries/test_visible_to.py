"""Who sees how notices fared: both sides of the case, and whoever oversees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import Cast
from trialogue.deliveries.models import Delivery


@pytest.mark.parametrize(
    ("name", "count"), [("clara", 4), ("carl", 4), ("paul", 4), ("olga", 4), ("otto", 0), ("pia", 0), ("rita", 0)]
)
def test_who_sees_the_notices_of_a_case(cast: Cast, name: str, count: int) -> None:
    cast.released()
    assert Delivery.objects.visible_to(getattr(cast, name)).count() == count
    assert not Delivery.objects.visible_to(replace(getattr(cast, name), environment="test")).exists()
