"""Who owes an answer after what was said: the oldest unanswered message counts, and an answer ends it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation
from trialogue.events.models import Event
from trialogue.people.models import Actor


def later(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


def owed() -> list[tuple[str, str]]:
    return [(c.promise, c.owner.name.split()[0]) for c in Clock.objects.open().select_related("owner")]


def kinds(talk: Conversation) -> list[str]:
    return list(Event.objects.about(talk).filter(kind__startswith="clock.").values_list("kind", flat=True))


def test_a_new_case_is_owed_a_confirmation_to_the_client(cast: Cast) -> None:
    cast.released()
    clock = Clock.objects.get()
    assert (clock.promise, clock.owner, clock.owed_to) == ("confirm", cast.paul.organisation, cast.clara.organisation)
    assert (clock.conversation, clock.message) == (None, None)


@pytest.mark.parametrize("move", ["confirm", "ask_for_information", "close"])
def test_the_partners_first_move_keeps_it(cast: Cast, move: str) -> None:
    case = cast.released()
    told = {"ask_for_information": {"message": "?"}, "close": {"code": "InvalidCaseData"}}.get(move, {})
    case.move(move, by=cast.paul, at=later(5), **told)
    clock = Clock.objects.get(promise="confirm")
    assert (clock.state, clock.settled_at) == ("kept", later(5))


def test_words_alone_do_not_confirm(cast: Cast) -> None:
    case = cast.released()
    case.conversation.post(by=cast.paul, body="We are looking at it.", expects_answer=False, at=later(1))
    case.conversation.post(by=cast.clara, body="Thanks", expects_answer=False, at=later(2))
    assert Clock.objects.get(promise="confirm").state == "running"


def test_whoever_is_spoken_to_owes_the_answer(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="?", at=later(1))
    clock = Clock.objects.open().get()
    assert (clock.promise, clock.owner, clock.owed_to) == ("reply", cast.paul.organisation, cast.clara.organisation)
    assert (clock.message, clock.conversation, clock.started_at) == (message, talk, later(1))


def test_the_oldest_unanswered_message_counts(cast: Cast, talk: Conversation) -> None:
    first = talk.post(by=cast.clara, body="?", at=later(1))
    talk.post(by=cast.clara, body="Hello?", at=later(30))
    talk.post(by=cast.carl, body="Anyone?", at=later(40))
    clock = Clock.objects.open().get()
    assert (clock.message, clock.due_at) == (first, later(49))
    assert kinds(talk) == ["clock.started"]


@pytest.mark.parametrize("name", ["paul", "petra"])
def test_an_answer_of_anyone_of_that_side_keeps_it(cast: Cast, talk: Conversation, name: str) -> None:
    talk.post(by=cast.clara, body="?", at=later(1))
    talk.post(by=getattr(cast, name), body="!", expects_answer=False, at=later(2))
    clock = Clock.objects.get(promise="reply")
    assert (clock.state, clock.settled_at) == ("kept", later(2))
    assert owed() == []


def test_an_answer_that_asks_turns_the_table(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="?", at=later(1))
    talk.post(by=cast.paul, body="Which?", at=later(2))
    assert owed() == [("supply", "Nordlys")]
    talk.post(by=cast.clara, body="That one.", at=later(3))
    assert owed() == [("reply", "Kanzlei")]
    assert kinds(talk) == ["clock.started", "clock.kept", "clock.started", "clock.kept", "clock.started"]


def test_a_document_alone_is_an_answer_and_a_question(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.paul, body="Please send it.", at=later(1))
    talk.post(by=cast.clara, body="", documents=[document()], at=later(2))
    assert owed() == [("reply", "Kanzlei")]


@pytest.mark.parametrize("name", ["clara", "paul"])
def test_what_needs_no_answer_starts_nothing(cast: Cast, talk: Conversation, name: str) -> None:
    talk.post(by=getattr(cast, name), body="Thanks, bye", expects_answer=False)
    assert owed() == []


def test_what_needs_no_answer_does_not_stop_what_is_owed_to_its_writer(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="?", at=later(1))
    talk.post(by=cast.clara, body="No hurry.", expects_answer=False, at=later(2))
    assert owed() == [("reply", "Kanzlei")]


def test_a_second_question_after_an_answer_counts_from_itself(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="?", at=later(1))
    talk.post(by=cast.paul, body="!", expects_answer=False, at=later(2))
    talk.post(by=cast.clara, body="And?", at=later(3))
    assert Clock.objects.open().get().started_at == later(3)


def test_moves_without_words_answer_nothing(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="?", at=later(1))
    case = talk.case
    case.ask_for_information(by=cast.paul, message="Which?", at=later(2))
    assert owed() == [("supply", "Nordlys")]
    case.resume(by=cast.paul, at=later(3))
    assert owed() == [("supply", "Nordlys")]  # the question was not answered


def test_each_conversation_has_its_own_clocks(cast: Cast, talk: Conversation) -> None:
    other = cast.conversation("INV-2")
    talk.post(by=cast.clara, body="?", at=later(1))
    other.post(by=cast.clara, body="?", at=later(2))
    talk.post(by=cast.paul, body="!", expects_answer=False, at=later(3))
    assert Clock.objects.open().get().conversation == other


# --- the end ----------------------------------------------------------------------------------------------------------


def test_closing_cancels_what_is_owed(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="?", at=later(1))
    talk.case.close(by=cast.paul, code="Paid", at=later(2))
    clock = Clock.objects.get(promise="reply")
    assert (clock.state, clock.settled_at) == ("cancelled", later(2))
    assert kinds(talk) == ["clock.started", "clock.cancelled"]


def test_closing_after_it_was_due_tells_that_it_was_broken(cast: Cast, talk: Conversation) -> None:
    """The worker may not have noticed yet: the log is the same as if it had."""
    talk.post(by=cast.clara, body="?", at=later(1))
    talk.case.close(by=cast.paul, code="Paid", at=later(60))
    assert kinds(talk) == ["clock.started", "clock.broken", "clock.cancelled"]
    assert Event.objects.get(kind="clock.broken").at == later(49)


def test_after_the_end_nothing_is_owed_any_more(cast: Cast, talk: Conversation) -> None:
    talk.case.close(by=cast.paul, code="Paid", at=later(2))
    talk.post(by=cast.clara, body="One more thing?", at=later(3))
    talk.post(by=cast.paul, body="Yes?", at=later(4))
    assert owed() == []


def test_an_actor_of_both_sides_answers_for_the_one_they_act_for(cast: Cast, talk: Conversation) -> None:
    """Carl also works at the partner's: what he says there is the partner's answer."""
    assert cast.carl.person
    there = Actor.of(cast.paul.organisation.admit(cast.carl.person, by=cast.paul))
    talk.post(by=cast.carl, body="?", at=later(1))
    talk.post(by=there, body="!", expects_answer=False, at=later(2))
    assert Clock.objects.get(promise="reply").state == "kept"
