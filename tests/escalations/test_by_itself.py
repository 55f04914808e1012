"""Where the policy says so, what was not answered in time climbs by itself: once, and as if its sender had."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.channels import rules
from trialogue.channels.models import Edition
from trialogue.clocks.models import Clock, break_due
from trialogue.escalations.models import Escalation
from trialogue.escalations.rounds import climb_due
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
LATE = MONDAY + timedelta(days=2, seconds=1)


def climbing(text: str, channel: str = "technical") -> str:
    key = f'key = "{channel}"\n'
    assert key in text
    return text.replace(key, f"{key}climbs = true\n", 1)


@pytest.fixture
def by_itself(cast: Cast) -> None:
    Edition.adopt(climbing(Edition.in_force().text), by=cast.olga, at=MONDAY)


@pytest.fixture
def asked(cast: Cast) -> Request:
    return Request.open(by=cast.rita, channel="technical", subject="Webhooks fail", body="Since noon.", at=MONDAY)


def test_as_shipped_nothing_does(asked: Request) -> None:
    assert break_due(LATE) == 1
    assert climb_due(LATE) == 0


def test_broken_it_climbs_once_without_words(by_itself: None, asked: Request) -> None:
    assert (climb_due(LATE), break_due(LATE), climb_due(LATE), climb_due(LATE)) == (0, 1, 1, 0)
    step = Escalation.objects.get()
    assert (step.person, step.step, step.reason, step.request) == (None, "account_manager", "", asked)
    assert Clock.objects.get(state="running").promise == "escalation"
    assert asked.conversation.messages.count() == 1


def test_answered_meanwhile_it_does_not(cast: Cast, by_itself: None, asked: Request) -> None:
    break_due(LATE)
    asked.answer(by=cast.olga, body="Sorry. Here.", at=LATE)
    assert climb_due(LATE) == 0


def test_only_of_that_channel_and_of_those_the_ladder_is_for(cast: Cast, by_itself: None) -> None:
    for by, channel in ((cast.rita, "business"), (cast.clara, "platform")):
        Request.open(by=by, channel=channel, subject="A question", body="When?", at=MONDAY)
    assert break_due(LATE) == 2
    assert climb_due(LATE) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_climb_once(by_itself: None, asked: Request) -> None:
    break_due(LATE)
    done: list[int] = []
    together(lambda: done.append(climb_due(LATE)), lambda: done.append(climb_due(LATE)))
    assert sorted(done) == [0, 1]
    assert Escalation.objects.count() == 1


@pytest.mark.parametrize("channel", ["legal", "case_chat", "account_manager"])
def test_where_no_ladder_begins_the_policy_is_refused(channel: str) -> None:
    with pytest.raises(rules.Unreadable) as refused:
        rules.read(climbing(rules.shipped(), channel))
    assert "No ladder begins here" in str(refused.value)
