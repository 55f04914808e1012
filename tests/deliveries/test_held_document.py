"""What became of a document is told by mail: what the malware check found to the side that added it, a new version to the other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.cast import MONDAY, Cast
from tests.deliveries.test_mail import mail_to, text_of
from tests.mails import Mails
from tests.walk import document
from trialogue.conversations.models import Document
from trialogue.deliveries.rounds import send_due
from trialogue.people.models import Visitor
from trialogue.requests.models import Request


def test_the_uploaders_side_is_told_what_to_do(cast: Cast, mails: type[Mails], settings: Any) -> None:
    settings.CLAMAV = "127.0.0.1:1"
    case = cast.confirmed(at=MONDAY - timedelta(days=3))
    laid = document()
    Document.add(case, [laid], by=cast.clara, at=MONDAY)
    send_due(MONDAY + timedelta(hours=1))
    mails.sent.clear()
    laid.hold("Eicar", at=MONDAY + timedelta(hours=1))
    send_due(MONDAY + timedelta(hours=2))
    for who in (cast.clara, cast.carl):
        assert "Whoever added it should remove it and send a clean copy." in text_of(mail_to(mails, who))
    assert not [mail for mail in mails.sent if "paul@" in mail.to[0]]


ASKED = {"channel": "sales", "subject": "Prices", "body": "How much?", "at": MONDAY - timedelta(days=3)}


def told_after(mails: type[Mails], what: Any) -> dict[str, str]:
    """Whom a mail tells of it, and what it says."""
    send_due(MONDAY + timedelta(hours=1))
    mails.sent.clear()
    what(MONDAY + timedelta(hours=1))
    send_due(MONDAY + timedelta(hours=2))
    return {mail.to[0]: str(mail.body) for mail in mails.sent}


def test_in_a_request_it_is_told_to_whoever_asked(cast: Cast, mails: type[Mails], settings: Any) -> None:
    settings.CLAMAV = "127.0.0.1:1"
    for by, about, who in (
        (cast.clara, {}, "Clara Holm <clara@nordlys.example>"),
        (Visitor(), {"name": "Vera", "email": "vera@example.com"}, "vera@example.com"),
    ):
        laid = document()
        Request.open(by=by, documents=[laid], **ASKED | about)
        told = told_after(mails, lambda at, laid=laid: laid.hold("Eicar", at=at))
        assert list(told) == [who]
        assert "Whoever added it should remove it and send a clean copy." in told[who]


def test_in_a_request_the_other_side_hears_of_a_new_version(cast: Cast, mails: type[Mails]) -> None:
    laid = document()
    Request.open(by=cast.clara, documents=[laid], **ASKED)
    told = told_after(mails, lambda at: laid.replace(document("newer.txt"), by=cast.clara, at=at))
    assert list(told) == ["Olga Lind <olga@trialogue.example>"]
    assert "Clara Holm added version 2 of “newer.txt”." in told["Olga Lind <olga@trialogue.example>"]
