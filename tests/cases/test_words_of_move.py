"""What is said with a move is said in the conversation, where the other side reads it."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock


def said(case: Case) -> list[tuple[str, str]]:
    return [(m.body, m.organisation.name) for m in case.conversation.messages.order_by("number")]


def test_a_welcome_is_posted_and_asks_for_no_answer(cast: Cast) -> None:
    case = cast.released()
    case.confirm(by=cast.paul, message=" Welcome.\r\nWe begin. ")
    assert said(case) == [("Welcome.\nWe begin.", cast.paul.organisation.name)]
    assert not Clock.objects.open().filter(case=case).exists()


def test_without_a_message_nothing_is_posted(cast: Cast) -> None:
    case = cast.released()
    case.confirm(by=cast.paul, message=" \x00 ")
    assert said(case) == []


def test_a_question_is_posted_and_the_client_owes_the_answer(cast: Cast) -> None:
    case = cast.confirmed()
    case.ask_for_information(by=cast.paul, message="Which invoice?")
    assert said(case) == [("Which invoice?", cast.paul.organisation.name)]
    clock = Clock.objects.open().get(case=case)
    assert (clock.promise, clock.owner, clock.owed_to) == ("supply", cast.clara.organisation, cast.paul.organisation)


def test_the_reason_of_a_pause_is_posted_for_the_client_to_read(cast: Cast) -> None:
    case = cast.confirmed()
    case.pause(by=cast.paul, reason="The debtor is in hospital.")
    assert said(case) == [("The debtor is in hospital.", cast.paul.organisation.name)]
    assert [clock.promise for clock in Clock.objects.open().filter(case=case)] == ["follow_up"], "no answer is owed"


@pytest.mark.parametrize("words", ["a\x00b", "a\ud800b"])
def test_what_cannot_be_kept_is_left_out_and_the_rest_said(cast: Cast, words: str) -> None:
    case = cast.confirmed()
    case.pause(by=cast.paul, reason=words)
    assert said(case)[0][0] in ("ab", "a\ufffdb")
