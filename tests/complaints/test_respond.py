"""The partner is asked to respond within ten calendar days: in time, late, or not at all; and on a case it works no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from tests.walk import document
from trialogue.clocks.models import Clock, break_due
from trialogue.complaints.models import Complaint, State, documents_of
from trialogue.conversations.models import Document
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event
from trialogue.people.models import Actor, Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DUE = MONDAY + 10 * DAY


def clock() -> Clock:
    return Clock.objects.get(promise="respond")


def kinds(actor: Actor) -> list[str]:
    told = Event.objects.visible_to(actor).filter(kind__startswith="complaint.")
    return list(told.order_by("pk").values_list("kind", flat=True))


def test_passed_on_the_partner_knows_and_its_clock_runs(cast: Cast, filed: Complaint) -> None:
    filed.pass_on(by=cast.olga, at=MONDAY)
    assert (clock().owner, clock().owed_to, clock().due_at) == (filed.partner, filed.client, DUE)
    assert clock().policy.words == "10 calendar days"
    assert kinds(cast.paul) == ["complaint.passed_on"]
    assert list(Complaint.objects.visible_to(cast.paul)) == [filed]
    assert not Complaint.objects.visible_to(cast.pia).exists()
    told = Delivery.objects.filter(event_kind="complaint.passed_on").values_list("person__email", flat=True)
    assert {cast.paul.person.email, cast.clara.person.email} <= set(told)  # type: ignore[union-attr]


def test_only_the_operator_passes_it_on_and_once(cast: Cast, filed: Complaint) -> None:
    for actor in (cast.clara, cast.paul):
        with pytest.raises(Refused):
            filed.pass_on(by=actor)
    filed.pass_on(by=cast.olga)
    with pytest.raises(Refused, match="awaiting the response by now"):
        filed.pass_on(by=cast.olga)


def test_the_response_meets_the_clock(cast: Cast, passed_on: Complaint) -> None:
    Document.add(passed_on.case, [document()], by=cast.paul)
    these = list(documents_of(passed_on.case, cast.paul))
    passed_on.respond(by=cast.paul, response="We wrote three times.", documents=these, at=DUE)
    assert (passed_on.state, passed_on.responded_by, clock().state) == (State.RESPONDED, cast.paul.person, "kept")
    assert list(passed_on.response_documents.all()) == these
    assert kinds(cast.clara)[-1] == "complaint.responded"
    with pytest.raises(Refused, match="sent already"):
        passed_on.respond(by=cast.petra, response="And once more.")


def test_only_the_partner_it_is_about_responds_once_it_was_asked(cast: Cast, filed: Complaint) -> None:
    with pytest.raises(Refused):
        filed.respond(by=cast.paul, response="Unasked.")
    filed.pass_on(by=cast.olga)
    for actor in (cast.clara, cast.olga, cast.pia):
        with pytest.raises(Refused, match="Only the partner"):
            filed.respond(by=actor, response="For them.")
    for text in ("", " ", "x" * 10_001):
        with pytest.raises(ValidationError) as refused:
            filed.respond(by=cast.paul, response=text)
        assert list(refused.value.message_dict) == ["response"]


def test_when_the_time_runs_out_it_is_to_be_decided_and_a_late_response_still_counts(
    cast: Cast, passed_on: Complaint
) -> None:
    assert break_due(DUE + DAY) == 1
    passed_on.refresh_from_db()
    assert (passed_on.state, passed_on.is_unanswered) == (State.RESPONDED, True)
    assert (kinds(cast.paul)[-1], kinds(cast.clara)[-1]) == ("complaint.unanswered",) * 2
    assert Event.objects.get(kind="complaint.unanswered").at == DUE
    passed_on.respond(by=cast.paul, response="Late.", at=DUE + 2 * DAY)
    assert (clock().state, passed_on.is_unanswered) == ("late", False)


def test_a_response_after_the_moment_that_no_worker_noticed_is_late_and_one_outcome(
    cast: Cast, passed_on: Complaint
) -> None:
    passed_on.respond(by=cast.paul, response="A second late.", at=DUE + timedelta(seconds=1))
    assert (clock().state, break_due(DUE + DAY)) == ("late", 0)
    passed_on.refresh_from_db()
    assert (passed_on.state, passed_on.is_unanswered) == (State.RESPONDED, False)
    assert "complaint.unanswered" not in kinds(cast.clara)


@pytest.mark.django_db(transaction=True)
def test_a_response_and_the_worker_at_once_leave_one_outcome(cast: Cast, passed_on: Complaint) -> None:
    late = DUE + DAY
    mine = Complaint.objects.get(pk=passed_on.pk)
    ends = together(lambda: mine.respond(by=cast.paul, response="At once.", at=late), lambda: break_due(late))
    assert not [end for end in ends if isinstance(end, Exception)], ends
    passed_on.refresh_from_db()
    assert (passed_on.state, bool(passed_on.response), clock().state) == (State.RESPONDED, True, "late")
    assert Event.objects.filter(kind="clock.broken", facts__promise="respond").count() == 1


def test_it_outlives_the_case_and_the_partners_part_in_it(cast: Cast, passed_on: Complaint) -> None:
    passed_on.case.reassign(cast.pia.organisation, by=cast.olga, reason="Too slow.", at=MONDAY + DAY)
    assert clock().is_open
    break_due(DUE + DAY)
    about = Event.objects.filter(kind__in=("clock.broken", "complaint.unanswered"), facts__promise="respond")
    assert [about.visible_to(actor).exists() for actor in (cast.paul, cast.pia)] == [True, False]
    assert kinds(cast.pia) == []
    passed_on.refresh_from_db()
    passed_on.respond(by=cast.petra, response="We have gone, but here it is.", at=DUE + 2 * DAY)
    assert kinds(cast.paul)[-1] == "complaint.responded"
    assert kinds(cast.pia) == []
