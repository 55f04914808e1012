"""Invitations: sent by mail, good for a week and once, for one address; and how the invited come in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.cast import PASSWORD, Cast
from tests.doors.web.test_people_settings import inside, told
from trialogue.deliveries.models import Delivery
from trialogue.people.models import Invitation, Membership, Person, Role

NEWT = "newt@nordlys.example"
WORDS = "seven otters under ice"


def invite(cast: Cast, email: str = NEWT, role: str = Role.MEMBER) -> str:
    """Sent from the page; answers the path in the letter."""
    answer = inside(cast.clara).post(reverse("invite"), {"email": email, "role": role})
    assert answer.status_code == 302, answer.context["invite"].errors
    return link()


def link() -> str:
    found = re.search(r"http://127.0.0.1:8000(/invitations/\S+/)", Delivery.objects.latest("pk").text)
    assert found
    return found[1]


def page(path: str, client: Client | None = None) -> str:
    return (client or Client()).get(path).content.decode()


def is_member(email: str, cast: Cast) -> bool:
    return Membership.objects.filter(person__email=email, organisation=cast.clara.organisation).exists()


# --- sending ----------------------------------------------------------------------------------------------------------


def test_an_invitation_goes_out_as_a_letter(cast: Cast) -> None:
    path = invite(cast)
    letter = Delivery.objects.get()
    assert letter.address == NEWT
    assert letter.subject == "Clara Holm invites you to Nordlys Energi A/S on Trialogue"
    assert path in letter.html
    assert "(Europe/Copenhagen)" in letter.text
    secret = path.split("/")[2]
    assert secret not in str(Invitation.objects.values()), "only its digest is kept"


def test_the_letter_speaks_the_language_of_a_reader_we_know(cast: Cast, settings: Any) -> None:
    Person.objects.create_user(NEWT, PASSWORD, name="Newt", language="da", zone="Atlantic/Faroe")
    invite(cast)
    assert 'lang="da"' in Delivery.objects.get().html
    assert "(Atlantic/Faroe)" in Delivery.objects.get().text


def test_open_invitations_are_listed_with_their_end(cast: Cast) -> None:
    invite(cast)
    said = page(reverse("organisation"), inside(cast.clara))
    assert NEWT in said
    assert "expires" in said
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        assert "Expired" in page(reverse("organisation"), inside(cast.clara))


@pytest.mark.parametrize(
    ("email", "said"), [("", "required"), ("no address", "valid"), ("carl@nordlys.example", "already a member")]
)
def test_a_wrong_address_is_told_at_its_field(cast: Cast, email: str, said: str) -> None:
    answer = inside(cast.clara).post(reverse("invite"), {"email": email, "role": "member"})
    assert said in str(answer.context["invite"].errors["email"])
    assert not Invitation.objects.exists()
    assert not Delivery.objects.exists()


def test_sent_again_the_new_link_works_and_the_old_one_does_not(cast: Cast) -> None:
    old = invite(cast)
    invitation = Invitation.objects.get()
    inside(cast.clara).post(reverse("invitation-resend", args=[invitation.public_id]))
    new = link()
    assert new != old
    assert "Your name" in page(new)
    assert Client().get(old).status_code == 410


def test_withdrawn_it_no_longer_works(cast: Cast) -> None:
    path = invite(cast)
    inside(cast.clara).post(reverse("invitation-withdraw", args=[Invitation.objects.get().public_id]))
    assert "withdrawn" in page(path)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("who", ["carl", "otto", "paul", "olga"])
def test_only_an_admin_of_the_organisation_touches_its_invitations(cast: Cast, who: str) -> None:
    invite(cast)
    public_id, client = Invitation.objects.get().public_id, inside(getattr(cast, who))
    for name in ("invitation-resend", "invitation-withdraw"):
        assert client.post(reverse(name, args=[public_id])).status_code == (403 if who == "carl" else 404)
    assert NEWT not in page(reverse("organisation"), client)
    assert Invitation.objects.get().public_id == public_id


def test_a_member_invites_nobody(cast: Cast) -> None:
    assert inside(cast.carl).post(reverse("invite"), {"email": NEWT, "role": "admin"}).status_code == 403
    assert not Invitation.objects.exists()


# --- coming in as someone new -----------------------------------------------------------------------------------------


def test_someone_new_sets_name_and_password_and_is_in(cast: Cast, client: Client) -> None:
    answer = client.post(invite(cast), {"name": "Newt Neuling", "password": WORDS})
    assert answer["Location"] == reverse("home")
    newt = Person.objects.get(email=NEWT)
    assert (newt.name, newt.zone) == ("Newt Neuling", "Europe/Copenhagen")
    assert newt.check_password(WORDS)
    assert client.get(reverse("organisation")).context["actor"].organisation == cast.clara.organisation


def test_the_role_is_the_one_of_the_invitation(cast: Cast, client: Client) -> None:
    client.post(invite(cast, role=Role.ADMIN), {"name": "Newt", "password": WORDS, "role": "member"})
    assert Membership.objects.get(person__email=NEWT).role == Role.ADMIN


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"password": "short"}, {"password": "password1234"}, {"password": NEWT}, {"password": ""}]
)
def test_what_is_wrong_is_told_at_its_field_and_the_invitation_stays_open(
    cast: Cast, client: Client, wrong: dict[str, str]
) -> None:
    path = invite(cast)
    answer = client.post(path, {"name": "Newt", "password": WORDS} | wrong)
    assert list(answer.context["form"].errors) == list(wrong)
    assert not Person.objects.filter(email=NEWT).exists()
    assert client.post(path, {"name": "Newt", "password": WORDS}).status_code == 302


def test_someone_the_console_has_noted_sets_a_password_too(cast: Cast, client: Client) -> None:
    Person.objects.create_user(NEWT, name="Newt of the Console")
    path = invite(cast)
    assert "Newt of the Console" in page(path)
    client.post(path, {"name": "Newt Neuling", "password": WORDS})
    newt = Person.objects.get(email=NEWT)
    assert (newt.name, newt.check_password(WORDS)) == ("Newt Neuling", True)
    assert is_member(NEWT, cast)


# --- coming in as someone known ---------------------------------------------------------------------------------------


def test_someone_known_signs_in_and_joins_by_one_button(cast: Cast, client: Client) -> None:
    path = invite(cast, "otto@elsewhere.example")
    assert f"{reverse('account_login')}?next={path}" in page(path)
    client.force_login(cast.otto.person)
    assert "Join Nordlys Energi A/S" in page(path, client)
    assert not is_member("otto@elsewhere.example", cast), "looked only"
    client.post(path)
    assert is_member("otto@elsewhere.example", cast)
    assert client.get(reverse("organisation")).context["actor"].organisation == cast.clara.organisation


def test_nobody_sets_the_password_of_someone_known(cast: Cast, client: Client) -> None:
    client.post(invite(cast, "otto@elsewhere.example"), {"name": "Otto", "password": WORDS})
    assert Person.objects.get(email="otto@elsewhere.example").check_password(PASSWORD)
    assert not is_member("otto@elsewhere.example", cast)


def test_another_address_is_told_so_and_does_not_join(cast: Cast, client: Client) -> None:
    path = invite(cast)
    client.force_login(cast.otto.person)
    said = page(path, client)
    assert "You are signed in as otto@elsewhere.example, and the invitation is for newt@nordlys.example" in said
    client.post(path, {"name": "Otto", "password": WORDS})
    assert not is_member("otto@elsewhere.example", cast)
    assert Invitation.objects.get().accepted_at is None


# --- when it no longer works ------------------------------------------------------------------------------------------


def test_it_works_for_a_week(cast: Cast) -> None:
    path = invite(cast)
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23), tick=False):
        assert "Your name" in page(path)
    with time_machine.travel(timezone.now() + timedelta(days=7, hours=1), tick=False):
        answer = Client().post(path, {"name": "Newt", "password": WORDS})
        assert answer.status_code == 410
        assert "This invitation has expired" in answer.content.decode()
    assert not Person.objects.filter(email=NEWT).exists()


def test_it_works_once(cast: Cast) -> None:
    path = invite(cast)
    Client().post(path, {"name": "Newt", "password": WORDS})
    answer = Client().post(path, {"name": "Again", "password": WORDS})
    assert answer.status_code == 410
    assert "This invitation was used" in answer.content.decode()
    assert Person.objects.get(email=NEWT).name == "Newt"


def test_used_up_while_the_form_was_open_nothing_is_half_done(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    path = invite(cast)
    real = Person.objects.create_user

    def used_meanwhile(*told: Any, **more: Any) -> Person:
        Invitation.objects.update(accepted_at=timezone.now())
        return real(*told, **more)

    monkeypatch.setattr(type(Person.objects), "create_user", lambda _self, *told, **more: used_meanwhile(*told, **more))
    answer = Client().post(path, {"name": "Newt", "password": WORDS})
    assert answer["Location"] == path
    assert not Person.objects.filter(email=NEWT).exists()


@pytest.mark.parametrize("secret", ["x", "inv_" + "A" * 43, "%00", "é"])
def test_an_unknown_one_is_told_without_an_error(db: None, client: Client, secret: str) -> None:
    answer = client.get(f"/invitations/{secret}/")
    assert answer.status_code == 410
    assert "This invitation does not work" in answer.content.decode()


def test_the_page_is_kept_nowhere(cast: Cast) -> None:
    assert "no-store" in Client().get(invite(cast))["Cache-Control"]


def test_the_welcome_names_the_organisation(cast: Cast, client: Client) -> None:
    assert told(client.post(invite(cast), {"name": "Newt", "password": WORDS}, follow=True)).startswith(
        "Welcome to Nor"
    )
