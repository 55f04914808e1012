"""The demo's doors: entrances by one click and the pages of outgoing mail; not there outside the demo."""

from __future__ import annotations

import os
import sys
from email.message import EmailMessage
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.cast import PASSWORD, Cast
from tests.doors.web.test_people_settings import inside, person_id
from trialogue.deliveries.carriers.folder import EmailBackend
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.doors.web import demo
from trialogue.letters.models import Letter, ReplyAddress
from trialogue.letters.rounds import file_due
from trialogue.people.models import Person
from trialogue.requests.models import Request


@pytest.fixture
def in_demo(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    settings.EMAIL_BACKEND = "trialogue.deliveries.carriers.folder.EmailBackend"
    world = ModuleType("demo_world")
    world.ENTRANCES = [("paul@kanzlei.example", "confirms cases"), ("clara@nordlys.example", "hands in cases")]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "trialogue.doors.console.demo_world", world)


def post(subject: str, html: str = "<p>Hello</p>", **more: Any) -> str:
    """A mail that went out; answers its file name."""
    mail = EmailMultiAlternatives(subject, "Hello http://127.0.0.1:8000/x/ <b>", to=["clara@nordlys.example"], **more)
    mail.attach_alternative(html, "text/html")
    EmailBackend().send_messages([mail])
    return demo._names()[0]


# --- entrances --------------------------------------------------------------------------------------------------------


def test_outside_the_demo_nothing_of_it_is_there(cast: Cast) -> None:
    client = inside(cast.clara)
    assert b"Enter as" not in Client().get(reverse("account_login")).content
    assert client.post(reverse("demo-enter"), {"person": person_id(cast.clara)}).status_code == 404
    for name, args in (("demo-mail", []), ("demo-mail-one", ["x.eml"]), ("demo-mail-html", ["x.eml"])):
        assert client.get(reverse(name, args=args)).status_code == 404


def test_the_sign_in_page_offers_the_entrances_in_their_order(cast: Cast, in_demo: None) -> None:
    page = Client().get(reverse("account_login")).content.decode()
    assert page.index("Enter as Paul Brandt") < page.index("Enter as Clara Holm")
    assert "hands in cases" in page
    assert "Otto" not in page


def test_an_entrance_signs_in(cast: Cast, in_demo: None, client: Client) -> None:
    answer = client.post(reverse("demo-enter"), {"person": person_id(cast.paul)})
    assert answer["Location"] == reverse("home")
    assert client.get(reverse("settings")).context["user"] == cast.paul.person


def test_an_entrance_from_within_another_changes_the_person(cast: Cast, in_demo: None, client: Client) -> None:
    client.post(reverse("demo-enter"), {"person": person_id(cast.paul)})
    client.post(reverse("acting"), {"environment": "test"})
    client.post(reverse("demo-enter"), {"person": person_id(cast.clara)})
    actor = client.get(reverse("settings")).context["actor"]
    assert (actor.person, actor.environment) == (cast.clara.person, "production")


def test_only_the_entrances_are_open(cast: Cast, in_demo: None, client: Client) -> None:
    for told in (person_id(cast.olga), "per_nonsense", ""):
        assert client.post(reverse("demo-enter"), {"person": told}).status_code == 404
    assert client.get(reverse("settings")).status_code == 302


