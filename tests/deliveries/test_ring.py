"""Mails about clocks: at once, to those who owe and those who wait, and not when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from trialogue.clocks.models import break_due, warn_due
from trialogue.conversations.models import Conversation
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due

DUE, WARN = MONDAY + timedelta(hours=48), MONDAY + timedelta(hours=36)
LATER = DUE + timedelta(seconds=2)


@pytest.fixture
def talk(cast: Cast, mails: type[Mails]) -> Conversation:
    """A question of Clara's, due DUE, of which Paul's side was told."""
    talk = cast.conversation(at=MONDAY - timedelta(hours=1))
    talk.post(by=cast.clara, body="?", at=MONDAY)
    send_due(MONDAY + timedelta(minutes=10))
    mails.sent.clear()
    return talk


def receivers(mails: type[Mails]) -> dict[str, str]:
    return {mail.to[0].split()[0]: mail.subject for mail in mails.sent}


def test_a_warning_goes_at_once_to_those_who_owe(talk: Conversation, mails: type[Mails]) -> None:
    warn_due(WARN)
    assert send_due(WARN) == 2
    subject = f"You owe an answer soon: case {talk.case}"
    assert receivers(mails) == {"Paul": subject, "Petra": subject}


def test_a_broken_promise_is_told_at_once_to_both_sides(talk: Conversation, mails: type[Mails]) -> None:
    break_due(LATER)
    assert send_due(LATER) == 4
    ours, theirs = f"Your answer is overdue: case {talk.case}", f"An answer you wait for is overdue: case {talk.case}"
    assert receivers(mails) == {"Paul": ours, "Petra": ours, "Clara": theirs, "Carl": theirs}


def test_each_is_told_in_their_own_words(talk: Conversation, mails: type[Mails]) -> None:
    break_due(LATER)
    send_due(LATER)
    texts = {mail.to[0].split()[0]: str(mail.body) for mail in mails.sent}
    assert "Your answer to Nordlys Energi A/S was due" in texts["Paul"]
    assert "Kanzlei Brandt & Partner owed you an answer by" in texts["Clara"]


def test_answered_before_it_went_out_is_no_mail(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    warn_due(WARN)
    talk.post(by=cast.paul, body="!", expects_answer=False, at=WARN)
    send_due(WARN)
    assert mails.sent == []
    assert set(Delivery.objects.filter(kind="clock").values_list("state", "why")) == {
        ("moot", "the answer came meanwhile")
    }


def test_closed_before_it_went_out_is_no_mail(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    break_due(LATER)
    talk.case.close(by=cast.paul, code="Paid", at=LATER)
    send_due(LATER)
    assert mails.sent == []


def test_a_warning_that_is_overtaken_by_the_breach_is_not_sent(talk: Conversation, mails: type[Mails]) -> None:
    """The worker was away: one mail says that it is overdue, none that it soon will be."""
    warn_due(WARN)
    break_due(LATER)
    send_due(LATER)
    assert all("overdue" in mail.subject for mail in mails.sent)
    assert len(mails.sent) == 4


def test_an_answer_that_was_late_from_the_start_rings_nobody(
    cast: Cast, talk: Conversation, mails: type[Mails]
) -> None:
    talk.post(by=cast.paul, body="!", expects_answer=False, at=LATER)
    send_due(LATER)
    assert mails.sent == []


def test_reading_is_not_answering(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.mark_read(by=cast.paul, through=1, at=MONDAY)
    warn_due(WARN)
    send_due(WARN)
    assert "Paul" in receivers(mails)


def test_a_new_case_that_is_not_confirmed_rings_too(cast: Cast, mails: type[Mails]) -> None:
    case = cast.released(at=MONDAY)
    send_due(MONDAY + timedelta(hours=1))
    mails.sent.clear()
    break_due(MONDAY + timedelta(hours=25))
    send_due(MONDAY + timedelta(hours=25))
    assert receivers(mails)["Paul"] == f"Your answer is overdue: case {case}"
    assert len(mails.sent) == 4
