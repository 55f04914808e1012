"""Settings: my profile, my organisation, who belongs to it and in which role."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, Cast
from trialogue.events.models import Event
from trialogue.people.models import Actor, Membership, Person, Role

# What every page asks: session, person, memberships, what its head counts.
FRAME = 4
DETAILS = {"name": "Nordlys Energi A/S", "country": "DK", "zone": "Europe/Copenhagen"}


def inside(actor: Actor) -> Client:
    client = Client()
    assert actor.person
    client.force_login(actor.person)
    client.get(reverse("acting"))  # the session is noted once
    return client


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def person_id(actor: Actor) -> str:
    assert actor.person
    return actor.person.public_id


# --- my profile -------------------------------------------------------------------------------------------------------


def test_a_profile_is_changed(cast: Cast) -> None:
    answer = inside(cast.clara).post(
        reverse("settings"), {"name": " Clara Holm-Berg ", "zone": "Europe/Berlin", "language": "de"}, follow=True
    )
    clara = Person.objects.get(email="clara@nordlys.example")
    assert (clara.name, clara.zone, clara.language) == ("Clara Holm-Berg", "Europe/Berlin", "de")
    assert 'lang="de"' in answer.content.decode()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 121}, {"zone": "Mars/Olympus"}, {"language": "tlh"}, {"name": "\x00"}]
)
def test_a_wrong_profile_is_told_at_its_field_and_changes_nothing(cast: Cast, wrong: dict[str, str]) -> None:
    right = {"name": "Someone Else", "zone": "Europe/Berlin", "language": "de"}
    answer = inside(cast.clara).post(reverse("settings"), right | wrong)
    assert list(answer.context["form"].errors) == list(wrong)
    clara = Person.objects.get(email="clara@nordlys.example")
    assert (clara.name, clara.zone, clara.language) == ("Clara Holm", "Europe/Copenhagen", "en")


def test_what_a_person_types_is_shown_as_words(cast: Cast) -> None:
    client = inside(cast.clara)
    client.post(reverse("settings"), {"name": "<script>x</script>", "zone": "UTC", "language": "en"})
    page = client.get(reverse("organisation")).content.decode()
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


# --- my organisation --------------------------------------------------------------------------------------------------


def test_an_admin_changes_the_details(cast: Cast) -> None:
    changed = DETAILS | {"name": "Nordlys Strøm A/S", "zone": "Europe/Oslo"}
    assert inside(cast.clara).post(reverse("organisation"), changed)["Location"] == reverse("organisation")
    cast.clara.organisation.refresh_from_db()
    assert str(cast.clara.organisation) == "Nordlys Strøm A/S"
    event = Event.objects.get(kind="organisation.described")
    assert event.facts["zone"] == "Europe/Oslo"
    assert event.by == cast.clara.by


def test_a_name_that_is_taken_is_told_and_the_page_keeps_the_old_one(cast: Cast) -> None:
    answer = inside(cast.clara).post(reverse("organisation"), DETAILS | {"name": "elsewhere ltd"})
    assert "Another organisation has this name" in str(answer.context["details"].errors["name"])
    assert answer.context["ours"].name == "Nordlys Energi A/S"
    cast.clara.organisation.refresh_from_db()
    assert cast.clara.organisation.name == "Nordlys Energi A/S"


@pytest.mark.parametrize("wrong", [{"country": "EU"}, {"zone": "Mars/Olympus"}, {"name": ""}])
def test_wrong_details_are_told_at_their_field(cast: Cast, wrong: dict[str, str]) -> None:
    answer = inside(cast.clara).post(reverse("organisation"), DETAILS | wrong)
    assert list(answer.context["details"].errors) == list(wrong)


def test_a_member_sees_the_members_but_changes_nothing(cast: Cast) -> None:
    client = inside(cast.carl)
    page = client.get(reverse("organisation")).content.decode()
    assert "clara@nordlys.example" in page
    assert "<button" not in page.split("setting__what", 1)[1].split("</main>")[0]
    answer = client.post(reverse("organisation"), DETAILS | {"name": "Mine"})
    assert answer.status_code == 403
    assert "clara@nordlys.example" in answer.content.decode(), "whom to ask"
    cast.clara.organisation.refresh_from_db()
    assert cast.clara.organisation.name == "Nordlys Energi A/S"


def test_nobody_sees_the_members_of_another_organisation(cast: Cast) -> None:
    page = inside(cast.otto).get(reverse("organisation")).content.decode()
    assert "otto@elsewhere.example" in page
    assert "nordlys" not in page


@pytest.mark.parametrize("members", [2, 12])
def test_the_page_costs_as_much_with_many_members_as_with_few(
    cast: Cast, members: int, django_assert_num_queries: Any
) -> None:
    ours = cast.clara.organisation
    for n in range(members - 2):
        ours.admit(Person.objects.create_user(f"m{n}@nordlys.example", PASSWORD, name=f"M {n}"))
        ours.invite(f"i{n}@nordlys.example", Role.MEMBER, by=cast.clara)
    client = inside(cast.clara)
    with django_assert_num_queries(FRAME + 5):
        client.get(reverse("organisation"))


# --- members ----------------------------------------------------------------------------------------------------------


def test_an_admin_gives_another_role(cast: Cast) -> None:
    inside(cast.clara).post(reverse("member-role", args=[person_id(cast.carl)]), {"role": "admin"})
    assert Membership.objects.get(person=cast.carl.person).role == Role.ADMIN
    event = Event.objects.get(kind="member.role_changed")
    assert event.facts == {"person": person_id(cast.carl), "role": "admin"}


def test_the_last_admin_is_refused_with_the_reason(cast: Cast) -> None:
    client, clara = inside(cast.clara), person_id(cast.clara)
    role = client.post(reverse("member-role", args=[clara]), {"role": "member"}, follow=True)
    leave = client.post(reverse("member-remove", args=[clara]), follow=True)
    for answer in (role, leave):
        assert told(answer) == "An organisation keeps at least one admin. Make someone else admin first."
    assert Membership.objects.get(person=cast.clara.person).role == Role.ADMIN


def test_an_unknown_role_changes_nothing(cast: Cast) -> None:
    inside(cast.clara).post(reverse("member-role", args=[person_id(cast.carl)]), {"role": "emperor"})
    assert Membership.objects.get(person=cast.carl.person).role == Role.MEMBER


def test_removing_a_member_is_asked_first_and_takes_effect_at_once(cast: Cast) -> None:
    carl, client, page = inside(cast.carl), inside(cast.clara), reverse("member-remove", args=[person_id(cast.carl)])
    assert "Remove Carl Dahl from Nordlys" in client.get(page).content.decode()
    assert Membership.objects.filter(person=cast.carl.person).exists(), "asked only"
    assert "no longer belongs" in told(client.post(page, follow=True))
    assert not carl.get(reverse("organisation")).context["actor"]


@pytest.mark.parametrize("who", ["carl", "otto", "paul", "olga"])
def test_only_an_admin_of_the_organisation_touches_its_members(cast: Cast, who: str) -> None:
    client, carl = inside(getattr(cast, who)), person_id(cast.carl)
    expected = 403 if who == "carl" else 404
    for name in ("member-role", "member-remove"):
        assert client.post(reverse(name, args=[carl]), {"role": "admin"}).status_code == expected
    assert client.get(reverse("member-remove", args=[carl])).status_code == expected
    assert Membership.objects.get(person=cast.carl.person).role == Role.MEMBER


@pytest.mark.parametrize("path", ["members/%00/role", "members/%00/remove", "invitations/%00/resend", "members/é/role"])
def test_a_nonsense_id_is_not_found(cast: Cast, path: str) -> None:
    assert inside(cast.clara).post(f"/settings/organisation/{path}/", {"role": "admin"}).status_code == 404
