"""Somebody at the operator looks after a complaint and decides it with reasons; the client may take it back until then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.clocks.models import Clock, break_due
from trialogue.complaints.models import Complaint, State
from trialogue.deliveries.carriers import mail
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event
from trialogue.people.models import Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REASONS = "Both sides were heard."


def test_somebody_takes_it_up_and_a_colleague_takes_it_over(cast: Cast, filed: Complaint) -> None:
    filed.review(by=cast.olga)
    filed.review(by=cast.olga)
    assert (filed.state, filed.reviewer) == (State.REVIEW, cast.olga.person)
    assert Event.objects.filter(kind="complaint.reviewed").count() == 1
    for actor in (cast.clara, cast.paul):
        with pytest.raises(Refused):
            filed.review(by=actor)


def test_upheld_after_the_response_with_how_grave_it_was(cast: Cast, passed_on: Complaint) -> None:
    passed_on.respond(by=cast.paul, response="Sorry.", at=MONDAY)
    with pytest.raises(ValidationError) as refused:
        passed_on.decide(by=cast.olga, upheld=True, reasons=REASONS)
    assert list(refused.value.message_dict) == ["severity"]
    passed_on.decide(by=cast.olga, upheld=True, reasons=REASONS, severity="serious", at=MONDAY + DAY)
    assert (passed_on.state, passed_on.severity, passed_on.ended_at) == (State.UPHELD, "serious", MONDAY + DAY)
    told = Delivery.objects.filter(event_kind="complaint.decided").values_list("organisation__name", flat=True)
    assert set(told) == {"Nordlys Energi A/S", "Kanzlei Brandt & Partner"}
    for again in (lambda: passed_on.withdraw(by=cast.clara), lambda: passed_on.review(by=cast.olga)):
        with pytest.raises(Refused, match="upheld by now"):
            again()


def test_not_before_its_time_to_respond_is_over(cast: Cast, passed_on: Complaint) -> None:
    with pytest.raises(Refused, match="may still respond"):
        passed_on.decide(by=cast.olga, upheld=False, reasons=REASONS)
    break_due(MONDAY + 11 * DAY)
    passed_on.decide(by=cast.olga, upheld=False, reasons=REASONS, severity="grave", at=MONDAY + 11 * DAY)
    assert (passed_on.state, passed_on.severity) == (State.DECLINED, "")
    assert Clock.objects.get(promise="respond").state == "cancelled"


def test_nobody_is_found_at_fault_unheard_but_it_may_be_declined_at_once(cast: Cast, filed: Complaint) -> None:
    with pytest.raises(Refused, match="unheard"):
        filed.decide(by=cast.olga, upheld=True, reasons=REASONS, severity="minor")
    for actor in (cast.clara, cast.paul):
        with pytest.raises(Refused):
            filed.decide(by=actor, upheld=False, reasons=REASONS)
    with pytest.raises(ValidationError):
        filed.decide(by=cast.olga, upheld=False, reasons=" ")
    filed.decide(by=cast.olga, upheld=False, reasons=REASONS)
    assert not Complaint.objects.visible_to(cast.paul).exists()
    assert not Event.objects.visible_to(cast.paul).filter(kind__startswith="complaint.").exists()


def test_taken_back_nothing_is_owed_and_those_who_knew_are_told(cast: Cast, passed_on: Complaint) -> None:
    for actor in (cast.paul, cast.olga, cast.otto):
        with pytest.raises(Refused):
            passed_on.withdraw(by=actor)
    passed_on.withdraw(by=cast.carl, at=MONDAY + DAY)
    assert Clock.objects.get(promise="respond").state == "cancelled"
    assert Event.objects.visible_to(cast.paul).filter(kind="complaint.withdrawn").exists()
    with pytest.raises(Refused):
        passed_on.respond(by=cast.paul, response="Too late.")


def test_the_mail_says_what_became_of_it_to_each_who_may_know(cast: Cast, filed: Complaint) -> None:
    filed.pass_on(by=cast.olga, at=MONDAY)
    said = {}
    for delivery in Delivery.objects.filter(event_kind__startswith="complaint.").shown("bundle"):
        content = mail.worth_telling(delivery, MONDAY + timedelta(minutes=10))
        moves = getattr(content, "context", {}).get("moves", ())
        said[str(delivery.person)] = [line.kind for line in moves if line.kind.startswith("complaint.")]
    assert said["Olga Lind"] == ["complaint.filed"]
    assert said["Paul Brandt"] == ["complaint.passed_on"]
    assert said["Clara Holm"] == ["complaint.passed_on"]
