"""What is written back to a letter: that it has arrived and where, or, once a day, that it has reached nobody."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.letters import post
from tests.mails import Mails
from trialogue.channels.rules import shipped_rules
from trialogue.deliveries.models import Bounce, Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.letters.models import Letter, ReplyAddress
from trialogue.people.models import Person
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CHANNELS = shipped_rules().channels


@pytest.fixture(autouse=True)
def by_mail(settings: Any) -> None:
    settings.MAIL_TRUST, settings.REPLY_ADDRESS = post.TRUST, "reply@trialogue.example"
    settings.HOST, settings.BASE_URL = "trialogue.example", "https://trialogue.example"


def sent_to(mails: type[Mails], address: str, until: Any = MONDAY + HOUR) -> list[EmailMessage]:
    mails.sent.clear()
    send_due(until)
    parsed = [message_from_bytes(mail.message().as_bytes(), policy=policy.default) for mail in mails.sent]
    return [mail for mail in parsed if mail["To"].addresses[0].addr_spec == address]  # type: ignore[misc]


def words(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part
    return " ".join(str(part.get_content()).split())


# --- that it has arrived ----------------------------------------------------------------------------------------------


def test_a_request_by_mail_is_acknowledged_under_the_letter(cast: Cast, mails: type[Mails]) -> None:
    letter = post.post(post.written(cast.clara, post.SUPPORT, subject="Upload fails"))
    (mail,) = sent_to(mails, "clara@nordlys.example")
    request = Request.objects.get()
    assert (mail["Subject"], mail["In-Reply-To"]) == ("Re: Upload fails", f"<{letter.mail_id}>")
    assert mail["Auto-Submitted"] == "auto-replied"
    assert f"Its number is {request}." in words(mail)
    assert "We answer within 2 business days" in words(mail)
    assert "Put it into the case" not in words(mail)
    assert "You wrote to" not in words(mail)


def test_moved_it_says_so_and_that_no_time_is_lost(cast: Cast, mails: type[Mails]) -> None:
    post.post(post.written(cast.clara, post.BUSINESS, subject="A contract"))
    (mail,) = sent_to(mails, "clara@nordlys.example")
    for kind in ("plain", "html"):
        assert f"You wrote to {CHANNELS['business'].name}. This address is for referral partners and us only." in words(
            mail, kind
        )
        assert (
            f"It stands with {CHANNELS['platform'].name} now, and what we promise counts from when your mail arrived."
            in words(mail, kind)
        )


def test_about_a_case_it_offers_the_case(cast: Cast, mails: type[Mails]) -> None:
    case = cast.confirmed()
    Delivery.objects.all().delete()
    post.post(post.written(cast.clara, post.SUPPORT, f"What happens in case {case.reference}?", subject="My case"))
    (mail,) = sent_to(mails, "clara@nordlys.example")
    request = Request.objects.get()
    assert f"It seems to be about case {case.reference}." in words(mail)
    for kind in ("plain", "html"):
        assert f"https://trialogue.example/requests/{request}/#hand" in words(mail, kind)


def test_another_matter_in_an_old_thread_is_told_how_it_becomes_its_own(cast: Cast, mails: type[Mails]) -> None:
    request = Request.open(by=cast.clara, channel="platform", subject="Upload fails", body="It fails.", at=MONDAY)
    sent_to(mails, "clara@nordlys.example")
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    letter = post.post(post.written(cast.clara, address, "And the prices?", subject="Prices of next year"))
    (mail,) = sent_to(mails, "clara@nordlys.example")
    assert f"Your mail “Prices of next year” stands in request {request}." in words(mail)
    assert f"/requests/{request}/#topic-{letter.public_id}" in words(mail, "html")
    assert (mail["In-Reply-To"], mail["Auto-Submitted"]) == (f"<{letter.mail_id}>", "auto-replied")
    post.post(post.written(cast.clara, address, "And now?", subject="Re: Upload fails"))
    assert sent_to(mails, "clara@nordlys.example") == [], "what goes on needs no receipt"


@pytest.mark.parametrize("proof", ["", "fail"])
def test_what_is_held_gets_none(cast: Cast, mails: type[Mails], proof: str) -> None:
    assert post.post(post.written(cast.clara, post.SUPPORT, proof=proof)).state == "held"
    assert sent_to(mails, "clara@nordlys.example") == []


def test_a_machine_gets_none(cast: Cast, mails: type[Mails]) -> None:
    assert post.post(post.written(cast.clara, post.SUPPORT, Auto_Submitted="auto-replied")).state == "noted"
    assert sent_to(mails, "clara@nordlys.example") == []


# --- that it is refused -----------------------------------------------------------------------------------------------


@pytest.fixture
def address(cast: Cast, mails: type[Mails]) -> str:
    """Where Paul answered in a case that another partner works now."""
    case = cast.confirmed()
    address = ReplyAddress.objects.of(case.conversation, cast.paul.person)
    case.reassign(cast.pia.organisation, by=cast.olga, reason="x", at=MONDAY)
    Delivery.objects.all().delete()
    return address


PAUL = "paul@kanzlei.example"


def told(mails: type[Mails], address: str = PAUL) -> list[EmailMessage]:
    return sent_to(mails, address, MONDAY + timedelta(days=400))


def test_whoever_may_not_write_there_any_more_is_told_so_in_their_language(
    cast: Cast, mails: type[Mails], address: str
) -> None:
    letter = post.post(post.written(cast.paul, address, "One more thing", subject="Re: Case"))
    assert letter.state == "refused"
    (mail,) = told(mails)
    assert "Your mail “Re: Case” has reached nobody, and nothing comes of it." in words(mail)
    assert "You may not write in this conversation any more" in words(mail)
    assert "https://trialogue.example/help/" in words(mail)
    assert mail["In-Reply-To"] == f"<{letter.mail_id}>"
    assert (mail["Auto-Submitted"], mail["Reply-To"]) == ("auto-replied", None)


def test_once_a_day_and_no_more(cast: Cast, mails: type[Mails], address: str) -> None:
    for hours in (0, 1, 23, 25):
        post.post(post.written(cast.paul, address, f"After {hours} hours"), at=MONDAY + hours * HOUR)
    assert len(told(mails)) == 2
    assert [bool(letter.told_at) for letter in Letter.objects.order_by("pk")] == [True, False, False, True]


@pytest.mark.parametrize("proof", ["", "fail"])
def test_who_is_not_proven_is_told_nothing(cast: Cast, mails: type[Mails], address: str, proof: str) -> None:
    post.post(post.written(cast.paul, address, proof=proof))
    assert told(mails) == []


def test_what_somebody_refused_by_hand_is_told_to_nobody(cast: Cast, mails: type[Mails]) -> None:
    post.post(post.written(cast.paul, post.SUPPORT, proof="")).refuse(by=cast.olga)
    assert told(mails) == []


# --- what comes back --------------------------------------------------------------------------------------------------


def test_a_bounce_by_mail_lets_its_address_rest(cast: Cast, mails: type[Mails]) -> None:
    Request.open(by=cast.clara, channel="platform", subject="Upload fails", body="It fails.", at=MONDAY)
    (mail,) = sent_to(mails, "clara@nordlys.example")
    post.post(post.bounce("clara@nordlys.example", of=mail["Message-ID"]))
    bounce = Bounce.objects.get()
    assert (bounce.address, bounce.permanent) == ("clara@nordlys.example", True)
    assert Delivery.objects.get(kind="receipt").state == "bounced"
    assert Person.objects.filter(email=bounce.address).exists()
