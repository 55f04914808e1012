"""What becomes of a letter, walked as each side's people write them; and as those do who would like to be taken for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from tests.cast import MONDAY, Cast
from tests.letters.post import BUSINESS, LEGAL, SALES, SETTINGS, SUPPORT, TECHNICAL, post, written
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Document, Message
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event
from trialogue.letters import filing, knowing
from trialogue.letters.models import Alias, Letter, ReplyAddress, State
from trialogue.letters.rounds import file_due
from trialogue.people.models import Visitor
from trialogue.requests.models import Request
from trialogue.requests.models import State as RequestState

pytestmark = pytest.mark.django_db(transaction=True)
LATER = MONDAY + timedelta(hours=2)


@pytest.fixture(autouse=True)
def mail_is_on() -> object:
    with override_settings(**SETTINGS):
        yield


def asked(cast: Cast, by: str = "clara", channel: str = "platform", subject: str = "Upload fails") -> Request:
    return Request.open(by=getattr(cast, by), channel=channel, subject=subject, body="It stops at 90 %.", at=MONDAY)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_a_client_asks_by_mail(cast: Cast) -> None:
    letter = post(written(cast.clara, SUPPORT, "The upload stops at 90 %.\n\nClara"))
    request = letter.conversation.request
    assert (letter.state, letter.reason, letter.person) == (State.FILED, "opened", cast.clara.person)
    assert (request.asker, request.person, request.channel, request.subject) == (
        cast.clara.organisation, cast.clara.person, "platform", "Upload fails",
    )  # fmt: skip
    message = letter.message
    assert (message.via, message.author, message.number) == ("mail", cast.clara.person, 1)
    assert message.body.startswith("The upload stops at 90 %.")
    clock = Clock.objects.get(conversation=request.conversation)
    assert clock.owner == cast.olga.organisation
    assert Delivery.objects.filter(kind=Delivery.Kind.RECEIPT, person=cast.clara.person).count() == 1


def test_the_clock_counts_from_the_arrival(cast: Cast) -> None:
    raw = written(cast.clara, SUPPORT)
    letter = Letter.keep(raw, door="pipe", at=MONDAY)
    filing.file(letter, at=LATER)
    assert Request.objects.get().opened_at == MONDAY
    assert Clock.objects.get().started_at == MONDAY


def test_one_mail_to_two_addresses_is_one_request(cast: Cast) -> None:
    letter = post(written(cast.rita, [BUSINESS, TECHNICAL], subject="Commission and errors"))
    request = Request.objects.get()
    assert (request.channel, request.intents, letter.reason) == ("business", ["business", "technical"], "opened")
    assert Clock.objects.count() == 1


def test_its_copy_at_the_other_address_adds_what_it_was_for(cast: Cast) -> None:
    first = written(cast.rita, BUSINESS, Message_ID="<one@fintegra.example>")
    copy = b"Delivered-To: " + TECHNICAL.encode() + b"\r\n" + first
    post(first)
    letter = post(copy, at=LATER)
    request = Request.objects.get()
    assert (letter.state, letter.reason, letter.conversation) == (State.FILED, "again", request.conversation)
    assert request.intents == ["business", "technical"]
    assert Message.objects.count() == 1


def test_a_client_at_the_partners_address_is_moved_and_loses_no_time(cast: Cast) -> None:
    letter = post(written(cast.clara, TECHNICAL), at=MONDAY)
    request = Request.objects.get()
    assert (request.channel, request.intents) == ("platform", ["technical", "platform"])
    assert (letter.reason, letter.turned_from) == ("moved", "technical")
    assert Clock.objects.get().started_at == MONDAY


def test_a_stranger_asks_sales(cast: Cast) -> None:
    letter = post(written("Vera Falk <vera@example.com>", SALES, "What does it cost?", subject="Prices", proof=""))
    request = letter.conversation.request
    assert (request.asker, request.email, request.name, request.channel) == (
        None,
        "vera@example.com",
        "Vera Falk",
        "sales",
    )


def test_a_stranger_whom_no_answer_can_reach_waits_for_a_person(cast: Cast) -> None:
    raw = written("vera@elsewhere.example", SALES, proof="").replace(b"From: vera@", "From: vér@".encode())
    letter = post(raw)
    assert (letter.state, letter.reason, letter.sender) == (State.HELD, "unanswerable", "vér@elsewhere.example")
    letter.release(by=cast.olga, at=MONDAY)
    filing.file(letter, at=MONDAY)
    assert Letter.objects.get().reason == "unanswerable"


def test_a_stranger_at_the_clients_address_is_moved_to_sales(cast: Cast) -> None:
    letter = post(written("vera@example.com", SUPPORT, proof=""))
    assert (letter.reason, letter.turned_from, letter.conversation.request.channel) == ("moved", "platform", "sales")


def test_what_the_letter_says_fills_the_form_and_the_rest_is_missing(cast: Cast) -> None:
    text = "Our API integration fails.\nEnvironment: test\nEndpoint: POST /api/v1/cases\nError: invalid country\n"
    request = post(written(cast.rita, TECHNICAL, text, subject="API error 422 for POST cases")).conversation.request
    assert request.form["environment"] == "test"
    assert request.form["endpoint"] == "POST /api/v1/cases"
    assert request.situation == "integration"
    assert set(request.missing) == {"steps_tried", "happened_at"}


def test_a_question_about_a_case_is_offered_to_its_conversation(cast: Cast) -> None:
    case = cast.confirmed()
    letter = post(written(cast.clara, SUPPORT, f"Is there news of case {case.reference}?", subject="Status"))
    assert (letter.offered, letter.conversation.request.case) == (case, case)
    assert not Message.objects.filter(conversation=case.conversation, via="mail").exists()


def test_a_case_one_may_not_see_is_not_found_by_its_reference(cast: Cast) -> None:
    case = cast.confirmed()
    letter = post(written(cast.otto, SUPPORT, f"Is there news of case {case.reference}?", subject="Status"))
    assert (letter.state, letter.offered, letter.conversation.request.case) == (State.FILED, None, None)


# --- answering --------------------------------------------------------------------------------------------------------


def test_an_answer_is_said_in_the_case(cast: Cast) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="When do you write to the debtor?", at=MONDAY)
    address = ReplyAddress.objects.of(talk, cast.paul.person)
    letter = post(written(cast.paul, address, "Tomorrow.", subject=f"Re: case {talk.case.reference}"), at=LATER)
    message = talk.messages.order_by("-number").first()
    assert (letter.reason, letter.message) == ("token", message)
    assert (message.body, message.author, message.organisation, message.via) == (
        "Tomorrow.", cast.paul.person, cast.paul.organisation, "mail",
    )  # fmt: skip
    assert Clock.objects.get(conversation=talk, promise="reply").state == Clock.State.KEPT


def test_an_answer_brings_its_documents_and_says_what_cannot_come(cast: Cast) -> None:
    talk = cast.conversation()
    address = ReplyAddress.objects.of(talk, cast.clara.person)
    files = {"invoice.pdf": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF", "setup.exe": b"MZ\x90\x00"}
    post(written(cast.clara, address, "Here it is.", files=files))
    message = talk.messages.get(via="mail")
    assert [document.name for document in Document.objects.filter(message=message)] == ["invoice.pdf"]
    assert "setup.exe" in message.body


def test_the_desk_answers_by_mail(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.olga.person)
    post(written(cast.olga, address, "Try again now."), at=LATER)
    request.refresh_from_db()
    assert (request.state, Clock.objects.get().state) == (RequestState.ANSWERED, Clock.State.KEPT)


def test_a_sender_goes_on_and_a_solved_request_opens_again(cast: Cast) -> None:
    request = asked(cast)
    request.answer(by=cast.olga, body="Done.", solves=True, at=MONDAY)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    post(written(cast.clara, address, "No, it still fails."), at=LATER)
    request.refresh_from_db()
    assert request.state == RequestState.OPEN


def test_a_visitor_goes_on(cast: Cast) -> None:
    request = post(written("vera@example.com", SALES, "Prices?", proof="")).conversation.request
    address = ReplyAddress.objects.of(request.conversation, None)
    letter = post(written("vera@example.com", address, "For 100 cases."), at=LATER)
    assert (letter.state, letter.message.number, letter.message.author) == (State.FILED, 2, None)


def test_a_colleague_answers_as_themselves(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    letter = post(written(cast.carl, address, "I found the file."))
    assert (letter.reason, letter.message.author) == ("colleague", cast.carl.person)


def test_another_subject_in_an_old_thread_is_kept_to_be_offered_as_a_new_request(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    letter = post(written(cast.clara, address, "And the invoice?", subject="Invoice for March"))
    assert (letter.state, letter.topic, letter.conversation) == (State.FILED, "Invoice for March", request.conversation)


def test_what_continues_a_letter_of_ones_own_is_said_there(cast: Cast) -> None:
    first = post(written(cast.clara, SUPPORT, Message_ID="<first@nordlys.example>"))
    second = post(
        written(cast.clara, SUPPORT, "And again.", subject="Re: Upload fails", In_Reply_To="<first@nordlys.example>")
    )
    assert (second.reason, second.conversation) == ("thread", first.conversation)
    assert Request.objects.count() == 1


def test_a_merged_request_goes_on_where_it_was_merged_to(cast: Cast) -> None:
    old, new = asked(cast), asked(cast, subject="Upload still fails")
    address = ReplyAddress.objects.of(old.conversation, cast.clara.person)
    old.merge_into(new, by=cast.olga, at=MONDAY)
    assert post(written(cast.clara, address)).conversation == new.conversation


# --- those who would like to be taken for others ---------------------------------------------------------------------


def nothing_was_said(cast: Cast, request: Request) -> bool:
    request.refresh_from_db()
    return request.conversation.messages.count() == 1 and Request.objects.count() == 1


def test_a_forged_sender_is_held(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    for to in (address, SUPPORT):
        letter = post(written(cast.clara, to, proof="fail", subject=f"Upload {to[:9]}"))
        assert (letter.state, letter.reason) == (State.HELD, "forged")
    assert nothing_was_said(cast, request)


def test_an_unproven_sender_is_held_whatever_they_know(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    root = f"<request-{request.number}@127.0.0.1>"
    for number, (to, subject, answers) in enumerate(
        [(address, "Re: Upload fails", ""), (SUPPORT, f"Re: {request.number}", root)]
    ):
        raw = written(
            cast.clara, to, f"{number}", proof="", subject=subject, **({"In_Reply_To": answers} if answers else {})
        )
        letter = post(raw)
        assert (letter.state, letter.reason) == (State.HELD, "unproven")
    assert nothing_was_said(cast, request)


def test_another_servers_word_proves_nobody(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    raw = b"Authentication-Results: mx.evil.example; dmarc=pass header.from=nordlys.example\r\n" + written(
        cast.clara, address, proof=""
    )
    assert post(raw).reason == "unproven"
    proven_elsewhere = written(cast.clara, address, proof="").replace(
        b"From:", b"Authentication-Results: mx.trialogue.example; spf=pass smtp.mailfrom=evil.example\r\nFrom:", 1
    )
    assert post(proven_elsewhere).reason == "unproven"
    assert nothing_was_said(cast, request)


def test_two_senders_are_no_sender(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    raw = written(cast.clara, address).replace(b"From:", b"From: evil@evil.example\r\nFrom:", 1)
    assert post(raw).state == State.HELD
    assert nothing_was_said(cast, request)


def test_somebody_elses_token_is_held(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    for thief in (cast.paul, cast.otto, "stranger@evil.example"):
        letter = post(written(thief, address, f"I am {thief}"))
        assert (letter.state, letter.reason, letter.conversation) == (State.HELD, "not_theirs", request.conversation)
    assert nothing_was_said(cast, request)


def test_a_guessed_number_opens_a_request_of_the_guessers_own(cast: Cast) -> None:
    request = asked(cast)
    letter = post(written(cast.otto, SUPPORT, subject=f"Re: [{request.number}] Upload fails"))
    assert letter.conversation.request.asker == cast.otto.organisation
    assert request.conversation.messages.count() == 1


def test_a_stolen_thread_opens_a_request_of_the_thiefs_own(cast: Cast) -> None:
    first = post(written(cast.clara, SUPPORT, Message_ID="<first@nordlys.example>"))
    letter = post(
        written(cast.otto, SUPPORT, "Me too", subject="Re: Upload fails", In_Reply_To="<first@nordlys.example>")
    )
    assert letter.conversation != first.conversation
    assert letter.conversation.request.asker == cast.otto.organisation


def test_a_removed_member_is_refused(cast: Cast) -> None:
    request = asked(cast, by="carl")
    address = ReplyAddress.objects.of(request.conversation, cast.carl.person)
    cast.clara.organisation.memberships.get(person=cast.carl.person).end(by=cast.clara)
    letter = post(written(cast.carl, address))
    assert (letter.state, letter.reason) == (State.REFUSED, "no_longer")
    assert nothing_was_said(cast, request)


def test_whoever_is_only_in_copy_gets_no_rights(cast: Cast) -> None:
    raw = written(cast.clara, SUPPORT, Cc="mallory@evil.example")
    request = post(raw).conversation.request
    assert request.person == cast.clara.person
    assert not Delivery.objects.filter(address="mallory@evil.example").exists()
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    assert post(written("mallory@evil.example", address)).reason == "not_theirs"


def test_a_partner_whose_part_has_ended_does_not_come_back_by_mail(cast: Cast) -> None:
    talk = cast.conversation()
    address = ReplyAddress.objects.of(talk, cast.paul.person)
    talk.case.reassign(cast.pia.organisation, by=cast.olga, reason="Too slow", at=MONDAY)
    said = talk.messages.count()
    assert post(written(cast.paul, address)).reason == "no_longer"
    assert talk.messages.count() == said


# --- machines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto-reply"),
        ({"List_Id": "<offers.example.com>", "Precedence": "list"}, "list"),
        ({"X_Trialogue": "127.0.0.1"}, "loop"),
    ],
)
def test_a_machine_starts_nothing_and_gets_no_answer(cast: Cast, headers: dict[str, str], reason: str) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="When?", at=MONDAY)
    before = Delivery.objects.count()
    address = ReplyAddress.objects.of(talk, cast.paul.person)
    for to in (address, SUPPORT):
        letter = post(written(cast.paul, to, "I am away until Monday.", subject=f"Away {to[:3]}", **headers))
        assert (letter.state, letter.reason) == (State.NOTED, reason)
    assert Clock.objects.get(conversation=talk, promise="reply").is_open
    assert (Delivery.objects.count(), Request.objects.count()) == (before, 0)


# --- a person decides -------------------------------------------------------------------------------------------------


def test_a_held_letter_is_released_as_its_persons(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    letter = post(written("clara@home.example", address, "From my own address."))
    assert (letter.reason, letter.person) == ("not_theirs", cast.clara.person)
    letter.release(by=cast.olga, at=LATER)
    filing.file(letter, at=LATER)
    message = request.conversation.messages.get(number=2)
    assert (letter.state, message.author, message.via) == (State.FILED, cast.clara.person, "mail")
    assert post(written("clara@home.example", address, "Once more.")).reason == "not_theirs"


def test_a_trusted_sender_needs_no_release(cast: Cast) -> None:
    request = asked(cast)
    address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
    post(written("clara@home.example", address, "One.")).release(by=cast.olga, trust=True, at=LATER)
    assert file_due(LATER) == 1
    assert Alias.objects.get().person == cast.clara.person
    assert post(written("clara@home.example", address, "Two.")).state == State.FILED
    assert post(written("clara@home.example", address, "Three.", proof="")).reason == "unproven"


def test_an_unproven_letter_is_released(cast: Cast) -> None:
    letter = post(written(cast.clara, SUPPORT, proof=""))
    letter.release(by=cast.olga, at=LATER)
    filing.file(letter, at=LATER)
    assert letter.conversation.request.asker == cast.clara.organisation


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_one_bad_letter_does_not_stop_the_next(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = written(cast.clara, SUPPORT, subject="Bad"), written(cast.clara, SUPPORT, subject="Good")
    reads = filing.parse

    def parse(raw: bytes) -> object:
        if b"Bad" in raw:
            raise RuntimeError("poison")
        return reads(raw)

    monkeypatch.setattr(filing, "parse", parse)
    first, second = Letter.keep(bad, door="pipe", at=MONDAY), Letter.keep(good, door="pipe", at=MONDAY)
    assert file_due(MONDAY) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.why, second.state) == (State.ARRIVED, "RuntimeError: poison", State.FILED)
    monkeypatch.undo()
    first.replay(by=cast.olga, at=LATER)
    assert file_due(LATER) == 1
    first.refresh_from_db()
    assert first.state == State.FILED


def test_nothing_of_a_letter_that_fails_half_way_stays(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Letter, "settle", lambda *_: (_ for _ in ()).throw(RuntimeError("late")))
    letter = Letter.keep(written(cast.clara, SUPPORT), door="pipe", at=MONDAY)
    file_due(MONDAY)
    letter.refresh_from_db()
    assert (letter.state, Request.objects.count(), Message.objects.count()) == (State.ARRIVED, 0, 0)


def test_a_letter_is_never_filed_twice(cast: Cast) -> None:
    letter = post(written(cast.clara, SUPPORT))
    with pytest.raises(filing.Overtaken):
        filing.file(letter, at=LATER)
    assert (Request.objects.count(), Event.objects.filter(kind="letter.filed").count()) == (1, 1)


def test_a_long_letter_is_whole_as_a_document(cast: Cast) -> None:
    text = "\n".join(f"Line {number} of a long story about an upload." for number in range(600))
    letter = post(written(cast.clara, SUPPORT, text))
    assert len(letter.message.body) <= 10_000
    document = Document.objects.get(message=letter.message)
    assert document.name == "letter.txt"
    assert document.size > 20_000


def test_too_many_letters_of_one_sender_wait(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowing, "FLOOD", 3)
    reasons = [post(written(cast.clara, SUPPORT, f"{n}", subject=f"Topic {n}")).reason for n in range(6)]
    assert reasons == ["opened"] * 3 + ["flood"] * 3


def test_too_many_letters_in_one_conversation_wait(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowing, "FLOOD_IN_ONE", 2)
    address = ReplyAddress.objects.of(asked(cast).conversation, cast.clara.person)
    other = ReplyAddress.objects.of(asked(cast, subject="Another").conversation, cast.clara.person)
    reasons = [post(written(cast.clara, to, f"{n}")).reason for n, to in enumerate([address, address, address, other])]
    assert reasons == ["token", "token", "flood", "token"]


def test_a_letter_to_legal_is_acknowledged(cast: Cast) -> None:
    post(written(cast.paul, LEGAL, subject="Complaint"))
    assert Clock.objects.get().promise == "acknowledge"


def test_by_whom_a_visitor_writes_is_a_visitor(cast: Cast) -> None:
    assert post(written("vera@example.com", SALES, proof="")).person is None
    assert Visitor(via="mail").by == ""
