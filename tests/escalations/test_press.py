"""A partner is silent: its client, or who brought the client, reminds it in the case first, then goes to the account manager."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock, break_due
from trialogue.deliveries.models import Delivery
from trialogue.escalations.models import AccountManager, Escalation, NotThere, Way
from trialogue.events.models import Event
from trialogue.people.models import Actor, Refused
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
DUE = MONDAY + 48 * HOUR  # of a week without holidays
LATE = DUE + SECOND
WHY = "The debtor pays today, but to which account?"


@pytest.fixture
def case(cast: Cast) -> Case:
    """Clara has asked Paul, who does not answer."""
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?", at=MONDAY)
    return talk.case


@pytest.fixture
def managed(cast: Cast, oscar: Actor) -> AccountManager:
    assert oscar.person
    return AccountManager.assign(cast.rita.organisation, oscar.person, by=cast.olga, at=MONDAY)


def steps(case: Case, actor: Actor, at: datetime) -> list[tuple[str, str]]:
    way = Way.in_case(case, actor, at)
    assert way is not None
    return [(rung.step.key, rung.state) for rung in way.rungs]


def test_too_early_says_when_it_opens(cast: Cast, case: Case) -> None:
    for at in (MONDAY, DUE):
        with pytest.raises(NotThere) as refused:
            Escalation.press(case, by=cast.clara, at=at)
        assert refused.value.opens_at == DUE


def test_the_reminder_stands_in_the_conversation_and_its_partner_is_told(cast: Cast, case: Case) -> None:
    step = Escalation.press(case, by=cast.clara, at=LATE)
    assert (step.step, step.request, step.is_open) == ("reminder", None, True)
    event = Event.objects.get(kind="case.reminded")
    assert (event.at, event.facts["due_at"], event.spoken.in_thread) == (LATE, DUE.isoformat(), True)
    assert [Event.objects.visible_to(one).filter(pk=event.pk).exists() for one in (cast.paul, cast.rita, cast.otto)] == [True, True, False]  # fmt: skip
    assert Delivery.objects.filter(case=case, person=cast.paul.person, event_kind="case.reminded").exists()
    assert break_due(LATE) == 1  # the worker comes to it as it would have
    assert [Escalation.objects.visible_to(one).count() for one in (cast.clara, cast.olga, cast.paul)] == [1, 1, 0]


def test_the_manager_is_called_in_only_after_it_and_with_a_reason(cast: Cast, case: Case) -> None:
    with pytest.raises(NotThere):
        Escalation.press(case, by=cast.clara, step="account_manager", reason=WHY, at=LATE)
    Escalation.press(case, by=cast.clara, at=LATE)
    with pytest.raises(ValidationError) as refused:
        Escalation.press(case, by=cast.clara, at=LATE)
    assert list(refused.value.message_dict) == ["reason"]


def test_blocked_it_is_a_request_to_the_manager_with_the_history(
    cast: Cast, case: Case, managed: AccountManager
) -> None:
    first = Escalation.press(case, by=cast.rita, at=LATE)
    second = Escalation.press(case, by=cast.rita, reason=WHY, at=LATE + HOUR)
    request = second.request
    assert request is not None
    assert (request.channel, request.assignee, request.case, request.promise) == (
        "business",
        managed.person,
        case,
        "escalation",
    )
    said = request.conversation.messages.get().body
    for words in (WHY, "Asked: 2026-03-09 11:00 UTC", "The answer was due: 2026-03-11 11:00 UTC", "Reminded: 2026-03-11 11:00 UTC"):  # fmt: skip
        assert words in said
    clock = Clock.objects.get(conversation=request.conversation)
    assert (clock.promise, clock.due_at) == ("escalation", LATE + 25 * HOUR)
    first.refresh_from_db()
    assert (first.state, second.previous, second.manager) == ("climbed", first, managed.person)
    expected = [("case_chat", "climbed"), ("reminder", "climbed"), ("account_manager", "open")]
    assert steps(case, cast.rita, LATE + HOUR) == expected
    way = Way.of(Request.objects.get(pk=request.pk), LATE + HOUR)  # whoever must answer sees the same
    assert way is not None
    assert [(rung.step.key, rung.state) for rung in way.rungs] == expected
    with pytest.raises(NotThere):
        Escalation.press(case, by=cast.rita, reason="More!", at=LATE + 99 * HOUR)


def test_a_client_without_a_manager_goes_to_platform_support(cast: Cast, case: Case) -> None:
    Escalation.press(case, by=cast.clara, at=LATE)
    request = Escalation.press(case, by=cast.clara, reason=WHY, at=LATE).request
    assert request is not None
    assert (request.channel, request.assignee, request.promise) == ("platform", None, "escalation")


def test_an_enterprise_client_goes_to_its_manager(cast: Cast, case: Case) -> None:
    assert cast.olga.person
    cast.clara.organisation.set_plan("enterprise", by=cast.olga)
    AccountManager.assign(cast.clara.organisation, cast.olga.person, by=cast.olga, at=MONDAY)
    Escalation.press(case, by=cast.clara, at=LATE)
    assert Escalation.press(case, by=cast.clara, reason=WHY, at=LATE).manager == cast.olga.person


def test_one_reminder_serves_both_sides_and_each_climbs_for_itself(cast: Cast, case: Case) -> None:
    Escalation.press(case, by=cast.rita, at=LATE)
    requests = [Escalation.press(case, by=one, reason=WHY, at=LATE).request for one in (cast.clara, cast.rita)]
    assert [request and request.asker for request in requests] == [cast.clara.organisation, cast.rita.organisation]
    assert Event.objects.filter(kind="case.reminded").count() == 1


def test_answered_late_the_reminder_has_done_its_work(cast: Cast, case: Case) -> None:
    step = Escalation.press(case, by=cast.clara, at=LATE)
    case.conversation.post(by=cast.paul, body="Sorry. Here.", at=LATE)
    step = Escalation.objects.get(pk=step.pk)
    assert step.stands == "answered"
    assert not Escalation.objects.open().exists()
    assert Escalation.objects.standing("answered").get() == step
    assert steps(case, cast.clara, LATE)[:2] == [("case_chat", "answered"), ("reminder", "answered")]
    with pytest.raises(NotThere):
        Escalation.press(case, by=cast.clara, reason=WHY, at=LATE)
    case.conversation.post(by=cast.clara, body="And now?", at=LATE)
    assert steps(case, cast.clara, LATE) == [("case_chat", "open"), ("reminder", "ahead")]


def test_of_a_case_that_is_over_the_reminder_is_settled(cast: Cast, case: Case) -> None:
    step = Escalation.press(case, by=cast.clara, at=LATE)
    case.close(by=cast.paul, code="Paid", at=LATE)
    assert Escalation.objects.get(pk=step.pk).stands == "solved"


def test_answered_in_the_second_it_is_due_there_is_nothing_to_remind_of(cast: Cast, case: Case) -> None:
    case.conversation.post(by=cast.paul, body="Here.", at=DUE)
    with pytest.raises(NotThere) as refused:
        Escalation.press(case, by=cast.clara, at=LATE)
    assert refused.value.opens_at is None


def test_only_the_client_and_who_brought_it_remind(cast: Cast, case: Case) -> None:
    for actor in (cast.paul, cast.olga, cast.otto, cast.pia):
        with pytest.raises(Refused):
            Escalation.press(case, by=actor, at=LATE)


def test_where_nothing_was_asked_the_first_step_is_asking(cast: Cast) -> None:
    case = cast.confirmed()
    assert steps(case, cast.rita, LATE) == [("case_chat", "unasked")]
    with pytest.raises(NotThere):
        Escalation.press(case, by=cast.clara, at=LATE)


def test_nobody_works_it_yet(cast: Cast) -> None:
    with pytest.raises(Refused):
        Escalation.press(cast.submitted(), by=cast.clara, at=LATE)


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_one_reminds_and_the_other_is_told(cast: Cast, case: Case) -> None:
    told: list[str] = []

    def press(actor: Actor) -> None:
        try:
            Escalation.press(Case.objects.get(pk=case.pk), by=actor, at=LATE)
        except (NotThere, ValidationError) as why:
            told.append(str(why))

    together(lambda: press(cast.clara), lambda: press(cast.rita))
    assert (Event.objects.filter(kind="case.reminded").count(), len(told)) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_a_reminder_at_once_leave_one_outcome(cast: Cast, case: Case) -> None:
    def press() -> None:
        with suppress(NotThere):
            Escalation.press(Case.objects.get(pk=case.pk), by=cast.clara, at=LATE)

    together(press, lambda: case.conversation.post(by=cast.paul, body="Here.", at=LATE))
    assert Clock.objects.get(promise="reply").state == "late"
    assert not Escalation.objects.open().exists()
