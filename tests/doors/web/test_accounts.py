"""Signing in: by password, by a link for a new one, with a second step; and what is told to whom about it."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.cast import PASSWORD, Cast
from trialogue.deliveries.models import Delivery
from trialogue.doors.web.accounts import Sessions, browser
from trialogue.people.models import Person

NEW = "an entirely new set of words"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post(reverse("account_login"), {"login": email, "password": password, **more})


def errors(answer: Any) -> list[str]:
    return [str(error) for field in answer.context["form"].errors.values() for error in field]


def reset_link(client: Client, email: str) -> str:
    client.post(reverse("account_reset_password"), {"email": email})
    found = re.search(r"http://\S+(/accounts/password/reset/key/\S+/)", Delivery.objects.get().text)
    assert found
    return found[1]


def open_link(client: Client, link: str) -> Any:
    return client.get(link, follow=True)


# --- by password ------------------------------------------------------------------------------------------------------


def test_by_address_and_password(cast: Cast, client: Client) -> None:
    answer = sign_in(client, "Clara@Nordlys.example")
    assert answer.status_code == 302
    assert answer["Location"] == reverse("home")
    assert client.get(reverse("settings")).context["user"] == cast.clara.person


def test_goes_where_one_wanted_to_go_but_never_elsewhere(cast: Cast, client: Client) -> None:
    assert sign_in(client, "clara@nordlys.example", next="/settings/")["Location"] == "/settings/"
    client.logout()
    assert sign_in(client, "clara@nordlys.example", next="https://evil.example/")["Location"] == reverse("home")


def test_a_wrong_password_and_an_unknown_address_are_told_in_the_same_words(cast: Cast, client: Client) -> None:
    wrong = errors(sign_in(client, "clara@nordlys.example", "nope"))
    unknown = errors(sign_in(client, "nobody@nordlys.example", "nope"))
    assert wrong == unknown == ["The address or the password is not right. Check both, or ask for a new password."]


def test_guessing_is_slowed_down_for_known_and_unknown_alike(cast: Cast, client: Client) -> None:
    for email, place in (("clara@nordlys.example", "192.0.2.1"), ("nobody@nordlys.example", "192.0.2.2")):
        said = [errors(sign_in(Client(REMOTE_ADDR=place), email, f"guess {n}")) for n in range(6)]
        assert "Too many attempts" not in said[4][0]
        assert "Too many attempts" in said[5][0]
    assert "Too many attempts" in errors(sign_in(client, "clara@nordlys.example"))[0]


def test_guessing_from_one_place_is_slowed_down_over_all_addresses(cast: Cast, client: Client) -> None:
    said = [errors(sign_in(client, f"guess{n}@nordlys.example", "guess")) for n in range(11)]
    assert "Too many attempts" in said[10][0]


def test_someone_whose_sign_in_is_closed_stays_outside(cast: Cast, client: Client) -> None:
    Person.objects.filter(pk=cast.clara.person.pk).update(is_active=False)
    assert sign_in(client, "clara@nordlys.example")["Location"] == reverse("account_inactive")
    assert client.get(reverse("settings")).status_code == 302


def test_stays_signed_in_only_when_asked(cast: Cast, client: Client) -> None:
    assert not sign_in(client, "clara@nordlys.example").cookies["sessionid"]["max-age"]
    client.logout()
    assert sign_in(client, "clara@nordlys.example", remember="on").cookies["sessionid"]["max-age"]


def test_signing_out_needs_a_post(cast: Cast, client: Client) -> None:
    client.force_login(cast.clara.person)
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.post(reverse("account_logout"))["Location"] == reverse("account_login")
    assert client.get(reverse("settings")).status_code == 302


@pytest.mark.parametrize("path", ["signup", "email", "confirm-email", "login/code/confirm", "social/signup"])
def test_nobody_signs_up_or_changes_their_address_by_themselves(db: None, client: Client, path: str) -> None:
    assert client.post(f"/accounts/{path}/", {"email": "new@nordlys.example", "password1": NEW}).status_code == 404
    assert not Person.objects.exists()


def test_each_public_page_stands_without_signing_in(db: None, client: Client) -> None:
    for name in ("account_login", "account_reset_password", "account_reset_password_done", "account_inactive"):
        assert client.get(reverse(name)).status_code == 200, name
    assert client.get(reverse("account_reset_password_from_key_done")).status_code == 200


def test_the_sign_in_page_costs_no_query(db: None, client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        client.get(reverse("account_login"))


# --- a new password by mail -------------------------------------------------------------------------------------------


def test_a_new_password_by_a_link_in_a_letter(cast: Cast, client: Client) -> None:
    page = open_link(client, reset_link(client, "clara@nordlys.example"))
    answer = client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW}, follow=True)
    assert "Your new password works" in answer.content.decode()
    assert sign_in(client, "clara@nordlys.example", NEW).status_code == 302
    assert {d.subject for d in Delivery.objects.all()} == {"Your link for a new password", "Your sign-in has changed"}


def test_the_letter_is_written_for_its_reader(cast: Cast, client: Client) -> None:
    reset_link(client, "clara@nordlys.example")
    letter = Delivery.objects.get()
    assert (letter.address, letter.person, letter.kind) == ("clara@nordlys.example", cast.clara.person, "letter")
    assert "http://127.0.0.1:8000/accounts/password/reset/key/" in letter.text
    assert 'href="http://127.0.0.1:8000/accounts/password/reset/key/' in letter.html
    assert letter.text.count("Clara Holm, someone asked for a new password") == 1


def test_the_link_is_not_made_from_what_the_asker_says_we_are_called(cast: Cast, client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post(reverse("account_reset_password"), {"email": "clara@nordlys.example"}, HTTP_HOST="evil.example")
    assert "evil.example" not in Delivery.objects.get().text + Delivery.objects.get().html


def test_the_link_works_for_a_day(cast: Cast, client: Client) -> None:
    link = reset_link(client, "clara@nordlys.example")
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59), tick=False):
        assert "Choose a new password" in open_link(client, link).content.decode()
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1), tick=False):
        assert "This link no longer works" in open_link(Client(), link).content.decode()


def test_the_link_works_once(cast: Cast, client: Client) -> None:
    link = reset_link(client, "clara@nordlys.example")
    page = open_link(client, link)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert "This link no longer works" in open_link(Client(), link).content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_letter(cast: Cast, client: Client) -> None:
    known = client.post(reverse("account_reset_password"), {"email": "clara@nordlys.example"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@nordlys.example"})
    assert known["Location"] == unknown["Location"] == reverse("account_reset_password_done")
    assert Delivery.objects.count() == 1


def test_asking_again_and_again_is_slowed_down(cast: Cast, client: Client) -> None:
    answers = [client.post(reverse("account_reset_password"), {"email": "clara@nordlys.example"}) for _ in range(6)]
    assert [a.status_code for a in answers] == [302] * 5 + [429]
    assert "Too many attempts" in answers[5].content.decode()
    assert Delivery.objects.count() == 5


def test_a_new_password_ends_the_wait_after_too_many_attempts(cast: Cast, client: Client) -> None:
    for n in range(6):
        sign_in(client, "clara@nordlys.example", f"guess {n}")
    page = open_link(client, reset_link(client, "clara@nordlys.example"))
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert sign_in(client, "clara@nordlys.example", NEW).status_code == 302


@pytest.mark.parametrize("weak", ["short", "1234567890", "password1234", "clara@nordlys.example"])
def test_a_weak_password_is_refused_at_its_field(cast: Cast, client: Client, weak: str) -> None:
    page = open_link(client, reset_link(client, "clara@nordlys.example"))
    answer = client.post(page.redirect_chain[-1][0], {"password1": weak, "password2": weak})
    assert answer.context["form"].errors["password1"]
    assert sign_in(client, "clara@nordlys.example").status_code == 302


# --- changing it ------------------------------------------------------------------------------------------------------


def test_a_changed_password_signs_out_everyone_else_and_is_told(cast: Cast, client: Client) -> None:
    elsewhere = Client()
    sign_in(client, "clara@nordlys.example")
    sign_in(elsewhere, "clara@nordlys.example")
    told = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), told)["Location"] == reverse("security")
    assert client.get(reverse("security")).status_code == 200
    assert elsewhere.get(reverse("security")).status_code == 302
    assert "Your password was changed." in Delivery.objects.get().text


def test_changing_it_needs_the_present_one(cast: Cast, client: Client) -> None:
    client.force_login(cast.clara.person)
    answer = client.post(reverse("account_change_password"), {"oldpassword": "?", "password1": NEW, "password2": NEW})
    assert errors(answer) == ["This is not your password."]
    assert not Delivery.objects.exists()


# --- second step ------------------------------------------------------------------------------------------------------


def code(secret: str) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30):06d}"


def test_setting_up_the_app_asks_for_the_password_first(cast: Cast, client: Client) -> None:
    sign_in(client, "clara@nordlys.example")
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    again = client.post(answer["Location"], {"password": PASSWORD}, follow=True)
    assert "Set up an authenticator app" in again.content.decode()


def test_the_app_once_set_up_is_asked_for(cast: Cast, client: Client, django_capture_on_commit_callbacks: Any) -> None:
    sign_in(client, "clara@nordlys.example")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)}, follow=True)
    assert answer.context["unused_codes"], "recovery codes are shown at once"
    assert "An authenticator app was set up" in Delivery.objects.earliest("pk").text
    client.logout()
    assert sign_in(client, "clara@nordlys.example")["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("settings")).status_code == 302, "not in yet"
    spare = answer.context["unused_codes"][0]
    assert client.post(reverse("mfa_authenticate"), {"code": spare})["Location"] == reverse("home")
    client.logout()
    sign_in(client, "clara@nordlys.example")
    assert "not right" in errors(client.post(reverse("mfa_authenticate"), {"code": spare}))[0]


def test_the_app_can_be_switched_off(cast: Cast, client: Client) -> None:
    TOTP.activate(cast.clara.person, generate_totp_secret())
    client.force_login(cast.clara.person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert "Switch the authenticator app off?" in client.get(reverse("mfa_deactivate_totp")).content.decode()
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert "was switched off" in Delivery.objects.get().text


def test_a_password_reset_does_not_stand_in_the_way_of_a_second_step(cast: Cast, client: Client) -> None:
    page = open_link(client, reset_link(client, "clara@nordlys.example"))
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    sign_in(client, "clara@nordlys.example", NEW)
    client.post(reverse("account_reauthenticate"), {"password": NEW})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_the_sessions_are_listed_and_one_can_be_ended(cast: Cast, client: Client) -> None:
    elsewhere = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0"})
    sign_in(client, "clara@nordlys.example")
    sign_in(elsewhere, "clara@nordlys.example")
    page = client.get(reverse("security"))
    assert "Firefox on Linux" in page.content.decode()
    other = UserSession.objects.get(user_agent__contains="Firefox")
    client.post(reverse("session-end", args=[other.pk]))
    assert elsewhere.get(reverse("security")).status_code == 302
    assert client.get(reverse("security")).status_code == 200


def test_all_others_are_signed_out_at_once(cast: Cast, client: Client) -> None:
    others = [Client(), Client()]
    for one in (client, *others):
        sign_in(one, "clara@nordlys.example")
    client.post(reverse("usersessions_list"))
    assert [one.get(reverse("security")).status_code for one in (client, *others)] == [200, 302, 302]


def test_someone_elses_session_is_not_found(cast: Cast, client: Client) -> None:
    sign_in(Client(), "paul@kanzlei.example")
    client.force_login(cast.clara.person)
    theirs = UserSession.objects.get(user=cast.paul.person)
    assert client.post(reverse("session-end", args=[theirs.pk])).status_code == 404
    assert UserSession.objects.filter(pk=theirs.pk).exists()


def test_looking_at_pages_is_noted_only_now_and_then(cast: Cast, client: Client) -> None:
    sign_in(client, "clara@nordlys.example")
    client.get(reverse("security"))
    seen = UserSession.objects.get().last_seen_at
    client.get(reverse("security"))
    assert UserSession.objects.get().last_seen_at == seen
    with time_machine.travel(timezone.now() + timedelta(seconds=Sessions.SECONDS + 1), tick=False):
        client.get(reverse("security"))
    assert UserSession.objects.get().last_seen_at > seen


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", "An unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_told_in_words(user_agent: str, said: str) -> None:
    assert browser(user_agent) == said
