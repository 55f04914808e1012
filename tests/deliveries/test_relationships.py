"""Notices, mails and answers by mail of what a client and a partner say to each other outside their cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from tests.cast import MONDAY, Cast
from tests.letters import post as letters
from tests.mails import Mails
from trialogue.clocks.models import Clock, break_due
from trialogue.conversations import relationships
from trialogue.conversations.models import Conversation
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.notices import SHOWN, tell
from trialogue.deliveries.rounds import send_due
from trialogue.deliveries.wishes import Mute
from trialogue.events.models import Event
from trialogue.letters.models import Letter, ReplyAddress


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    cast.confirmed(at=MONDAY)
    return relationships.between(cast.clara, cast.paul.organisation)


@pytest.fixture
def quiet(mails: type[Mails], talk: Conversation) -> type[Mails]:
    Delivery.objects.all().delete()
    mails.sent.clear()
    return mails


def test_all_of_the_other_side_hear_of_it_in_one_mail_each(cast: Cast, talk: Conversation, quiet: type[Mails]) -> None:
    for words in ("One", "Two"):
        talk.post(by=cast.clara, body=words, at=MONDAY)
    send_due(MONDAY + timedelta(hours=1))
    assert sorted(mail.to[0].split(" <")[0] for mail in quiet.sent) == ["Paul Brandt", "Petra Vogt"]
    mail = quiet.sent[0]
    assert mail.subject == talk.title
    assert "2 new messages with Nordlys Energi A/S, outside your cases" in mail.body
    assert f"/relationships/{talk.public_id}/" in mail.body
    assert f"<relationship-{talk.public_id}@" in mail.extra_headers["References"]


def test_what_was_read_is_not_mailed(cast: Cast, talk: Conversation, quiet: type[Mails]) -> None:
    talk.post(by=cast.clara, body="One", at=MONDAY)
    talk.mark_read(by=cast.paul, through=1, at=MONDAY)
    send_due(MONDAY + timedelta(hours=1))
    assert [mail.to[0].split(" <")[0] for mail in quiet.sent] == ["Petra Vogt"]


def test_the_bell_tells_of_it(cast: Cast, talk: Conversation, quiet: type[Mails]) -> None:
    talk.post(by=cast.clara, body="The okapi", at=MONDAY)
    mine = Delivery.objects.notices_of(cast.paul, MONDAY).select_related(*SHOWN)
    (told,) = tell(list(mine), cast.paul)
    assert (told.sentences, told.words) == (("Clara Holm wrote.",), "The okapi")
    assert told.page == f"/relationships/{talk.public_id}/#message-1"
    assert told.delivery.title == talk.title


def test_muted_it_is_silent_for_one_person(cast: Cast, talk: Conversation, quiet: type[Mails]) -> None:
    Mute.lay(talk, by=cast.paul, at=MONDAY)
    talk.post(by=cast.clara, body="One", at=MONDAY)
    send_due(MONDAY + timedelta(hours=1))
    assert [mail.to[0].split(" <")[0] for mail in quiet.sent] == ["Petra Vogt"]
    assert Mute.objects.of(cast.paul).get().conversation == talk
    assert not Delivery.objects.notices_of(cast.paul, MONDAY).exists()
    Mute.lift(talk, by=cast.paul)
    assert Delivery.objects.notices_of(cast.petra, MONDAY).count() == 1


def test_a_clock_breaks_and_both_are_told(cast: Cast, talk: Conversation, quiet: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Hello?", at=MONDAY)
    late = MONDAY + timedelta(days=7)
    assert break_due(late) == 1
    send_due(late)
    subjects = {mail.subject for mail in quiet.sent}
    assert "Your answer to Nordlys Energi A/S is overdue" in subjects
    assert "An answer of Kanzlei Brandt & Partner that you wait for is overdue" in subjects
    clock = Clock.objects.get(conversation=talk)
    assert (clock.title, clock.reference) == (talk.title, "")
    clock.remind(by=cast.olga, at=late)
    assert Event.objects.visible_to(cast.paul).filter(kind="clock.reminded", subject=talk.public_id).exists()


# --- by mail ----------------------------------------------------------------------------------------------------------


@override_settings(**letters.SETTINGS)
def test_a_mail_of_it_is_answered_by_mail(cast: Cast, talk: Conversation, quiet: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Where do we send invoices?", at=MONDAY)
    address = ReplyAddress.objects.of(talk, cast.paul.person)
    letter = letters.post(letters.written(cast.paul, address, "To our Berlin office", subject=f"Re: {talk.title}"))
    assert (letter.state, letter.conversation, letter.topic) == (Letter.State.FILED, talk, "")
    assert letter.message is not None
    assert (letter.message.body, letter.message.author) == ("To our Berlin office", cast.paul.person)
    assert Clock.objects.open().get(conversation=talk).owner == cast.clara.organisation


@override_settings(**letters.SETTINGS)
def test_somebody_elses_answer_is_held(cast: Cast, talk: Conversation, quiet: type[Mails]) -> None:
    talk.post(by=cast.clara, body="Where do we send invoices?", at=MONDAY)
    address = ReplyAddress.objects.of(talk, cast.paul.person)
    letter = letters.post(letters.written(cast.otto, address, "To me"))
    assert letter.state == Letter.State.HELD
    assert talk.messages.count() == 1
