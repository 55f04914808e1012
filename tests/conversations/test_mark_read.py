"""How far each person has read: forward only, told once, and what is left unread by others' words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from tests.cast import MONDAY, Cast, gather
from tests.together import together
from trialogue.conversations.models import Bookmark, Conversation, Message
from trialogue.events.models import Event
from trialogue.people.models import Actor


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    """Five messages of Paul's."""
    talk = cast.conversation()
    for n in range(5):
        talk.post(by=cast.paul, body=str(n), at=MONDAY)
    return talk


def through(talk: Conversation, actor: Actor) -> int | None:
    mark = Bookmark.objects.filter(conversation=talk, person=actor.person).first()
    return mark.through if mark else None


def reads() -> int:
    return Event.objects.filter(kind="conversation.read").count()


def test_it_moves_forward_and_is_told(cast: Cast, talk: Conversation) -> None:
    talk.mark_read(by=cast.clara, through=2, at=MONDAY)
    talk.mark_read(by=cast.clara, through=4, at=MONDAY)
    assert through(talk, cast.clara) == 4
    assert reads() == 2
    assert Event.objects.filter(kind="conversation.read").latest("id").facts == {"person": cast.clara.by, "through": 4}


def test_it_never_moves_back_and_says_nothing(cast: Cast, talk: Conversation) -> None:
    talk.mark_read(by=cast.clara, through=4)
    for less in (4, 3, 0, -5):
        talk.mark_read(by=cast.clara, through=less)
    assert through(talk, cast.clara) == 4
    assert reads() == 1


def test_a_mark_that_comes_late_does_not_take_another_back(cast: Cast, talk: Conversation) -> None:
    assert cast.clara.person
    assert Bookmark.move(talk, cast.clara.person, 4, MONDAY)
    assert not Bookmark.move(talk, cast.clara.person, 2, MONDAY)
    assert through(talk, cast.clara) == 4


@pytest.mark.parametrize("number", [6, 10**6, 2**40])
def test_it_stops_at_the_newest_message(cast: Cast, talk: Conversation, number: int) -> None:
    talk.mark_read(by=cast.clara, through=number)
    assert through(talk, cast.clara) == 5


@pytest.mark.parametrize("number", [0, -1, -(2**40)])
def test_nothing_read_is_no_news(cast: Cast, talk: Conversation, number: int) -> None:
    talk.mark_read(by=cast.clara, through=number)
    assert through(talk, cast.clara) in (None, 0)
    assert reads() == 0


def test_whoever_oversees_leaves_no_mark(cast: Cast, talk: Conversation) -> None:
    talk.mark_read(by=cast.olga, through=5)
    assert through(talk, cast.olga) is None
    assert reads() == 0


def test_a_program_reads_for_nobody(cast: Cast, talk: Conversation) -> None:
    talk.mark_read(by=replace(cast.clara, person=None), through=5)
    assert not Bookmark.objects.filter(conversation=talk, person=cast.clara.person).exists()


def test_each_person_has_their_own(cast: Cast, talk: Conversation) -> None:
    talk.mark_read(by=cast.clara, through=5)
    assert through(talk, cast.carl) is None


def test_whoever_writes_has_read_what_was_before(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="I have read all of it.")
    assert through(talk, cast.clara) == 6


def test_a_message_that_came_after_the_page_was_read_stays_unread(cast: Cast, talk: Conversation) -> None:
    page = Conversation.objects.get(pk=talk.pk)
    talk.post(by=cast.paul, body="One more")
    page.mark_read(by=cast.clara, through=10)
    assert through(talk, cast.clara) == 5


@pytest.mark.django_db(transaction=True)
def test_several_windows_at_once_end_at_the_furthest() -> None:
    cast = gather()
    talk = cast.conversation()
    for n in range(8):
        talk.post(by=cast.paul, body=str(n))
    numbers = (3, 8, 1, 5, 8, 2) if connection.vendor == "postgresql" else (3, 8, 1)
    ends = together(*[
        lambda n=n: Conversation.objects.get(pk=talk.pk).mark_read(by=cast.clara, through=n) for n in numbers
    ])  # fmt: skip
    assert ends == [None] * len(numbers)
    assert through(talk, cast.clara) == 8
    told = [e.facts["through"] for e in Event.objects.filter(kind="conversation.read").order_by("id")]
    assert told == sorted(set(told))


# --- unread -----------------------------------------------------------------------------------------------------------


def unread(actor: Actor) -> int:
    return sum(key is not None for key in Message.objects.unread_keys(actor))


def test_unread_is_what_others_said_since(cast: Cast, talk: Conversation) -> None:
    assert [unread(a) for a in (cast.clara, cast.carl, cast.paul, cast.petra)] == [5, 5, 0, 5]
    talk.mark_read(by=cast.clara, through=3)
    assert unread(cast.clara) == 2
    talk.post(by=cast.clara, body="Answer")
    assert [unread(a) for a in (cast.clara, cast.carl, cast.paul, cast.petra)] == [0, 6, 1, 6]


def test_unread_adds_up_over_conversations_and_only_those_one_sees(cast: Cast, talk: Conversation) -> None:
    cast.conversation("INV-2").post(by=cast.paul, body="Here too")
    assert unread(cast.clara) == 6
    assert unread(cast.otto) == unread(cast.pia) == unread(cast.rita) == 0
    each = Conversation.objects.visible_to(cast.clara).with_unread(cast.clara.person)  # type: ignore[arg-type]
    assert sorted(c.unread for c in each) == [1, 5]  # type: ignore[attr-defined]


def test_looking_again_keeps_that_one_looked(cast: Cast, talk: Conversation) -> None:
    """What was seen meanwhile needs no mail (see deliveries)."""
    talk.mark_read(by=cast.clara, through=5, at=MONDAY)
    talk.mark_read(by=cast.clara, through=5, at=MONDAY + timedelta(hours=1))
    mark = Bookmark.objects.get(conversation=talk, person=cast.clara.person)
    assert (mark.at, mark.looked_at) == (MONDAY, MONDAY + timedelta(hours=1))
