"""Letters with words of their own: sent at once, wiped once sent, kept while they are not."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cast import Cast
from tests.mails import Mails
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due

pytestmark = pytest.mark.django_db


def letter(**told: str) -> Delivery:
    words = {"to": "newt@b.example", "subject": "Come in", "text": "By this link", "html": "<p>By this link</p>"}
    return Delivery.write_letter(**words | told)


def test_it_goes_out_at_once_and_its_words_are_wiped(mails: type[Mails]) -> None:
    kept = letter()
    assert send_due(timezone.now()) == 1
    (mail,) = mails.sent
    assert (mail.to, mail.subject, mail.body) == (["newt@b.example"], "Come in", "By this link")
    kept.refresh_from_db()
    assert (kept.state, kept.text, kept.html) == ("sent", "", "")


def test_its_words_are_kept_until_it_is_sent(mails: type[Mails]) -> None:
    kept = letter()
    mails.troubles.append(TimeoutError())
    send_due(timezone.now())
    kept.refresh_from_db()
    assert kept.text == "By this link"
    send_due(timezone.now() + timedelta(minutes=1))
    kept.refresh_from_db()
    assert (kept.state, kept.text) == ("sent", "")


def test_it_is_refused_for_good(mails: type[Mails]) -> None:
    kept = letter()
    mails.troubles.append(smtplib.SMTPRecipientsRefused({"newt@b.example": (550, b"unknown")}))
    send_due(timezone.now())
    kept.refresh_from_db()
    assert kept.state == "failed"


@pytest.mark.parametrize("told", [{"to": "a@b.de\r\nBcc: x@y.z"}, {"to": ""}, {"to": "no address at all"}])
def test_an_address_that_is_none_is_never_sent(mails: type[Mails], told: dict[str, str]) -> None:
    kept = letter(**told)
    send_due(timezone.now())
    kept.refresh_from_db()
    assert kept.state == "failed"
    assert mails.sent == []


def test_a_subject_stands_on_one_line(mails: type[Mails]) -> None:
    letter(subject="Come\r\nBcc: x@y.z " + "x" * 400)
    send_due(timezone.now())
    (mail,) = mails.sent
    assert mail.subject.startswith("Come Bcc: x@y.z xxx")
    assert len(mail.subject) == 250


def test_nobody_finds_it_in_a_list(cast: Cast) -> None:
    letter()
    for actor in (cast.clara, cast.paul, cast.rita, cast.olga, cast.otto):
        assert not Delivery.objects.visible_to(actor).exists()
