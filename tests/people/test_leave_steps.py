"""Whoever knows their way leaves the first steps, and may take them up again."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from trialogue.events.models import Event
from trialogue.people.models import Actor, Membership, Refused

pytestmark = pytest.mark.django_db


def membership_of(actor: Actor) -> Membership:
    return Membership.objects.get(person=actor.person, organisation=actor.organisation)


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="member.steps").order_by("pk").values_list("kind", flat=True))


def test_they_are_left_once_and_taken_up_once(cast: Cast) -> None:
    mine = membership_of(cast.clara)
    for _each in range(2):
        mine.leave_steps(by=cast.clara)
    assert membership_of(cast.clara).steps_left_at
    for _each in range(2):
        mine.resume_steps(by=cast.clara)
    assert membership_of(cast.clara).steps_left_at is None
    assert kinds() == ["member.steps_left", "member.steps_resumed"]


def test_nobody_leaves_them_for_another(cast: Cast) -> None:
    for other in (cast.carl, cast.paul, Actor(cast.clara.organisation)):
        with pytest.raises(Refused):
            membership_of(cast.clara).leave_steps(by=other)
    assert kinds() == []


def test_nobody_else_hears_of_it(cast: Cast) -> None:
    membership_of(cast.clara).leave_steps(by=cast.clara)
    told = Event.objects.filter(kind="member.steps_left")
    assert told.visible_to(cast.clara).exists()
    assert not told.visible_to(cast.olga).exists()
    assert not told.visible_to(cast.paul).exists()
