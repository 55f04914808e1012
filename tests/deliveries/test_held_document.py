"""What the malware check found is told to the side that added the document, by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.cast import MONDAY, Cast
from tests.deliveries.test_mail import mail_to, text_of
from tests.mails import Mails
from tests.walk import document
from trialogue.conversations.models import Document
from trialogue.deliveries.rounds import send_due


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
