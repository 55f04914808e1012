from __future__ import annotations

import pytest
from django.core.management.base import CommandError
from django.test import Client

from tests.cast import Cast
from trialogue.people.models import Invitation, Membership, Person

NINA = (
    "person",
    "create",
    "--email",
    "Nina@Nordlys.example",
    "--name",
    "Nina Juul",
    "--organisation",
    "Nordlys Energi A/S",
)


def test_create_prints_an_invitation_that_opens(cast: Cast, trialogue, client: Client) -> None:  # type: ignore[no-untyped-def]
    out, err = trialogue(*NINA, "--role", "admin")
    link = out.strip()
    assert link.startswith("http://127.0.0.1:8000/")
    assert client.get(link).status_code == 200
    assert Invitation.objects.get().role == "admin"
    assert "nina@nordlys.example" in err


def test_the_invited_sets_a_password_and_is_in(cast: Cast, trialogue, client: Client) -> None:  # type: ignore[no-untyped-def]
    out, _err = trialogue(*NINA)
    client.post(out.strip(), {"name": "Nina Juul", "password": "a long enough secret"})
    membership = Membership.objects.get(person__email="nina@nordlys.example")
    assert (membership.organisation, membership.role) == (cast.clara.organisation, "member")
    assert membership.person.check_password("a long enough secret")


def test_nobody_belongs_to_anything_before_the_link_is_opened(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    trialogue(*NINA)
    nina = Person.objects.get(email="nina@nordlys.example")
    assert not nina.has_usable_password()
    assert not nina.memberships.exists()
    assert nina.zone == cast.clara.organisation.zone


def test_someone_known_is_invited_and_stays_who_they_are(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    otto = cast.otto.person
    assert otto is not None
    trialogue("person", "create", "--email", otto.email, "--name", "Other Name", "--organisation", "Nordlys Energi A/S")
    otto.refresh_from_db()
    assert otto.name == "Otto Payne"
    assert Invitation.objects.get().email == otto.email


def test_a_member_is_not_invited_again(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    assert cast.clara.person is not None
    with pytest.raises(CommandError, match="already a member"):
        trialogue(
            "person",
            "create",
            "--email",
            cast.clara.person.email,
            "--name",
            "C",
            "--organisation",
            "Nordlys Energi A/S",
        )


def test_an_address_that_is_none_is_told_and_nothing_is_kept(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match="email: "):
        trialogue("person", "create", "--email", "nina", "--name", "Nina", "--organisation", "Nordlys Energi A/S")
    assert not Person.objects.filter(name="Nina").exists()
