"""Memberships: who lets in, who sends away, and the admin who stays."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tests.cast import Cast, gather
from tests.together import together
from trialogue.events.models import Event
from trialogue.people.models import Actor, Membership, Organisation, Person, Refused, Role


def membership(actor: Actor) -> Membership:
    return Membership.objects.get(person=actor.person, organisation=actor.organisation)


def test_a_member_who_left_is_none(cast: Cast) -> None:
    membership(cast.carl).end(by=cast.clara)
    assert not Membership.objects.filter(person=cast.carl.person).exists()
    assert Event.objects.filter(kind="member.left", facts__person=cast.carl.by).count() == 1


def test_only_an_admin_of_that_organisation_ends_a_membership(cast: Cast) -> None:
    for someone in (cast.carl, cast.otto, cast.olga, cast.paul):
        with pytest.raises(Refused, match="Only an admin"):
            membership(cast.clara).end(by=someone)


def test_the_last_admin_stays(cast: Cast) -> None:
    with pytest.raises(Refused, match="at least one admin"):
        membership(cast.clara).end(by=cast.clara)
    with pytest.raises(Refused, match="at least one admin"):
        membership(cast.clara).become(Role.MEMBER, by=cast.clara)
    membership(cast.carl).become(Role.ADMIN, by=cast.clara)
    membership(cast.clara).end(by=cast.clara)
    assert membership(cast.carl).role == Role.ADMIN


def test_the_last_admin_is_not_let_in_again_as_a_mere_member(cast: Cast) -> None:
    assert cast.clara.person
    with pytest.raises(Refused, match="at least one admin"):
        cast.clara.organisation.admit(cast.clara.person, Role.MEMBER)
    assert membership(cast.clara).role == Role.ADMIN


def test_ended_twice_is_told_once(cast: Cast) -> None:
    first, second = membership(cast.carl), membership(cast.carl)
    first.end(by=cast.clara)
    second.end(by=cast.clara)
    assert Event.objects.filter(kind="member.left").count() == 1


def test_who_belongs_already_gets_the_new_role_and_one_membership(cast: Cast) -> None:
    assert cast.carl.person
    cast.clara.organisation.admit(cast.carl.person, Role.ADMIN, by=cast.clara)
    assert membership(cast.carl).role == Role.ADMIN


def test_an_unknown_role_is_refused(cast: Cast) -> None:
    assert cast.carl.person
    with pytest.raises(ValidationError):
        membership(cast.carl).become("owner", by=cast.clara)
    with pytest.raises(ValidationError):
        cast.clara.organisation.admit(cast.carl.person, "owner")


def test_a_person_may_belong_to_several_organisations(cast: Cast) -> None:
    assert cast.carl.person
    cast.paul.organisation.admit(cast.carl.person, by=cast.paul)
    assert set(Organisation.objects.of(cast.carl.person)) == {cast.clara.organisation, cast.paul.organisation}
    membership(cast.carl).end(by=cast.clara)
    assert set(Organisation.objects.of(cast.carl.person)) == {cast.paul.organisation}


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_send_each_other_away_at_once_leave_one() -> None:
    cast = gather()
    membership(cast.carl).become(Role.ADMIN, by=cast.clara)
    carl = Actor.of(membership(cast.carl))
    ends = together(
        lambda: membership(cast.carl).end(by=cast.clara),
        lambda: membership(cast.clara).end(by=carl),
    )
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "Refused"]
    assert cast.clara.organisation.memberships.filter(role=Role.ADMIN).count() == 1  # type: ignore[attr-defined]


def test_a_role_that_changed_since_it_was_read_is_not_forgotten(cast: Cast) -> None:
    stale = membership(cast.carl)
    membership(cast.carl).become(Role.ADMIN, by=cast.clara)
    membership(cast.clara).become(Role.MEMBER, by=cast.clara)
    with pytest.raises(Refused, match="at least one admin"):
        stale.end(by=Actor.of(membership(cast.carl)))
    assert (
        Person.objects.filter(memberships__role=Role.ADMIN, memberships__organisation=cast.clara.organisation).count()
        == 1
    )
