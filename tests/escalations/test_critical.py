"""A critical production issue: the facts that make it one, those on duty called at once, acknowledged by one click."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.letters.post import SETTINGS, post, written
from tests.together import together
from trialogue.clocks.models import Clock
from trialogue.deliveries.models import Absence, Delivery, Wishes
from trialogue.deliveries.rounds import send_due
from trialogue.deliveries.wishes import Notice
from trialogue.escalations.models import Escalation, NotThere
from trialogue.events.models import Event
from trialogue.lib.quiethours import QuietHours
from trialogue.people.models import Actor, Refused
from trialogue.requests.models import Duty, Request

pytestmark = pytest.mark.django_db
SUNDAY = datetime(2026, 3, 15, 2, 0, tzinfo=UTC)  # 03:00 in Copenhagen
HOUR = timedelta(hours=1)
FACTS = {
    "environment": "production",
    "since": "2026-03-15 01:45",
    "what_is_down": "Every call to POST /cases answers 503",
    "clients_affected": "40",
}


def report(by: Actor, at: datetime = SUNDAY, **more: Any) -> Request:
    told: dict[str, Any] = {"subject": "API is down", "body": "Nothing gets through.", "form": FACTS} | more
    return Request.open(by=by, channel="critical", situation="critical", at=at, **told)


@pytest.fixture
def step(cast: Cast) -> Escalation:
    report(cast.rita)
    return Escalation.objects.get()


def called() -> list[str]:
    rows = Delivery.objects.filter(kind="page").select_related("person").order_by("person")
    return [row.person.name for row in rows if row.person]


# --- the facts --------------------------------------------------------------------------------------------------------


def test_that_it_is_urgent_is_no_fact(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        report(cast.rita, subject="Urgent", body="It is urgent!", form={})
    assert sorted(refused.value.message_dict) == sorted(FACTS)
    assert "What is down" in refused.value.message_dict["what_is_down"][0]
    assert not Request.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("clients_affected", "0"), ("what_is_down", "  "), ("since", ""), ("environment", "test")])  # fmt: skip
def test_nor_is_half_of_them_enough(cast: Cast, field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        report(cast.rita, form={**FACTS, field: value})
    assert list(refused.value.message_dict) == [field]


def test_a_mail_is_taken_as_it_comes_and_asked_for_the_rest(cast: Cast) -> None:
    from django.test import override_settings

    with override_settings(**SETTINGS):
        post(written(cast.rita, "critical@trialogue.example", "It is urgent!", subject="Down"))
    request = Request.objects.get()
    assert (request.channel, called()) == ("critical", ["Olga Lind"])
    assert Escalation.objects.get().step == "critical"


# --- who is called ----------------------------------------------------------------------------------------------------


def test_it_is_a_step_with_a_clock_around_the_clock(step: Escalation) -> None:
    assert (step.ladder, step.step, step.state, step.manager) == ("referral_partner", "critical", "open", None)
    assert Clock.objects.get().due_at == SUNDAY + 4 * HOUR


def test_the_team_is_called_or_else_everybody(cast: Cast, oscar: Actor) -> None:
    report(cast.rita)
    assert called() == ["Olga Lind", "Oscar Berg"]
    Delivery.objects.all().delete()
    Duty.give("critical", [p for p in [oscar.person] if p], by=cast.olga)
    request = report(cast.rita)
    assert called() == ["Oscar Berg"]
    event = Event.objects.filter(kind="escalation.paged").latest("pk")
    assert (event.facts["people"], event.subject) == ([oscar.by], request.escalations.get().public_id)


def test_who_is_away_is_not_called_but_who_stands_in(cast: Cast, oscar: Actor) -> None:
    Duty.give("critical", [p for p in [oscar.person] if p], by=cast.olga)
    ours = {one.person_id: one for one in cast.olga.organisation.memberships.all()}
    assert oscar.person
    assert cast.olga.person
    day = SUNDAY.date()
    told: dict[str, Any] = {"first": day - 24 * HOUR, "last": day + 24 * HOUR, "at": MONDAY}
    away = Absence.plan(ours[oscar.person.pk], by=oscar, colleague=ours[cast.olga.person.pk], **told)
    report(cast.rita)
    assert called() == ["Olga Lind"]
    Delivery.objects.all().delete()
    away.colleague = None
    away.save()
    report(cast.rita)
    assert called() == ["Oscar Berg"]  # nobody else is on duty, so away or not


def test_test_data_calls_nobody(cast: Cast) -> None:
    assert cast.rita.person
    report(Actor(cast.rita.organisation, cast.rita.person, environment="test"))
    assert Escalation.objects.get().step == "critical"
    assert called() == []


def test_moved_there_they_are_called_as_well_and_once(cast: Cast) -> None:
    asked = Request.open(by=cast.rita, channel="technical", subject="Down", body="All of it.", at=SUNDAY)
    asked.move_to("critical", by=cast.olga, at=SUNDAY)
    asked.move_to("technical", by=cast.olga, at=SUNDAY)
    asked.move_to("critical", by=cast.olga, at=SUNDAY)
    assert called() == ["Olga Lind"]
    assert Clock.objects.open().get().due_at == SUNDAY + 4 * HOUR


# --- acknowledged -----------------------------------------------------------------------------------------------------


def test_one_click_meets_the_clock_and_the_answer_is_owed_from_then_on(cast: Cast, step: Escalation) -> None:
    step.acknowledge(by=cast.olga, at=SUNDAY + HOUR)
    request = Request.objects.get()
    assert [(clock.promise, clock.state) for clock in Clock.objects.order_by("pk")] == [("critical", "kept"), ("escalation", "running")]  # fmt: skip
    step.refresh_from_db()
    assert (step.state, step.manager, step.acknowledged_at) == ("open", cast.olga.person, SUNDAY + HOUR)
    assert (request.assignee, request.state, request.promise) == (cast.olga.person, "open", "escalation")
    assert Delivery.objects.filter(person=cast.rita.person, event_kind="request.acknowledged").exists()
    request.answer(by=cast.olga, body="It is up again.", at=SUNDAY + 2 * HOUR)
    step.refresh_from_db()
    assert step.state == "answered"


def test_too_late_it_is_late(cast: Cast, step: Escalation) -> None:
    step.acknowledge(by=cast.olga, at=SUNDAY + 5 * HOUR)
    assert Clock.objects.get(promise="critical").state == "late"


def test_acknowledged_in_the_second_it_is_due_it_is_kept(cast: Cast, step: Escalation) -> None:
    step.acknowledge(by=cast.olga, at=SUNDAY + 4 * HOUR)
    assert Clock.objects.get(promise="critical").state == "kept"


def test_only_the_operator_and_only_once(cast: Cast, step: Escalation) -> None:
    with pytest.raises(Refused):
        step.acknowledge(by=cast.rita, at=SUNDAY)
    step.acknowledge(by=cast.olga, at=SUNDAY)
    with pytest.raises(NotThere):
        step.acknowledge(by=cast.olga, at=SUNDAY)


def test_what_is_not_critical_is_answered_and_not_acknowledged(cast: Cast) -> None:
    asked = Request.open(by=cast.rita, channel="technical", subject="Fails", body="Why?", at=MONDAY)
    step = Escalation.climb(asked, by=cast.rita, at=MONDAY + 49 * HOUR)
    with pytest.raises(NotThere):
        step.acknowledge(by=cast.olga, at=MONDAY + 49 * HOUR)


def test_from_a_critical_one_nobody_climbs_further(cast: Cast, step: Escalation) -> None:
    assert step.request
    with pytest.raises(Refused):
        Escalation.climb(step.request, by=cast.rita, at=SUNDAY + 9 * HOUR)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_and_the_first_is_on_it(cast: Cast, step: Escalation) -> None:
    told: list[str] = []

    def acknowledge() -> None:
        try:
            Escalation.objects.shown().get(pk=step.pk).acknowledge(by=cast.olga, at=SUNDAY)
        except NotThere as why:
            told.append(str(why))

    together(acknowledge, acknowledge)
    assert told == ["Olga Lind is on it already."]
    assert Event.objects.filter(kind="request.acknowledged").count() == 1


# --- at 03:00 on a Sunday ---------------------------------------------------------------------------------------------


def test_at_three_on_a_sunday_quiet_hours_or_not_the_mail_goes_at_once(cast: Cast) -> None:
    assert cast.olga.person
    night = (datetime(2026, 1, 1, 20).time(), datetime(2026, 1, 1, 8).time())  # noqa: DTZ001 - clock faces
    how = dict.fromkeys({*Notice.values} - {Notice.OVERDUE}, "off")
    Wishes.choose(cast.olga.person, how=how, quiet=QuietHours(night, night), let_through=False)
    report(cast.rita)
    while send_due(SUNDAY):
        pass
    sent = {one.to[0]: one for one in mail.outbox}
    paged = next(one for address, one in sent.items() if "olga@" in address)
    assert paged.subject == "Critical, from Fintegra: API is down"
    for words in ("Every call to POST /cases answers 503", "40", "07:00"):  # by when, in Copenhagen
        assert words in paged.body
    assert any("rita@" in address for address in sent)  # the receipt, with the same moment


def test_acknowledged_meanwhile_nobody_is_woken(cast: Cast, step: Escalation) -> None:
    step.acknowledge(by=cast.olga, at=SUNDAY)
    while send_due(SUNDAY):
        pass
    assert Delivery.objects.get(kind="page").state == "moot"
