"""Mail after a quiet time: what was said meanwhile in one mail, and none of what was read meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from tests.walk import document
from trialogue.cases.lifecycle import DeclineReason
from trialogue.cases.models import Case
from trialogue.conversations.models import Conversation, Document
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.events.models import Event
from trialogue.people.models import Actor, Membership, Person, Role


def minute(n: float) -> datetime:
    return MONDAY + timedelta(minutes=n)


@pytest.fixture
def case(cast: Cast, mails: type[Mails]) -> Case:
    """Confirmed, and all of its first mails gone."""
    case = cast.confirmed(at=minute(-60))
    send_due(minute(-40))
    mails.sent.clear()
    return case


@pytest.fixture
def talk(case: Case) -> Conversation:
    return case.conversation


def sent_to(mails: type[Mails], actor: Actor) -> list[str]:
    """The texts of the mails to one person."""
    assert actor.person
    return [str(mail.body) for mail in mails.sent if actor.person.email in mail.to[0]]


def states(actor: Actor) -> list[str]:
    return list(
        Delivery.objects.filter(person=actor.person, since__gte=MONDAY).order_by("id").values_list("state", flat=True)
    )


def test_nothing_goes_out_before_the_quiet_time_is_over(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    assert send_due(minute(9.99)) == 0
    assert send_due(minute(10)) == 2
    assert len(mails.sent) == 2


def test_everyone_on_the_other_side_hears_of_it_and_nobody_else(
    cast: Cast, talk: Conversation, mails: type[Mails]
) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    send_due(minute(10))
    assert sorted(mail.to[0] for mail in mails.sent) == [
        "Paul Brandt <paul@kanzlei.example>", "Petra Vogt <petra@kanzlei.example>",
    ]  # fmt: skip


def test_several_messages_come_in_one_mail_to_each(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    for n, body in enumerate(["Zebra", "Okapi", "Quagga"]):
        talk.post(by=cast.clara, body=body, at=minute(n))
    assert send_due(minute(10)) == 2
    (text,) = sent_to(mails, cast.paul)
    assert text.index("Zebra") < text.index("Okapi") < text.index("Quagga")


def test_the_quiet_time_runs_from_the_first(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    """Whoever keeps writing does not keep the mail from going out."""
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    talk.post(by=cast.clara, body="Okapi", at=minute(9))
    send_due(minute(10))
    talk.post(by=cast.clara, body="Quagga", at=minute(11))
    send_due(minute(20))
    assert len(sent_to(mails, cast.paul)) == 1
    send_due(minute(21))
    first, second = sent_to(mails, cast.paul)
    assert "Okapi" in first
    assert "Quagga" in second
    assert "Okapi" not in second


def test_read_meanwhile_is_no_mail(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    talk.mark_read(by=cast.paul, through=1, at=minute(5))
    send_due(minute(10))
    assert sent_to(mails, cast.paul) == []
    assert len(sent_to(mails, cast.petra)) == 1
    assert states(cast.paul) == ["read"]


def test_answered_meanwhile_is_read(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    talk.post(by=cast.paul, body="Answer", at=minute(5))
    send_due(minute(15))
    assert sent_to(mails, cast.paul) == []


def test_partly_read_leaves_the_rest(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    for n, body in enumerate(["Zebra", "Okapi", "Quagga"]):
        talk.post(by=cast.clara, body=body, at=minute(n))
    talk.mark_read(by=cast.paul, through=2, at=minute(5))
    send_due(minute(10))
    (text,) = sent_to(mails, cast.paul)
    assert "Quagga" in text
    assert "Okapi" not in text
    assert "#message-3" in text


def test_what_was_mailed_before_is_not_mailed_again(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    send_due(minute(10))
    talk.post(by=cast.clara, body="Okapi", at=minute(20))
    send_due(minute(30))
    assert ["Zebra" in text for text in sent_to(mails, cast.paul)] == [True, False]


def test_ones_own_sides_words_are_not_mailed_back(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    talk.post(by=cast.petra, body="Okapi", at=minute(1))
    send_due(minute(20))
    assert all("Okapi" not in text for text in sent_to(mails, cast.paul))


def test_whoever_left_gets_nothing(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    Membership.objects.get(person=cast.petra.person).end(by=cast.paul)
    Person.objects.filter(pk=cast.paul.person.pk).update(is_active=False)  # type: ignore[union-attr]
    send_due(minute(10))
    assert mails.sent == []
    assert states(cast.petra) == states(cast.paul) == ["moot"]


def test_whoever_joined_later_hears_of_what_is_said_from_then_on(
    cast: Cast, talk: Conversation, mails: type[Mails]
) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    newt = Person.objects.create_user("newt@kanzlei.example", "pw", name="Newt Neu")
    cast.paul.organisation.admit(newt, Role.MEMBER, by=cast.paul)
    talk.post(by=cast.clara, body="Okapi", at=minute(1))
    send_due(minute(20))
    (text,) = [str(mail.body) for mail in mails.sent if newt.email in mail.to[0]]
    assert "Okapi" in text
    assert "Zebra" not in text


def test_documents_are_named(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.post(by=cast.clara, body="", documents=[document("eland.txt", b"x" * 2048)], at=minute(0))
    send_due(minute(10))
    assert "eland.txt, 2.0" in sent_to(mails, cast.paul)[0]


# --- moves ------------------------------------------------------------------------------------------------------------


def test_a_move_is_told_to_the_side_that_did_not_make_it(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.pause(by=cast.paul, reason="Resting ibex", at=minute(0))
    send_due(minute(10))
    (text,) = sent_to(mails, cast.clara)
    assert "Paul Brandt paused the case." in text
    assert "Resting ibex" in text
    assert sent_to(mails, cast.petra) == []


def test_a_document_laid_into_the_case_is_told_to_the_other_side(cast: Cast, case: Case, mails: type[Mails]) -> None:
    Document.add(case, [document()], by=cast.clara, at=minute(0))
    send_due(minute(11))
    assert "Clara Holm added “evidence.txt”." in sent_to(mails, cast.paul)[0]
    assert sent_to(mails, cast.clara) == sent_to(mails, cast.carl) == []


def test_a_document_before_the_release_is_told_to_nobody(cast: Cast, mails: type[Mails]) -> None:
    Document.add(cast.submitted("Early"), [document()], by=cast.clara, at=minute(0))
    assert not Delivery.objects.filter(case__client_reference="Early").exists()


def test_a_release_is_told_to_both_sides(cast: Cast, mails: type[Mails]) -> None:
    cast.released(at=minute(0))
    send_due(minute(10))
    for actor in (cast.clara, cast.carl, cast.paul, cast.petra):
        (text,) = sent_to(mails, actor)
        assert "released the case to Kanzlei Brandt & Partner." in text
    assert len(mails.sent) == 4


def test_moves_and_messages_share_a_mail(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.pause(by=cast.paul, reason="Resting ibex", at=minute(0))
    case.resume(by=cast.paul, at=minute(1))
    case.conversation.post(by=cast.paul, body="Okapi", at=minute(2))
    send_due(minute(10))
    (text,) = sent_to(mails, cast.clara)
    for told in ("paused the case", "resumed the case", "Resting ibex", "Okapi"):
        assert told in text


def test_a_mail_that_begins_with_a_move_does_not_repeat_what_was_mailed_before(
    cast: Cast, case: Case, mails: type[Mails]
) -> None:
    case.pause(by=cast.paul, reason="Resting ibex", at=minute(0))
    send_due(minute(10))
    case.resume(by=cast.paul, at=minute(20))
    case.conversation.post(by=cast.paul, body="Okapi", at=minute(21))
    send_due(minute(30))
    _first, second = sent_to(mails, cast.clara)
    assert "resumed the case" in second
    assert "Okapi" in second
    assert "ibex" not in second


def test_a_move_that_was_seen_is_not_mailed(cast: Cast, case: Case, mails: type[Mails]) -> None:
    """Looking at the case again is enough, though there was no message to read."""
    case.conversation.mark_read(by=cast.clara, through=0, at=minute(-1))
    case.pause(by=cast.paul, reason="Resting ibex", at=minute(0))
    case.conversation.mark_read(by=cast.clara, through=1, at=minute(1))
    send_due(minute(10))
    assert sent_to(mails, cast.clara) == []
    assert states(cast.clara) == ["read"]


def test_of_two_moves_only_the_unseen_one_is_told(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.pause(by=cast.paul, reason="Resting ibex", at=minute(0))
    case.conversation.mark_read(by=cast.clara, through=1, at=minute(1))
    case.resume(by=cast.paul, at=minute(2))
    send_due(minute(10))
    (text,) = sent_to(mails, cast.clara)
    assert "resumed the case" in text
    assert "paused the case" not in text


def test_a_move_that_was_mailed_is_not_mailed_again(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.conversation.mark_read(by=cast.clara, through=0, at=minute(-1))
    case.pause(by=cast.paul, reason="Resting ibex", at=minute(0))
    send_due(minute(10))
    case.resume(by=cast.paul, at=minute(20))
    send_due(minute(30))
    first, second = sent_to(mails, cast.clara)
    assert "paused" in first
    assert "paused" not in second


def test_someone_on_both_sides_gets_one_mail(cast: Cast, mails: type[Mails]) -> None:
    assert cast.carl.person
    cast.paul.organisation.admit(cast.carl.person, by=cast.paul)
    cast.released(at=minute(0))
    send_due(minute(10))
    assert len(sent_to(mails, cast.carl)) == 1


def test_how_it_ended_is_told_in_the_log(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    talk.mark_read(by=cast.petra, through=1, at=minute(1))
    send_due(minute(10))
    settled = Event.objects.filter(kind="delivery.settled", at__gte=MONDAY)
    assert [(e.facts["person"], e.facts["outcome"]) for e in settled] == [(cast.paul.by, "sent")]


def test_a_message_after_the_worker_took_the_mail_comes_in_the_next(
    cast: Cast, talk: Conversation, mails: type[Mails]
) -> None:
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    taken = Delivery.objects.get(person=cast.paul.person, state="waiting")
    assert taken.claim(minute(10))
    talk.post(by=cast.clara, body="Okapi", at=minute(10))
    assert states(cast.paul) == ["sending", "waiting"]
    send_due(minute(25))
    texts = sent_to(mails, cast.paul)
    assert sorted("Okapi" in text for text in texts) == [False, True]


def test_whoever_writes_for_the_other_side_is_not_told_of_their_own_words(
    cast: Cast, talk: Conversation, mails: type[Mails]
) -> None:
    assert cast.carl.person
    there = Actor.of(cast.paul.organisation.admit(cast.carl.person, by=cast.paul))
    talk.post(by=there, body="Zebra", at=minute(0))
    send_due(minute(10))
    assert sent_to(mails, cast.carl) == []
    assert len(sent_to(mails, cast.clara)) == 1


# --- moves of a case without a partner, or between two ----------------------------------------------------------------


def test_what_is_told_of_and_what_a_mail_tells_are_the_same() -> None:
    from trialogue.deliveries import telling
    from trialogue.deliveries.carriers.mail import TOLD
    from trialogue.reactions import REACTIONS

    told_by = {
            telling.tell_of_move, telling.tell_of_document, telling.tell_uploader, telling.tell_of_complaint,
            telling.tell_of_consent,
        }  # fmt: skip
    assert {kind for kind, reactions in REACTIONS.items() if told_by & {*reactions}} == set(TOLD)


def test_a_client_hears_that_a_partner_declined(cast: Cast, mails: type[Mails]) -> None:
    case = cast.released(at=minute(-60))
    send_due(minute(-40))
    mails.sent.clear()
    case.decline(by=cast.paul, decline_reason=DeclineReason.values[0], at=minute(0))
    send_due(minute(10))
    assert "Paul Brandt declined the case" in sent_to(mails, cast.clara)[0]
    assert sent_to(mails, cast.paul) == sent_to(mails, cast.petra) == []


def test_of_a_change_of_hands_all_three_are_told_what_concerns_them(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Resting ibex", at=minute(0))
    send_due(minute(10))
    (clara,), (paul,), (pia,) = (sent_to(mails, actor) for actor in (cast.clara, cast.paul, cast.pia))
    assert "released the case to Pinto Cobranças" in clara
    assert "took the case back from Kanzlei Brandt" in paul
    assert "Pinto" not in paul
    assert "released the case to Pinto Cobranças" in pia
    assert "took the case back" not in pia
