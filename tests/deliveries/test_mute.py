"""A case or a request that one person has muted: nothing of it reaches them, but for what their side owes and has not given."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from trialogue.cases.models import Case
from trialogue.clocks.models import break_due, warn_due
from trialogue.deliveries.carriers.mail import TOLD
from trialogue.deliveries.digest import gather
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.deliveries.wishes import Mute
from trialogue.events.models import Event
from trialogue.people.models import Actor, Refused
from trialogue.requests.models import Request


def minute(n: float) -> datetime:
    return MONDAY + timedelta(minutes=n)


@pytest.fixture
def case(cast: Cast, mails: type[Mails]) -> Case:
    case = cast.confirmed(at=minute(-60))
    send_due(minute(-40))
    mails.sent.clear()
    return case


def told(mails: type[Mails], actor: Actor) -> int:
    assert actor.person
    return sum(actor.person.email in mail.to[0] for mail in mails.sent)


def ask(cast: Cast, case: Case, at: datetime) -> None:
    case.conversation.post(by=cast.clara, body="Zebra?", at=at)


def test_a_muted_case_is_not_mailed_and_nobody_else_notices(cast: Cast, case: Case, mails: type[Mails]) -> None:
    events = Event.objects.count()
    Mute.lay(case, by=cast.paul, at=MONDAY)
    assert Event.objects.count() == events
    ask(cast, case, minute(0))
    send_due(minute(10))
    assert (told(mails, cast.paul), told(mails, cast.petra)) == (0, 1)
    muted = Delivery.objects.get(person=cast.paul.person, through=1)
    assert (muted.state, muted.why, str(muted.get_state_display())) == ("muted", "", "not mailed")


def test_until_a_moment_is_until_then(cast: Cast, case: Case, mails: type[Mails]) -> None:
    Mute.lay(case, by=cast.paul, until=minute(60), at=MONDAY)
    ask(cast, case, minute(0))
    send_due(minute(10))
    ask(cast, case, minute(51))
    send_due(minute(61))
    assert told(mails, cast.paul) == 1


def test_lifted_is_over(cast: Cast, case: Case, mails: type[Mails]) -> None:
    Mute.lay(case, by=cast.paul, at=MONDAY)
    Mute.lift(case, by=cast.petra)
    assert Mute.objects.count() == 1, "hers is hers"
    Mute.lift(case, by=cast.paul)
    ask(cast, case, minute(0))
    send_due(minute(10))
    assert told(mails, cast.paul) == 1


def test_other_cases_are_not_muted(cast: Cast, case: Case, mails: type[Mails]) -> None:
    Mute.lay(case, by=cast.paul, at=MONDAY)
    other = cast.confirmed("Other", at=minute(-60))
    send_due(minute(-40))
    mails.sent.clear()
    ask(cast, other, minute(0))
    send_due(minute(10))
    assert told(mails, cast.paul) == 1


@pytest.mark.parametrize(("overdue_too", "expected"), [(False, 1), (True, 0)])
def test_what_we_owe_and_have_not_given_is_told_unless_that_is_muted_too(
    cast: Cast, case: Case, mails: type[Mails], overdue_too: bool, expected: int
) -> None:
    Mute.lay(case, by=cast.paul, overdue_too=overdue_too, at=MONDAY)
    Mute.lay(case, by=cast.clara, at=MONDAY)
    ask(cast, case, minute(0))
    warn_due(minute(60 * 40))
    send_due(minute(60 * 40))
    assert told(mails, cast.paul) == 0, "nearly due is not overdue"
    break_due(minute(60 * 49))
    send_due(minute(60 * 49))
    assert told(mails, cast.paul) == expected
    assert told(mails, cast.clara) == 0, "she owes nothing"


def test_muting_again_replaces(cast: Cast, case: Case) -> None:
    Mute.lay(case, by=cast.paul, at=MONDAY)
    Mute.lay(case, by=cast.paul, until=minute(60), overdue_too=True, at=MONDAY)
    mute = Mute.objects.get()
    assert (mute.until, mute.overdue_too) == (minute(60), True)


def test_a_moment_that_has_passed_and_a_program_are_refused(cast: Cast, case: Case) -> None:
    with pytest.raises(ValidationError):
        Mute.lay(case, by=cast.paul, until=timezone.now() - timedelta(days=1))
    with pytest.raises(Refused):
        Mute.lay(case, by=replace(cast.paul, person=None))
    assert not Mute.objects.exists()


def test_everyone_lists_their_own_of_cases_they_see(cast: Cast, case: Case) -> None:
    Mute.lay(case, by=cast.paul)
    assert list(Mute.objects.of(cast.paul).values_list("case", flat=True)) == [case.pk]
    for other in (cast.petra, cast.clara, cast.olga, cast.otto, replace(cast.paul, environment="test")):
        assert not Mute.objects.of(other).exists()


# --- a request --------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(cast: Cast, mails: type[Mails]) -> Request:
    told = {"channel": "platform", "subject": "White page", "body": "It stays white."}
    asked = Request.open(by=cast.clara, at=minute(-60), **told)
    send_due(minute(-40))
    mails.sent.clear()
    return asked


def test_a_muted_request_is_not_mailed_and_others_are(cast: Cast, asked: Request, mails: type[Mails]) -> None:
    other = Request.open(by=cast.clara, channel="platform", subject="Other", body="Another thing.", at=minute(-60))
    send_due(minute(-40))
    mails.sent.clear()
    Mute.lay(asked, by=cast.clara, at=MONDAY)
    asked.answer(by=cast.olga, body="Which browser?", at=minute(0))
    send_due(minute(10))
    assert told(mails, cast.clara) == 0
    other.answer(by=cast.olga, body="Which browser?", at=minute(20))
    send_due(minute(30))
    assert told(mails, cast.clara) == 1
    assert [one.request for one in Delivery.objects.notices_of(cast.clara, minute(30))] == [other]


def test_a_muted_request_is_not_in_the_summary(cast: Cast, asked: Request, mails: type[Mails]) -> None:
    (before,) = gather(cast.clara.person, MONDAY, minute(0), TOLD)  # type: ignore[arg-type]
    assert [clock.reference for clock in before.theirs] == [asked.number]
    Mute.lay(asked, by=cast.clara, at=MONDAY)
    assert gather(cast.clara.person, MONDAY, minute(0), TOLD) == []  # type: ignore[arg-type]
    (theirs,) = gather(cast.olga.person, MONDAY, minute(0), TOLD)  # type: ignore[arg-type]
    assert [clock.reference for clock in theirs.mine] == [asked.number]


def test_cases_are_told_beside_a_muted_request_and_the_reverse(
    cast: Cast, case: Case, asked: Request, mails: type[Mails]
) -> None:
    Mute.lay(asked, by=cast.clara, at=MONDAY)
    Mute.lay(asked, by=cast.paul, at=MONDAY)
    ask(cast, case, minute(0))
    send_due(minute(10))
    assert told(mails, cast.paul) == 1
    (part,) = gather(cast.clara.person, MONDAY, minute(10), TOLD)  # type: ignore[arg-type]
    assert [clock.reference for clock in part.theirs] == [case.reference]


def test_everyone_lists_their_own_of_requests_they_see(cast: Cast, asked: Request) -> None:
    Mute.lay(asked, by=cast.clara)
    assert [mute.request for mute in Mute.objects.of(cast.clara)] == [asked]
    for other in (cast.carl, cast.paul, cast.olga, cast.otto):
        assert not Mute.objects.of(other).exists()
