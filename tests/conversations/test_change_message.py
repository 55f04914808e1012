"""Ten minutes to edit or delete what one said, with a trace; and what needs no answer after all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Message, Pin
from trialogue.events.change import digest_of
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Refused

MINUTES = timedelta(minutes=1)


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


@pytest.fixture
def asked(cast: Cast, talk: Conversation) -> Message:
    return talk.post(by=cast.clara, body="Any gnus?", at=MONDAY)


def clock(case: object) -> Clock:
    return Clock.objects.filter(case=case, promise="reply").latest("pk")


# --- edit -------------------------------------------------------------------------------------------------------------


def test_an_edit_keeps_the_earlier_wording_beside_it(cast: Cast, asked: Message) -> None:
    asked.edit(by=cast.clara, body="Any news?", at=MONDAY + 3 * MINUTES)
    asked.edit(by=cast.clara, body="Any news yet?", at=MONDAY + 4 * MINUTES)
    asked.refresh_from_db()
    assert (asked.body, asked.edited_at) == ("Any news yet?", MONDAY + 4 * MINUTES)
    assert [one["body"] for one in asked.wordings] == ["Any gnus?", "Any news?"]


def test_the_log_keeps_digests_of_both_wordings(cast: Cast, asked: Message) -> None:
    asked.edit(by=cast.clara, body="Any news?", at=MONDAY + MINUTES)
    facts = Event.objects.get(kind="message.edited").facts
    assert (facts["old"], facts["body"]) == (digest_of("Any gnus?"), digest_of("Any news?"))
    assert first_broken_link(Conversation.objects.get()) is None


def test_an_edit_moves_no_clock(cast: Cast, asked: Message) -> None:
    before = (clock(asked.conversation.case).state, clock(asked.conversation.case).due_at)
    asked.edit(by=cast.clara, body="Any news?", at=MONDAY + MINUTES)
    assert (clock(asked.conversation.case).state, clock(asked.conversation.case).due_at) == before


def test_the_same_words_are_no_edit(cast: Cast, asked: Message) -> None:
    asked.edit(by=cast.clara, body=" Any gnus? ", at=MONDAY + MINUTES)
    assert (asked.edited_at, Event.objects.filter(kind="message.edited").count()) == (None, 0)


@pytest.mark.parametrize("act", ["edit", "withdraw"])
def test_after_ten_minutes_it_is_refused_with_the_reason(cast: Cast, asked: Message, act: str) -> None:
    words = {"body": "Any news?"} if act == "edit" else {}
    with pytest.raises(Refused, match="10 minutes"):
        getattr(asked, act)(by=cast.clara, at=MONDAY + 10 * MINUTES + timedelta(seconds=1), **words)
    asked.refresh_from_db()
    assert (asked.body, asked.withdrawn_at) == ("Any gnus?", None)


@pytest.mark.parametrize("act", ["edit", "withdraw"])
def test_at_ten_minutes_it_is_still_possible(cast: Cast, asked: Message, act: str) -> None:
    words = {"body": "Any news?"} if act == "edit" else {}
    getattr(asked, act)(by=cast.clara, at=MONDAY + 10 * MINUTES, **words)
    asked.refresh_from_db()
    assert asked.body != "Any gnus?"


@pytest.mark.parametrize("who", ["carl", "paul", "olga", "otto", "rita"])
@pytest.mark.parametrize("act", ["edit", "withdraw"])
def test_nobody_changes_the_words_of_another(cast: Cast, asked: Message, act: str, who: str) -> None:
    words = {"body": "Mine now"} if act == "edit" else {}
    with pytest.raises(Refused):
        getattr(asked, act)(by=getattr(cast, who), at=MONDAY + MINUTES, **words)


def test_an_edit_to_nothing_is_refused_unless_a_document_stands_there(cast: Cast, talk: Conversation) -> None:
    bare = talk.post(by=cast.clara, body="Words", at=MONDAY)
    with pytest.raises(ValidationError):
        bare.edit(by=cast.clara, body=" ", at=MONDAY + MINUTES)
    full = talk.post(by=cast.clara, body="Words", documents=[document()], at=MONDAY)
    full.edit(by=cast.clara, body="", at=MONDAY + MINUTES)
    assert full.body == ""


def test_a_repeat_of_the_first_words_still_finds_what_was_edited_or_deleted(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="Once", key="k", at=MONDAY)
    message.edit(by=cast.clara, body="Twice", at=MONDAY + MINUTES)
    assert talk.post(by=cast.clara, body="Once", key="k", at=MONDAY + 2 * MINUTES).pk == message.pk
    message.excuse(by=cast.paul, at=MONDAY + 2 * MINUTES)
    assert talk.post(by=cast.clara, body="Once", key="k", at=MONDAY + 2 * MINUTES).pk == message.pk
    message.withdraw(by=cast.clara, at=MONDAY + 3 * MINUTES)
    again = talk.post(by=cast.clara, body="Once", key="k", at=MONDAY + 4 * MINUTES)
    assert (again.pk, again.body, Message.objects.count()) == (message.pk, "", 1)


# --- delete -----------------------------------------------------------------------------------------------------------


def test_a_deleted_message_leaves_its_place_and_no_words(cast: Cast, asked: Message) -> None:
    asked.edit(by=cast.clara, body="Any news?", at=MONDAY + MINUTES)
    asked.withdraw(by=cast.clara, at=MONDAY + 2 * MINUTES)
    asked.refresh_from_db()
    assert (asked.number, asked.body, asked.wordings) == (1, "", None)
    assert asked.withdrawn_at == MONDAY + 2 * MINUTES
    assert Event.objects.get(kind="message.withdrawn").facts["body"] == digest_of("Any news?")


def test_a_deleted_message_takes_its_files_along(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="Words", documents=[document()], at=MONDAY)
    message.withdraw(by=cast.clara, at=MONDAY + MINUTES)
    (removed,) = message.documents.all()
    assert (removed.removed_at, removed.removed_by) == (MONDAY + MINUTES, cast.clara.person)


def test_deleting_the_only_question_cancels_the_clock_it_started(cast: Cast, asked: Message) -> None:
    asked.withdraw(by=cast.clara, at=MONDAY + MINUTES)
    assert clock(asked.conversation.case).state == "cancelled"
    assert Event.objects.get(kind="clock.cancelled").facts["why"] == "withdrawn"


def test_another_question_keeps_the_clock(cast: Cast, talk: Conversation, asked: Message) -> None:
    other = talk.post(by=cast.carl, body="And the letter?", at=MONDAY + MINUTES)
    asked.withdraw(by=cast.clara, at=MONDAY + 2 * MINUTES)
    running = clock(talk.case)
    assert (running.state, running.message) == ("running", other)


def test_an_answer_that_met_a_clock_is_not_deleted_away(cast: Cast, talk: Conversation, asked: Message) -> None:
    answer = talk.post(by=cast.paul, body="ok", at=MONDAY + MINUTES)
    with pytest.raises(Refused, match="answer that was owed"):
        answer.withdraw(by=cast.paul, at=MONDAY + 2 * MINUTES)
    answer.refresh_from_db()
    assert (answer.withdrawn_at, answer.body) == (None, "ok")
    talk.post(by=cast.paul, body="The letter is out.", at=MONDAY + 3 * MINUTES)
    answer.withdraw(by=cast.paul, at=MONDAY + 4 * MINUTES)
    assert answer.withdrawn_at


def test_what_is_deleted_is_changed_no_more(cast: Cast, asked: Message) -> None:
    asked.withdraw(by=cast.clara, at=MONDAY + MINUTES)
    for act in (
        lambda: asked.edit(by=cast.clara, body="x", at=MONDAY),
        lambda: asked.withdraw(by=cast.clara, at=MONDAY),
    ):
        with pytest.raises(Refused, match="deleted"):
            act()


def test_a_pin_goes_with_its_message(cast: Cast, talk: Conversation, asked: Message) -> None:
    Pin.add(talk, by=cast.paul, message=asked, at=MONDAY)
    asked.withdraw(by=cast.clara, at=MONDAY + MINUTES)
    assert not Pin.objects.exists()
    assert Event.objects.filter(kind="pin.removed").count() == 1


# --- needs no answer --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clara", "carl", "paul", "petra"])
def test_either_side_says_that_it_needs_no_answer(cast: Cast, asked: Message, who: str) -> None:
    by = getattr(cast, who)
    asked.excuse(by=by, at=MONDAY + timedelta(hours=5))
    asked.refresh_from_db()
    assert (asked.expects_answer, clock(asked.conversation.case).state) == (False, "cancelled")
    said, settled = Event.objects.get(kind="message.excused"), Event.objects.get(kind="clock.cancelled")
    assert (said.by, said.organisation, settled.facts["why"]) == (by.by, by.acting_for, "excused")
    for side in (cast.clara, cast.paul):
        assert Event.objects.visible_to(side).filter(pk__in=(said.pk, settled.pk)).count() == 2


@pytest.mark.parametrize("who", ["olga", "otto", "rita"])
def test_nobody_else_says_so(cast: Cast, asked: Message, who: str) -> None:
    with pytest.raises(Refused):
        asked.excuse(by=getattr(cast, who))
    assert clock(asked.conversation.case).state == "running"


def test_an_earlier_question_still_waits(cast: Cast, talk: Conversation, asked: Message) -> None:
    talk.post(by=cast.clara, body="Thanks, bye", at=MONDAY + MINUTES).excuse(by=cast.paul)
    assert clock(talk.case).state == "running"


def test_saying_it_twice_is_said_once(cast: Cast, asked: Message) -> None:
    asked.excuse(by=cast.clara)
    asked.excuse(by=cast.paul)
    assert Event.objects.filter(kind="message.excused").count() == 1


def test_a_broken_clock_stays_known_as_broken(cast: Cast, asked: Message) -> None:
    asked.excuse(by=cast.clara, at=MONDAY + timedelta(days=9))
    kinds = list(Event.objects.filter(kind__startswith="clock.").order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == ["clock.broken", "clock.cancelled"]