def test_an_entrance_needs_a_post_of_our_own_page(cast: Cast, in_demo: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(reverse("demo-enter")).status_code == 405
    assert client.post(reverse("demo-enter"), {"person": person_id(cast.paul)}).status_code == 403


def test_before_its_world_is_loaded_there_are_none(db: None, in_demo: None) -> None:
    assert b"Enter as" not in Client().get(reverse("account_login")).content


# --- outgoing mail ----------------------------------------------------------------------------------------------------


def test_mails_are_listed_the_newest_first_and_page_by_page(
    cast: Cast, in_demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "PAGE", 2)
    for subject in ("One", "Two", "Three"):
        post(subject)
    client = inside(cast.clara)
    first = client.get(reverse("demo-mail"))
    assert [mail.subject for mail in first.context["mails"]] == ["Three", "Two"]
    second = client.get(reverse("demo-mail"), {"before": first.context["older"]})
    assert [mail.subject for mail in second.context["mails"]] == ["One"]
    assert second.context["older"] is None


def test_an_empty_folder_says_what_will_be_there(cast: Cast, in_demo: None) -> None:
    assert "No mail has gone out yet" in inside(cast.clara).get(reverse("demo-mail")).content.decode()


def test_a_mail_is_shown_with_its_text_and_what_is_attached(cast: Cast, in_demo: None) -> None:
    name = post("Grüße <b>", attachments=[("Beleg.pdf", b"x" * 2048, "application/pdf")])
    page = inside(cast.clara).get(reverse("demo-mail-one", args=[name])).content.decode()
    assert "Grüße &lt;b&gt;" in page
    assert '<a href="http://127.0.0.1:8000/x/" rel="nofollow">' in page
    assert "Beleg.pdf, 2.0" in page
    assert "clara@nordlys.example" in page


def test_the_letter_of_an_invitation_arrives_here(cast: Cast, in_demo: None) -> None:
    client = inside(cast.clara)
    client.post(reverse("invite"), {"email": "newt@nordlys.example", "role": "member"})
    assert send_due(timezone.now()) == 1
    assert Delivery.objects.get().state == "sent"
    name = client.get(reverse("demo-mail")).context["mails"][0].name
    assert "/invitations/inv_" in client.get(reverse("demo-mail-one", args=[name])).content.decode()


def test_the_html_stands_in_a_page_that_can_do_nothing(cast: Cast, in_demo: None) -> None:
    name = post("Hello", "<script>alert(1)</script><p style='color:red'>Hello</p>")
    client = inside(cast.clara)
    answer = client.get(reverse("demo-mail-html", args=[name]))
    rules = dict(rule.strip().partition(" ")[::2] for rule in answer["Content-Security-Policy"].split(";"))
    assert rules == {
        "sandbox": "",
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "frame-ancestors": "'self'",
    }
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    around = client.get(reverse("demo-mail-one", args=[name]))
    assert "frame-src 'self'" in around["Content-Security-Policy"]
    assert "'unsafe-inline'" not in around["Content-Security-Policy"]
    assert "<script>alert" not in around.content.decode()


@pytest.mark.parametrize(
    "name", ["../secret_key", "..", "..%2Fsecret_key", "%2e%2e%2fsecret_key.eml", ".hidden.eml", "x.txt", "a\x00.eml", "no-such.eml", "link.eml", "folder.eml"]
)  # fmt: skip
def test_no_other_file_is_ever_shown(cast: Cast, in_demo: None, settings: Any, name: str) -> None:
    folder = Path(settings.MAIL_FOLDER)
    post("Hello")
    (folder.parent / "secret_key").write_text("Subject: secret")
    (folder / ".hidden.eml").write_text("Subject: hidden")
    (folder / "x.txt").write_text("Subject: x")
    (folder / "folder.eml").mkdir()
    os.symlink(folder.parent / "secret_key", folder / "link.eml")
    client = inside(cast.clara)
    for suffix in ("", "html/"):
        assert client.get(f"/demo/mail/{name}/{suffix}").status_code == 404


def test_a_broken_mail_does_not_hide_the_others(cast: Cast, in_demo: None, settings: Any) -> None:
    post("Whole")
    broken = EmailMessage()
    broken["Date"] = "yesterday"
    (Path(settings.MAIL_FOLDER) / "0-broken.eml").write_bytes(b"\xff\xfe\x00 nothing of a mail\n\n\xff")
    (Path(settings.MAIL_FOLDER) / "1-undated.eml").write_bytes(
        b"Date: yesterday\nSubject: =?nonsense?q?x?=\nContent-Type: text/plain; charset=klingon\n\n\xff"
    )
    client = inside(cast.clara)
    assert len(client.get(reverse("demo-mail")).context["mails"]) == 3
    for name in ("0-broken.eml", "1-undated.eml"):
        assert client.get(reverse("demo-mail-one", args=[name])).status_code == 200
        assert client.get(reverse("demo-mail-html", args=[name])).status_code == 200


def test_nobody_reads_mail_without_signing_in(db: None, in_demo: None) -> None:
    assert Client().get(reverse("demo-mail")).status_code == 302


def test_the_demo_needs_no_second_step(cast: Cast, in_demo: None, client: Client) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(cast.paul.person, generate_totp_secret())
    client.post(reverse("demo-enter"), {"person": person_id(cast.paul)})
    assert client.get(reverse("settings")).status_code == 200
    assert cast.paul.person
    assert cast.paul.person.check_password(PASSWORD)


# --- writing to us by mail --------------------------------------------------------------------------------------------


@pytest.fixture
def answers_come_back(settings: Any) -> None:
    settings.REPLY_ADDRESS, settings.MAIL_TRUST = "reply@trialogue.example", "mx.trialogue.example"


def test_a_mail_written_in_the_demo_becomes_a_request(cast: Cast, in_demo: None, answers_come_back: None) -> None:
    told = {"to": "support@trialogue.example", "subject": "Upload", "text": "It stops at 90 %."}
    assert inside(cast.clara).post(reverse("demo-mail-write"), told).status_code == 302
    assert file_due(timezone.now()) == 1
    request = Request.objects.get()
    assert (request.asker, request.person, request.subject) == (cast.clara.organisation, cast.clara.person, "Upload")


def test_a_mail_of_the_demo_is_answered_by_whoever_got_it(cast: Cast, in_demo: None, answers_come_back: None) -> None:
    talk = cast.conversation()
    address = ReplyAddress.objects.of(talk, cast.clara.person)
    name = post("News", headers={"Reply-To": address, "Message-ID": "<dlv_1@127.0.0.1>"})
    Person.objects.filter(pk=cast.clara.person.pk).update(email="clara@nordlys.example")
    client = inside(cast.paul)
    assert b"Answer as clara@nordlys.example" in client.get(reverse("demo-mail-one", args=[name])).content
    client.post(reverse("demo-mail-write"), {"answers": name, "text": "Thank you."})
    assert file_due(timezone.now()) == 1
    assert talk.messages.get(via="mail").body == "Thank you."


def test_what_cannot_be_written_is_not(cast: Cast, in_demo: None, answers_come_back: None) -> None:
    client, name = inside(cast.clara), post("No answers")
    assert client.post(reverse("demo-mail-write"), {"to": "nobody@evil.example", "text": "x"}).status_code == 404
    assert client.post(reverse("demo-mail-write"), {"answers": name, "text": "x"}).status_code == 404
    assert client.post(reverse("demo-mail-write"), {"to": "support@trialogue.example", "text": " "}).status_code == 302
    assert not Letter.objects.exists()
