"""An invitation: for one address, once, for a week, from an admin."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from tests.cast import Cast, gather
from tests.together import together
from trialogue.events.models import Event
from trialogue.people.models import Invitation, Membership, Person, Refused, Role


def newt(email: str = "newt@nordlys.example") -> Person:
    return Person.objects.create_user(email, "pw", name="Newt Neuling")


def test_an_accepted_invitation_makes_a_member_of_that_role(cast: Cast) -> None:
    invitation, _secret = cast.clara.organisation.invite("Newt@Nordlys.example ", Role.ADMIN, by=cast.clara)
    membership = invitation.accept(newt())
    assert (membership.organisation, membership.role) == (cast.clara.organisation, Role.ADMIN)


def test_it_is_found_by_its_secret_which_is_not_kept(cast: Cast) -> None:
    invitation, secret = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    assert Invitation.objects.by_secret(secret) == invitation
    assert Invitation.objects.by_secret(secret + "x") is None
    assert Invitation.objects.by_secret("") is None
    assert secret not in str(Invitation.objects.filter(pk=invitation.pk).values())


def test_only_an_admin_of_that_organisation_invites(cast: Cast) -> None:
    for someone in (cast.carl, cast.paul, cast.otto, cast.olga, cast.rita, replace(cast.clara, role=Role.MEMBER)):
        with pytest.raises(Refused, match="Only an admin of Nordlys"):
            cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=someone)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    "email", ["", "newt", "newt@", "newt@nordlys.example\r\nBcc: a@b.c", "\x00@b.de", "a\ud800@b.de"]
)
def test_what_is_no_address_is_refused(cast: Cast, email: str) -> None:
    with pytest.raises(ValidationError) as refused:
        cast.clara.organisation.invite(email, Role.MEMBER, by=cast.clara)
    assert "email" in refused.value.message_dict


def test_an_unknown_role_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        cast.clara.organisation.invite("newt@nordlys.example", "owner", by=cast.clara)
    assert "role" in refused.value.message_dict
    assert not Invitation.objects.exists()


def test_a_member_is_not_invited_again(cast: Cast) -> None:
    assert cast.carl.person
    with pytest.raises(ValidationError, match="already a member"):
        cast.clara.organisation.invite(cast.carl.person.email.upper(), Role.ADMIN, by=cast.clara)


def test_another_address_is_refused_and_the_invitation_stays_open(cast: Cast) -> None:
    invitation, secret = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    assert cast.otto.person
    with pytest.raises(Refused, match="another address"):
        invitation.accept(cast.otto.person)
    assert Invitation.objects.by_secret(secret) == invitation


def test_it_is_used_once(cast: Cast) -> None:
    invitation, secret = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    person = newt()
    invitation.accept(person).end(by=cast.clara)
    assert Invitation.objects.by_secret(secret) is None
    with pytest.raises(Refused, match="run out or was used"):
        invitation.accept(person)
    assert not person.memberships.exists()  # type: ignore[attr-defined]


def test_it_expires_after_a_week(cast: Cast) -> None:
    invitation, secret = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    assert timedelta(days=6) < invitation.expires_at - timezone.now() <= timedelta(days=7)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Invitation.objects.by_secret(secret) is None
    with pytest.raises(Refused, match="run out"):
        invitation.accept(newt())


def test_a_second_invitation_replaces_the_first(cast: Cast) -> None:
    first, old = cast.clara.organisation.invite("newt@nordlys.example", Role.ADMIN, by=cast.clara)
    _second, new = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    assert Invitation.objects.by_secret(old) is None
    assert Invitation.objects.by_secret(new) is not None
    with pytest.raises(Refused):
        first.accept(newt())


def test_a_withdrawn_one_opens_nothing(cast: Cast) -> None:
    invitation, secret = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    kept = Invitation.objects.get(pk=invitation.pk)
    with pytest.raises(Refused):
        invitation.withdraw(by=cast.carl)
    invitation.withdraw(by=cast.clara)
    assert Invitation.objects.by_secret(secret) is None
    with pytest.raises(Refused, match="run out or was used"):
        kept.accept(newt())


def test_one_that_was_accepted_or_withdrawn_meanwhile_is_not_withdrawn(cast: Cast) -> None:
    first, second = (
        cast.clara.organisation.invite(f"{name}@nordlys.example", Role.MEMBER, by=cast.clara)[0]
        for name in ("newt", "axolotl")
    )
    for invitation, meanwhile in (
        (first, lambda: first.accept(newt())),
        (second, lambda: second.withdraw(by=cast.clara)),
    ):
        stale = Invitation.objects.get(pk=invitation.pk)
        meanwhile()
        stale.withdraw(by=cast.clara)
    assert Event.objects.get(kind="invitation.withdrawn").facts["invitation"] == second.public_id
    assert Invitation.objects.get().accepted_at


def test_an_old_invitation_does_not_take_a_role_away(cast: Cast) -> None:
    """Whoever became admin by another way meanwhile stays one."""
    invitation, _secret = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    person = newt()
    cast.clara.organisation.admit(person, Role.ADMIN)
    assert invitation.accept(person).role == Role.ADMIN


def test_the_log_holds_no_address(cast: Cast) -> None:
    cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    sent = Event.objects.get(kind="invitation.sent")
    assert set(sent.facts) == {"invitation", "role"}
    assert "newt" not in str(sent.facts)


@pytest.mark.django_db(transaction=True)
def test_accepted_twice_at_once_counts_once() -> None:
    cast = gather()
    invitation, _secret = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    person, times = newt(), 6 if connection.vendor == "postgresql" else 3
    ends = together(*[lambda: Invitation.objects.get(pk=invitation.pk).accept(person)] * times)
    assert sum(isinstance(end, Membership) for end in ends) == 1
    assert sum(isinstance(end, Refused) for end in ends) == times - 1
    assert Event.objects.filter(kind="member.admitted", facts__person=person.public_id).count() == 1
