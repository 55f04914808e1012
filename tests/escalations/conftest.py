"""Somebody else at the operator, who can be a deputy."""

from __future__ import annotations

import pytest

from tests.cast import MONDAY, PASSWORD, Cast
from trialogue.people.models import Actor, Person, Role


@pytest.fixture
def oscar(cast: Cast) -> Actor:
    person = Person.objects.create_user("oscar@trialogue.example", PASSWORD, name="Oscar Berg")
    return Actor.of(cast.olga.organisation.admit(person, Role.MEMBER, at=MONDAY))
