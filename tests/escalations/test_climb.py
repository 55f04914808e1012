"""A referral partner climbs from a request: to the account manager, or without one to the team, with a clock of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.channels.models import Edition
from trialogue.clocks.models import Clock, break_due
from trialogue.deliveries.models import Absence, Delivery
from trialogue.escalations.models import AccountManager, Escalation, NotThere
from trialogue.events.models import Event
from trialogue.people.models import Actor, Refused
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
DUE = MONDAY + 2 * DAY  # two business days
LATE = DUE + SECOND


@pytest.fixture
def asked(cast: Cast) -> Request:
    """Rita has asked, and nobody has answered."""
    return Request.open(by=cast.rita, channel="technical", subject="Webhooks fail", body="Since noon.", at=MONDAY)


@pytest.fixture
def managed(cast: Cast, oscar: Actor) -> AccountManager:
    assert oscar.person
    return AccountManager.assign(
        cast.rita.organisation, oscar.person, deputy=cast.olga.person, by=cast.olga, at=MONDAY - DAY
    )


def owed(request: Request) -> list[tuple[str, str]]:
    told = Clock.objects.filter(conversation=request.conversation).order_by("pk")
    return [(clock.promise, clock.state) for clock in told]


def state_of(step: Escalation) -> str:
    return Escalation.objects.get(pk=step.pk).state


# --- up ---------------------------------------------------------------------------------------------------------------


def test_not_answered_in_time_it_goes_to_the_account_manager(
    cast: Cast, asked: Request, managed: AccountManager
) -> None:
    step = Escalation.climb(asked, by=cast.rita, reason="Our clients cannot onboard.", at=LATE)
    asked.refresh_from_db()
    assert (step.step, step.manager, step.state) == ("account_manager", managed.person, "open")
    assert (asked.assignee, asked.state, asked.promise) == (managed.person, "open", "escalation")
    assert owed(asked) == [("answer", "cancelled"), ("escalation", "running")]
    clock = Clock.objects.get(promise="escalation")
    assert clock.due_at == LATE + DAY
    assert asked.conversation.messages.get(number=2) == clock.message
    assert step.clock == Clock.objects.get(promise="answer")


def test_what_was_broken_stays_known(cast: Cast, asked: Request) -> None:
    Escalation.climb(asked, by=cast.rita, at=LATE)
    told = Event.objects.filter(subject=asked.conversation.public_id, kind__startswith="clock.").order_by("number")
    assert [event.kind for event in told] == ["clock.started", "clock.broken", "clock.cancelled", "clock.started"]
    assert told[1].at == DUE
    assert told[2].facts["why"] == "climbed"


def test_the_manager_is_told_at_the_desk(cast: Cast, asked: Request, managed: AccountManager) -> None:
    Escalation.climb(asked, by=cast.rita, at=LATE)
    mine = Delivery.objects.filter(request=asked, person=managed.person, kind="bundle")
    assert mine.get().through == 2


def test_without_a_manager_it_goes_to_the_team(cast: Cast, asked: Request) -> None:
    asked.assign(cast.olga.person, by=cast.olga, at=MONDAY)
    step = Escalation.climb(asked, by=cast.rita, at=LATE)
    asked.refresh_from_db()
    assert (step.manager, asked.assignee) == (None, None)


def test_answered_and_not_resolved_one_climbs_with_a_reason(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Try again.", at=MONDAY)
    with pytest.raises(ValidationError) as refused:
        Escalation.climb(asked, by=cast.rita, reason=" \n", at=MONDAY)
    assert list(refused.value.message_dict) == ["reason"]
    Escalation.climb(asked, by=cast.rita, reason="It fails as before.", at=MONDAY)
    asked.refresh_from_db()
    assert (asked.state, owed(asked)) == ("open", [("answer", "kept"), ("escalation", "running")])


def test_what_was_solved_is_opened_again_by_climbing(cast: Cast, asked: Request) -> None:
    asked.solve(by=cast.olga, at=MONDAY)
    Escalation.climb(asked, by=cast.rita, reason="It is not.", at=MONDAY)
    assert Event.objects.filter(subject=asked.public_id, kind="request.reopened").exists()
    asked.refresh_from_db()
    assert (asked.state, asked.settled_at) == ("open", None)


# --- not yet, and not at all -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [MONDAY, DUE])
def test_too_early_says_when_it_opens(cast: Cast, asked: Request, at: object) -> None:
    with pytest.raises(NotThere) as refused:
        Escalation.climb(asked, by=cast.rita, at=at)  # type: ignore[arg-type]
    assert refused.value.opens_at == DUE
    assert not Escalation.objects.exists()


def test_answered_in_the_second_it_is_due_it_was_in_time_and_opens_nothing(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Here.", at=DUE)
    assert break_due(LATE) == 0
    assert owed(asked) == [("answer", "kept")]
    with pytest.raises(ValidationError):  # not late, but perhaps not resolved, which has to be said
        Escalation.climb(asked, by=cast.rita, at=LATE)


def test_whoever_was_asked_back_answers_first(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Which one?", asks=True, at=MONDAY)
    with pytest.raises(NotThere) as refused:
        Escalation.climb(asked, by=cast.rita, reason="All.", at=LATE)
    assert refused.value.opens_at is None


def test_a_step_is_taken_once(cast: Cast, asked: Request) -> None:
    Escalation.climb(asked, by=cast.rita, at=LATE)
    for step in ("account_manager", ""):
        with pytest.raises(NotThere):
            Escalation.climb(asked, by=cast.rita, step=step, reason="More!", at=LATE + 9 * DAY)
    assert Escalation.objects.count() == 1


@pytest.mark.parametrize("step", ["first", "nowhere", "critical"])
def test_other_steps_are_not_climbed_to(cast: Cast, asked: Request, step: str) -> None:
    with pytest.raises(NotThere):
        Escalation.climb(asked, by=cast.rita, step=step, reason="It is urgent", at=LATE)


def test_only_whoever_asked_climbs(cast: Cast, asked: Request) -> None:
    for actor in (cast.olga, cast.clara, cast.otto):
        with pytest.raises(Refused):
            Escalation.climb(asked, by=actor, at=LATE)


def test_a_client_s_request_begins_no_ladder(cast: Cast) -> None:
    asked = Request.open(by=cast.clara, channel="platform", subject="Sign in", body="Cannot.", at=MONDAY)
    with pytest.raises(Refused):
        Escalation.climb(asked, by=cast.clara, at=LATE)


def test_a_reason_is_no_novel_and_is_masked(cast: Cast, asked: Request) -> None:
    with pytest.raises(ValidationError):
        Escalation.climb(asked, by=cast.rita, reason="x" * 2001, at=LATE)
    step = Escalation.climb(asked, by=cast.rita, reason="Write to rosa@client.example", at=LATE)
    assert "rosa@" not in step.reason
    assert "rosa@" not in asked.conversation.messages.get(number=2).body


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_one_wins_and_the_other_is_told(cast: Cast, asked: Request) -> None:
    told: list[str] = []

    def climb() -> None:
        try:
            Escalation.climb(Request.objects.get(pk=asked.pk), by=cast.rita, at=LATE)
        except NotThere as why:
            told.append(str(why))

    together(climb, climb)
    assert (Escalation.objects.count(), len(told)) == (1, 1)
    assert Clock.objects.filter(promise="escalation").count() == 1


# --- how it ends ------------------------------------------------------------------------------------------------------


def test_an_answer_ends_it_and_asking_again_opens_it_with_the_same_promise(cast: Cast, asked: Request) -> None:
    step = Escalation.climb(asked, by=cast.rita, at=LATE)
    asked.answer(by=cast.olga, body="Done.", at=LATE)
    assert state_of(step) == "answered"
    asked.write(by=cast.rita, body="It is not.", at=LATE)
    assert state_of(step) == "open"
    assert owed(asked)[1:] == [("escalation", "kept"), ("escalation", "running")]


@pytest.mark.parametrize("over", ["solves", "solve", "close"])
def test_solved_it_is_solved(cast: Cast, asked: Request, over: str) -> None:
    step = Escalation.climb(asked, by=cast.rita, at=LATE)
    if over == "solves":
        asked.answer(by=cast.olga, body="Done.", solves=True, at=LATE)
    else:
        getattr(asked, over)(by=cast.olga, at=LATE)
    assert state_of(step) == "solved"


def test_moved_to_another_channel_the_promise_of_the_step_holds(cast: Cast, asked: Request) -> None:
    Escalation.climb(asked, by=cast.rita, at=LATE)
    asked.move_to("legal", by=cast.olga, at=LATE)
    assert owed(asked) == [("answer", "cancelled"), ("escalation", "running")]


def test_merged_it_is_over(cast: Cast, asked: Request) -> None:
    other = Request.open(by=cast.rita, channel="business", subject="The same", body="Again.", at=MONDAY)
    step = Escalation.climb(asked, by=cast.rita, at=LATE)
    asked.merge_into(other, by=cast.olga, at=LATE)
    assert state_of(step) == "solved"
    with pytest.raises(Refused):
        Escalation.climb(Request.objects.get(pk=asked.pk), by=cast.rita, reason="No!", at=LATE)


# --- who answers ------------------------------------------------------------------------------------------------------


def test_the_deputy_stands_in_while_the_manager_is_away(cast: Cast, asked: Request, managed: AccountManager) -> None:
    away(managed, cast)
    step = Escalation.climb(asked, by=cast.rita, at=LATE)
    asked.refresh_from_db()
    assert (step.manager, asked.assignee) == (managed.deputy, managed.deputy)


def test_while_both_are_away_the_team_does(cast: Cast, asked: Request, managed: AccountManager) -> None:
    away(managed, cast)
    day = LATE.date()
    ours = cast.olga.organisation.memberships.get(person=cast.olga.person)
    Absence.plan(ours, by=cast.olga, first=day - DAY, last=day + DAY, at=MONDAY)
    assert Escalation.climb(asked, by=cast.rita, at=LATE).manager is None


def away(managed: AccountManager, cast: Cast) -> None:
    day = LATE.date()
    theirs = cast.olga.organisation.memberships.get(person=managed.person)
    Absence.plan(theirs, by=cast.olga, first=day - DAY, last=day + DAY, at=MONDAY)


def test_a_manager_who_leaves_hands_over_what_is_open(cast: Cast, asked: Request, managed: AccountManager) -> None:
    step = Escalation.climb(asked, by=cast.rita, at=LATE)
    cast.olga.organisation.memberships.get(person=managed.person).end(by=cast.olga)
    asked.refresh_from_db()
    step.refresh_from_db()
    assert (step.manager, asked.assignee) == (cast.olga.person, cast.olga.person)


def test_without_a_deputy_it_falls_to_the_team(cast: Cast, asked: Request, oscar: Actor) -> None:
    assert oscar.person
    AccountManager.assign(cast.rita.organisation, oscar.person, by=cast.olga, at=MONDAY)
    step = Escalation.climb(asked, by=cast.rita, at=LATE)
    cast.olga.organisation.memberships.get(person=oscar.person).end(by=cast.olga)
    step.refresh_from_db()
    asked.refresh_from_db()
    assert (step.manager, asked.assignee) == (None, None)


def test_a_policy_without_ladders_has_nothing_to_climb(cast: Cast, asked: Request) -> None:
    text = Edition.in_force().text.replace(
        'open_to = ["referral_partner"]\n[[ladder.step]]', 'open_to = ["client"]\n[[ladder.step]]'
    )
    Edition.adopt(text, by=cast.olga)
    with pytest.raises(Refused):
        Escalation.climb(asked, by=cast.rita, at=LATE)


def test_visible_to_the_climber_and_the_operator(cast: Cast, asked: Request) -> None:
    Escalation.climb(asked, by=cast.rita, at=LATE)
    seen = [
        Escalation.objects.visible_to(one).count() for one in (cast.rita, cast.olga, cast.clara, cast.paul, cast.otto)
    ]
    assert seen == [1, 1, 0, 0, 0]
    for kind in ("escalation.begun", "request.escalated"):
        event = Event.objects.filter(kind=kind)
        assert [event.visible_to(one).count() for one in (cast.rita, cast.olga, cast.clara)] == [1, 1, 0]
