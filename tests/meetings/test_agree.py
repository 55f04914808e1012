"""Who asks names times, or none; a host agrees to one, offers others, or declines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, WEDNESDAY_TEN, booked, hosting
from trialogue.escalations.models import AccountManager
from trialogue.meetings.models import Host, Meeting, State, Taken
from trialogue.people.models import Actor, Refused

pytestmark = pytest.mark.django_db


def asked(by: Actor, *wishes: object, host: Host | None = None) -> Meeting:
    return Meeting.ask(by=by, subject="A new region", host=host, wishes=wishes, at=MONDAY)  # type: ignore[arg-type]


def test_a_partner_asks_and_a_host_agrees_to_a_wished_time(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul, WEDNESDAY_TEN, TUESDAY_TEN)
    assert (meeting.state, meeting.times, meeting.host) == (State.ASKED, [TUESDAY_TEN, WEDNESDAY_TEN], None)
    meeting.agree(WEDNESDAY_TEN, by=cast.olga, at=MONDAY)
    meeting.refresh_from_db()
    assert (meeting.state, meeting.starts_at, meeting.host, meeting.proposals) == (
        State.AGREED,
        WEDNESDAY_TEN,
        host,
        [],
    )
    assert meeting.link


def test_other_times_are_offered_and_the_partner_takes_one(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul)
    meeting.offer([TUESDAY_TEN, WEDNESDAY_TEN], by=cast.olga, at=MONDAY)
    with pytest.raises(ValidationError):
        meeting.agree(TUESDAY_TEN + timedelta(hours=1), by=cast.paul, at=MONDAY)
    meeting.agree(TUESDAY_TEN, by=cast.paul, at=MONDAY)
    assert (meeting.state, meeting.starts_at) == (State.AGREED, TUESDAY_TEN)


def test_an_offered_time_that_was_taken_meanwhile_is_not_agreed_twice(
    cast: Cast, host: Host, enterprise: Actor
) -> None:
    meeting = asked(cast.paul)
    meeting.offer([TUESDAY_TEN, WEDNESDAY_TEN], by=cast.olga, at=MONDAY)
    booked(host, enterprise)
    with pytest.raises(Taken):
        meeting.agree(TUESDAY_TEN, by=cast.paul, at=MONDAY)
    meeting.agree(WEDNESDAY_TEN, by=cast.paul, at=MONDAY)


def test_who_asked_does_not_agree_for_the_host(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul, TUESDAY_TEN, host=host)
    with pytest.raises(Refused):
        meeting.agree(TUESDAY_TEN, by=cast.paul, at=MONDAY)
    for verb in (meeting.offer, meeting.decline):
        with pytest.raises(Refused):
            verb(**({"times": [TUESDAY_TEN]} if verb == meeting.offer else {"reason": "No"}), by=cast.paul, at=MONDAY)


def test_a_referral_partner_asks_its_account_manager(cast: Cast) -> None:
    AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga, at=MONDAY)
    assert asked(cast.rita).asked_of == cast.olga.person
    assert asked(cast.paul).asked_of is None


def test_one_who_is_no_host_says_first_when_they_can_be_met(cast: Cast) -> None:
    meeting = asked(cast.paul, TUESDAY_TEN)
    with pytest.raises(Refused, match="When I can be met"):
        meeting.agree(TUESDAY_TEN, by=cast.olga, at=MONDAY)
    hosting(cast.olga)
    meeting.agree(TUESDAY_TEN, by=cast.olga, at=MONDAY)


def test_it_is_declined_with_a_reason(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul)
    with pytest.raises(ValidationError):
        meeting.decline(by=cast.olga, reason=" ", at=MONDAY)
    meeting.decline(by=cast.olga, reason="Write to Partnerships", at=MONDAY)
    assert (meeting.state, meeting.reason) == (State.DECLINED, "Write to Partnerships")
    with pytest.raises(Refused, match="declined by now"):
        meeting.agree(TUESDAY_TEN, by=cast.olga, at=MONDAY)


def test_only_a_few_times_to_come_are_wished_or_offered(cast: Cast, host: Host) -> None:
    later = [TUESDAY_TEN + timedelta(hours=n) for n in range(4)]
    for wishes in (later, [MONDAY]):
        with pytest.raises(ValidationError):
            asked(cast.paul, *wishes)
    meeting = asked(cast.paul)
    for times in (later, [], [MONDAY]):
        with pytest.raises(ValidationError):
            meeting.offer(times, by=cast.olga, at=MONDAY)
    with pytest.raises(ValidationError):
        meeting.agree(MONDAY, by=cast.olga, at=MONDAY)


def test_a_client_books_and_does_not_ask(cast: Cast, enterprise: Actor) -> None:
    for actor in (enterprise, cast.clara):
        with pytest.raises(Refused):
            asked(actor)
