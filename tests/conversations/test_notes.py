"""A private note is seen by the organisation that wrote it, and by nobody else through any door of the rooms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Message, Note
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Actor, Refused

EVERYONE = ("clara", "carl", "paul", "petra", "rita", "olga", "otto", "pia")


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


def who_sees(cast: Cast, note: Note) -> set[str]:
    return {who for who in EVERYONE if Note.objects.visible_to(getattr(cast, who)).filter(pk=note.pk).exists()}


@pytest.mark.parametrize(
    ("author", "seen_by"), [("clara", {"clara", "carl"}), ("petra", {"paul", "petra"}), ("olga", {"olga"})]
)
def test_a_note_is_seen_by_its_own_organisation_alone(
    cast: Cast, talk: Conversation, author: str, seen_by: set[str]
) -> None:
    note = Note.write(talk, by=getattr(cast, author), body="The okapi is ours alone", at=MONDAY)
    assert who_sees(cast, note) == seen_by


@pytest.mark.parametrize(
    ("author", "hear"), [("clara", {"clara", "carl"}), ("petra", {"paul", "petra"}), ("olga", {"olga"})]
)
def test_nobody_else_hears_in_the_log_or_the_stream_that_there_is_one(
    cast: Cast, talk: Conversation, author: str, hear: set[str]
) -> None:
    note = Note.write(talk, by=getattr(cast, author), body="The okapi is ours alone", at=MONDAY)
    note.remove(by=getattr(cast, author))
    events = list(Event.objects.filter(kind__startswith="note."))
    assert [event.kind for event in events] == ["note.written", "note.removed"]
    for event in events:
        actors: dict[str, Actor] = {who: getattr(cast, who) for who in EVERYONE}
        assert {who for who, actor in actors.items() if event.is_visible_to(actor)} == hear
        listed = {who for who, actor in actors.items() if Event.objects.visible_to(actor).filter(pk=event.pk).exists()}
        assert listed == hear


def test_no_gap_in_the_numbers_of_the_conversation_tells_of_it(cast: Cast, talk: Conversation) -> None:
    length, count = talk.log_length, talk.message_count
    Note.write(talk, by=cast.clara, body="Ours", at=MONDAY)
    talk.refresh_from_db()
    assert (talk.log_length, talk.message_count, Message.objects.count()) == (length, count, 0)


def test_it_keeps_a_chain_of_its_own(cast: Cast, talk: Conversation) -> None:
    note = Note.write(talk, by=cast.clara, body="Ours", at=MONDAY)
    note.refresh_from_db()
    assert (note.log_length, first_broken_link(note)) == (1, None)
    assert "Ours" not in str(Event.objects.get(kind="note.written").facts)


def test_it_moves_no_clock_and_sends_nothing(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Any news?", at=MONDAY)
    before = Delivery.objects.count()
    Note.write(talk, by=cast.paul, body="Call them on Friday", at=MONDAY)
    assert Clock.objects.get(promise="reply").state == "running"
    assert Delivery.objects.count() == before


def test_it_stays_in_its_environment(cast: Cast, talk: Conversation) -> None:
    Note.write(talk, by=cast.clara, body="Ours", at=MONDAY)
    assert not Note.objects.visible_to(replace(cast.clara, environment="test")).exists()


@pytest.mark.parametrize("who", ["otto", "pia"])
def test_who_does_not_read_here_writes_no_note_here(cast: Cast, talk: Conversation, who: str) -> None:
    with pytest.raises(Refused):
        Note.write(talk, by=getattr(cast, who), body="Mine")
    assert not Note.objects.exists()


@pytest.mark.parametrize("body", ["", "  \n", "x" * 10_001])
def test_empty_or_endless_words_are_refused(cast: Cast, talk: Conversation, body: str) -> None:
    with pytest.raises(ValidationError):
        Note.write(talk, by=cast.clara, body=body)


def test_the_same_key_makes_one_note_and_does_not_collide_with_a_message(cast: Cast, talk: Conversation) -> None:
    first = Note.write(talk, by=cast.clara, body="Ours", key="k")
    again = Note.write(talk, by=cast.clara, body="Ours", key="k")
    talk.post(by=cast.clara, body="Yours", key="k")
    assert (first.pk, again.replayed, Note.objects.count()) == (again.pk, True, 1)


def test_the_same_key_at_the_same_moment_makes_one_note(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, talk: Conversation
) -> None:
    first = Note.write(talk, by=cast.clara, body="Ours", key="k")
    look, looks = Note._said_before, list[None]()

    def too_early(key: str) -> Note | None:
        looks.append(None)
        return look(key) if len(looks) > 1 else None

    monkeypatch.setattr(Note, "_said_before", too_early)
    again = Note.write(talk, by=cast.clara, body="Ours", key="k")
    assert (first.pk, again.replayed, Note.objects.count()) == (again.pk, True, 1)


def test_only_its_author_removes_it(cast: Cast, talk: Conversation) -> None:
    note = Note.write(talk, by=cast.clara, body="Ours", at=MONDAY)
    for other in (cast.carl, cast.paul, cast.olga):
        with pytest.raises(Refused):
            note.remove(by=other)
    note.remove(by=cast.clara, at=MONDAY + timedelta(days=1))
    assert not Note.objects.exists()


def test_removed_twice_is_removed_once(cast: Cast, talk: Conversation) -> None:
    note = Note.write(talk, by=cast.clara, body="Ours", at=MONDAY)
    again = Note.objects.get(pk=note.pk)
    for one in (note, again):
        one.remove(by=cast.clara)
    assert Event.objects.filter(kind="note.removed").count() == 1


def test_the_next_partner_sees_none_of_the_one_before_and_the_other_way_round(cast: Cast, talk: Conversation) -> None:
    old = Note.write(talk, by=cast.paul, body="Our strategy", at=MONDAY)
    talk.case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent", at=MONDAY)
    new = Note.write(talk.case.conversation, by=cast.pia, body="Another strategy", at=MONDAY)
    assert (who_sees(cast, old), who_sees(cast, new)) == ({"paul", "petra"}, {"pia"})


def test_no_mail_carries_it(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Any news?", at=MONDAY)
    for author in (cast.clara, cast.paul, cast.olga):
        Note.write(talk, by=author, body="An okapi, between us", at=MONDAY)
    assert send_due(MONDAY + timedelta(hours=3))
    assert len(django_mail.outbox) > 0
    assert not [letter for letter in django_mail.outbox if "okapi" in letter.message().as_string()]
