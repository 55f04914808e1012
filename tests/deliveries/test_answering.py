"""Where an answer to a mail goes, and on what it hangs in its reader's program."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection

from tests.cast import MONDAY, Cast
from tests.deliveries.letters import filed
from tests.mails import Mails
from trialogue.clocks.models import break_due
from trialogue.conversations.models import Note, Presence
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import begin_digests, send_due
from trialogue.deliveries.wishes import Wishes
from trialogue.letters.models import ReplyAddress
from trialogue.people.models import Person, Visitor
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=3)
OFF = "replies to this address are not read"
TOLD = {"channel": "platform", "subject": "It hangs", "body": "The page stays white."}


@pytest.fixture(autouse=True)
def answered_by_mail(settings: Any) -> None:
    settings.REPLY_ADDRESS = "reply@trialogue.example"
    settings.HOST = "trialogue.example"


def sent(mails: type[Mails], until: Any = LATER) -> dict[str, list[EmailMessage]]:
    """What went out until a moment and not before, by the name before the @."""
    mails.sent.clear()
    send_due(until)
    found: dict[str, list[EmailMessage]] = {}
    for mail in mails.sent:
        parsed = message_from_bytes(mail.message().as_bytes(), policy=policy.default)
        found.setdefault(parsed["To"].addresses[0].username, []).append(parsed)  # type: ignore[arg-type]
    return found


def words(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


def behind(mail: EmailMessage) -> ReplyAddress:
    (found,) = ReplyAddress.objects.behind([mail["Reply-To"]])
    return found


# --- where it goes ----------------------------------------------------------------------------------------------------


def test_what_was_said_in_a_case_is_answered_by_each_reader_at_an_address_of_their_own(
    cast: Cast, mails: type[Mails]
) -> None:
    talk = cast.conversation()
    sent(mails)
    talk.post(by=cast.clara, body="Zebra", at=MONDAY)
    told = sent(mails)
    (paul,), (petra,) = told["paul"], told["petra"]
    assert (behind(paul).person, behind(petra).person) == (cast.paul.person, cast.petra.person)
    assert behind(paul).conversation == talk
    for kind in ("plain", "html"):
        assert "What you write goes to Nordlys Energi A/S: answer this mail, or in the case itself." in words(
            paul, kind
        )
        assert OFF not in words(paul, kind)


def test_whoever_of_the_operator_has_joined_a_case_hears_what_is_said_there_until_they_leave(
    cast: Cast, mails: type[Mails]
) -> None:
    talk = cast.conversation()
    there = Presence.join(talk, by=cast.olga, reason="Both sides asked.", at=MONDAY)
    sent(mails)
    talk.post(by=cast.paul, body="Zebra", at=MONDAY)
    talk.post(by=cast.olga, body="Thank you both", at=MONDAY)
    (told,) = sent(mails)["olga"]
    assert ("Zebra" in words(told), "Thank you both" in words(told)) == (True, False)
    assert "mention" not in words(told)
    assert behind(told).person == cast.olga.person
    assert "What you write goes to" in words(told)

    there.leave(by=cast.olga, at=MONDAY)
    talk.post(by=cast.clara, body="Yak", at=MONDAY)
    assert sent(mails).keys() == {"paul", "petra"}


def test_a_receipt_an_answer_and_what_is_overdue_are_answered_by_who_asked_and_by_the_desk(
    cast: Cast, mails: type[Mails]
) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    (receipt,), (desk,) = (told := sent(mails))["clara"], told["olga"]
    assert behind(receipt).person == cast.clara.person
    assert "What you write goes to Trialogue Operations:" in words(receipt)
    assert behind(desk).person == cast.olga.person
    assert "What you write goes to Nordlys Energi A/S:" in words(desk)
    late = MONDAY + timedelta(days=2, minutes=1)
    break_due(late)
    for told in sent(mails, late).values():
        assert behind(told[0]).conversation == request.conversation


def test_a_visitor_answers_by_mail_as_well(cast: Cast, mails: type[Mails]) -> None:
    request = Request.open(
        by=Visitor(), name="Vera", email="vera@example.com", at=MONDAY, **TOLD | {"channel": "sales"}
    )
    told = sent(mails)
    (receipt,) = told["vera"]
    assert "What you write goes to Vera:" in words(told["olga"][0])
    assert (behind(receipt).person, behind(receipt).conversation) == (None, request.conversation)


def test_where_replying_is_off_no_mail_says_otherwise(cast: Cast, mails: type[Mails], settings: Any) -> None:
    settings.REPLY_ADDRESS = ""
    cast.conversation().post(by=cast.clara, body="Zebra", at=MONDAY)
    Request.open(by=cast.clara, at=MONDAY, **TOLD)
    told = sent(mails)
    for mail in (mail for each in told.values() for mail in each):
        assert mail["Reply-To"] is None
        assert OFF in words(mail)
        assert OFF in words(mail, "html")
    assert "Answer in the case itself" in words(told["paul"][0])
    assert "Answer on the page of the request" in words(told["olga"][0])


def test_who_works_the_case_no_more_is_told_so_and_given_no_address(cast: Cast, mails: type[Mails]) -> None:
    case = cast.confirmed()
    sent(mails)
    case.reassign(cast.pia.organisation, by=cast.olga, reason="x", at=MONDAY)
    told = sent(mails)
    assert behind(told["pia"][0]).person == cast.pia.person
    assert told["paul"][0]["Reply-To"] is None
    assert f"You do not write there: {OFF}." in words(told["paul"][0])


def test_a_merged_request_is_answered_where_it_goes_on(cast: Cast, mails: type[Mails]) -> None:
    one, other = (Request.open(by=cast.clara, at=MONDAY, **TOLD) for _n in range(2))
    sent(mails)
    one.merge_into(other, by=cast.olga, at=LATER)
    (mail,) = sent(mails, LATER + timedelta(hours=1))["clara"]
    assert mail["Reply-To"] is None
    assert f"It goes on in request {other}: replies to this mail are not read." in words(mail)


def test_a_private_note_a_summary_and_a_letter_with_words_of_its_own_have_none(cast: Cast, mails: type[Mails]) -> None:
    talk = cast.conversation()
    assert cast.petra.person
    Wishes.choose(cast.petra.person, how={}, digest=True, at=MONDAY)
    sent(mails)
    Note.write(talk, by=cast.paul, body="@Petra look", at=MONDAY)
    Delivery.write_letter(to="newt@b.example", subject="Come in", text="By this link")
    (note,) = sent(mails)["petra"]
    talk.post(by=cast.clara, body="Zebra", at=LATER)
    begin_digests(MONDAY + timedelta(days=1))
    told = sent(mails, MONDAY + timedelta(days=300))
    (summary,) = [mail for mail in told["petra"] if "summary" in mail["Subject"]]
    for mail in (note, summary, told["newt"][0]):
        assert mail["Reply-To"] is None
    assert "eplies to this address are not read" in words(note)
    assert "Replies to this address are not read." in words(summary)


def test_what_comes_back_comes_back_to_where_answers_are_read(cast: Cast, mails: type[Mails]) -> None:
    cast.released()
    sent(mails)
    assert {mail.from_email for mail in mails.sent} == {"reply@trialogue.example"}
    assert {mail.extra_headers["From"] for mail in mails.sent} == {"Trialogue <notices@trialogue.example>"}


# --- on what it hangs -------------------------------------------------------------------------------------------------


def test_what_answers_a_letter_hangs_on_it_under_its_own_subject(cast: Cast, mails: type[Mails]) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    letter = filed(request.conversation.messages.get(), cast.clara, "q1@nordlys.example", subject="WG: It hangs")
    (receipt,) = sent(mails)["clara"]
    request.answer(by=cast.olga, body="Try again.", at=LATER)
    told = sent(mails, LATER + timedelta(hours=1))
    (answer,) = told["clara"]
    root = f"<request-{request}@trialogue.example>"
    assert (receipt["Subject"], receipt["In-Reply-To"]) == ("Re: It hangs", f"<{letter.mail_id}>")
    assert receipt["References"].split() == [root, "<q1@nordlys.example>"]
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert (answer["Subject"], answer["Auto-Submitted"]) == ("Re: It hangs", "auto-generated")
    assert answer["References"].split() == [root, "<q1@nordlys.example>", receipt["Message-ID"]]


def test_nobody_hangs_on_what_somebody_else_wrote_or_got(cast: Cast, mails: type[Mails]) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    filed(request.conversation.messages.get(), cast.clara)
    (desk,) = sent(mails)["olga"]
    assert desk["References"] == f"<request-{request}@trialogue.example>"
    assert desk["Subject"] == f"Request {request}: It hangs"


def test_a_mail_hangs_on_the_last_eight_and_never_loses_its_root(cast: Cast, mails: type[Mails]) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    for n in range(12):
        message = request.write(by=cast.clara, body=f"{n}", at=MONDAY)
        filed(message, cast.clara, f"q{n}@nordlys.example", at=MONDAY + timedelta(minutes=n))
    request.answer(by=cast.olga, body="Try again.", at=LATER)
    (*_, answer) = sent(mails, LATER + timedelta(hours=1))["clara"]
    references = answer["References"].split()
    assert references[0] == f"<request-{request}@trialogue.example>"
    assert len(references) == 9
    assert references[-2] == "<q11@nordlys.example>", "the receipt went out after it"


@pytest.mark.parametrize("name", ["", "a b@c.example", "x\r\nBcc: all@example.test", "<a@b>", "å@b.example", "x" * 250])
def test_what_is_no_message_id_stays_out(cast: Cast, mails: type[Mails], name: str) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    filed(request.conversation.messages.get(), cast.clara, mail_id=name or " ")
    (receipt,) = sent(mails)["clara"]
    assert receipt["References"] == f"<request-{request}@trialogue.example>"
    assert receipt["Bcc"] is None


def test_what_answers_a_letter_in_words_of_its_own_hangs_on_it(cast: Cast, mails: type[Mails]) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    letter = filed(request.conversation.messages.get(), cast.clara, conversation=None)
    Delivery.write_letter(to="clara@nordlys.example", subject="Re: It hangs", text="No.", answers=letter)
    mail = next(mail for mail in sent(mails, MONDAY + timedelta(days=300))["clara"] if "No." in words(mail))
    assert mail["In-Reply-To"] == mail["References"] == f"<{letter.mail_id}>"
    assert mail["Auto-Submitted"] == "auto-replied"


# --- what it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letters", [1, 12])
def test_a_mail_is_sent_in_as_many_queries_whatever_was_said_before(
    cast: Cast, mails: type[Mails], letters: int, django_assert_num_queries: Any
) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    sent(mails)
    for n in range(letters):
        filed(request.write(by=cast.clara, body=f"{n}", at=MONDAY), cast.clara)
    Person.objects.filter(pk=cast.olga.person_id).update(is_active=False)
    send_due(LATER)
    request.answer(by=cast.olga, body="Try again.", at=LATER)
    # PostgreSQL is asked for the lock before the row is read.
    with django_assert_num_queries(23 if connection.features.has_select_for_update else 22):
        send_due(LATER + timedelta(days=1))
