"""Either side moves a meeting or calls it off, before it begins; each time calendars hear of it by a higher sequence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, WEDNESDAY_TEN, booked
from trialogue.meetings.models import Host, Meeting, State, Taken
from trialogue.people.models import Actor, Refused

pytestmark = pytest.mark.django_db
EVENING = TUESDAY_TEN + timedelta(hours=9)


def test_either_side_moves_it(cast: Cast, host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise)
    meeting.move(WEDNESDAY_TEN, by=enterprise, at=MONDAY)
    assert (meeting.starts_at, meeting.ends_at, meeting.sequence) == (
        WEDNESDAY_TEN, WEDNESDAY_TEN + timedelta(minutes=30), 1,
    )  # fmt: skip
    meeting.move(WEDNESDAY_TEN, by=enterprise, at=MONDAY)
    assert meeting.sequence == 1
    meeting.move(EVENING, by=cast.olga, at=MONDAY)
    assert (meeting.starts_at, meeting.sequence) == (EVENING, 2)


def test_it_may_move_into_its_own_time(host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise, minutes=60)
    meeting.move(TUESDAY_TEN + timedelta(minutes=30), by=enterprise, at=MONDAY)
    assert meeting.sequence == 1


def test_a_guest_moves_it_to_a_free_time_alone_and_nobody_onto_another(
    cast: Cast, host: Host, enterprise: Actor
) -> None:
    meeting, other = booked(host, enterprise), booked(host, enterprise, WEDNESDAY_TEN)
    for actor, starts_at in ((enterprise, EVENING), (enterprise, WEDNESDAY_TEN), (cast.olga, WEDNESDAY_TEN)):
        with pytest.raises(Taken):
            meeting.move(starts_at, by=actor, at=MONDAY)
    with pytest.raises(ValidationError):
        meeting.move(MONDAY, by=cast.olga, at=MONDAY)
    assert [each.sequence for each in Meeting.objects.all()] == [0, 0]
    other.call_off(by=enterprise, reason="Done by mail", at=MONDAY)
    meeting.move(WEDNESDAY_TEN, by=enterprise, at=MONDAY)


def test_it_is_called_off_with_a_reason_and_the_time_is_free_again(cast: Cast, host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise)
    with pytest.raises(ValidationError):
        meeting.call_off(by=enterprise, reason="", at=MONDAY)
    meeting.call_off(by=cast.olga, reason="I am ill", at=MONDAY)
    assert (meeting.state, meeting.sequence, meeting.reason) == (State.CALLED_OFF, 1, "I am ill")
    with pytest.raises(Refused):
        meeting.move(WEDNESDAY_TEN, by=enterprise, at=MONDAY)
    assert booked(host, enterprise).state == State.AGREED


def test_what_was_only_asked_for_is_called_off_without_telling_calendars(cast: Cast, host: Host) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    meeting.call_off(by=cast.petra, reason="Solved", at=MONDAY)
    assert (meeting.state, meeting.sequence) == (State.CALLED_OFF, 0)


def test_once_it_has_begun_it_stays(cast: Cast, host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise)
    for actor in (enterprise, cast.olga):
        with pytest.raises(Refused, match="has begun"):
            meeting.move(WEDNESDAY_TEN, by=actor, at=TUESDAY_TEN)
        with pytest.raises(Refused, match="has begun"):
            meeting.call_off(by=actor, reason="Late", at=TUESDAY_TEN)


def test_what_is_not_agreed_is_not_moved(cast: Cast, host: Host) -> None:
    for whom in (None, host):
        meeting = Meeting.ask(by=cast.paul, subject="A region", host=whom, at=MONDAY)
        for actor in (cast.paul, cast.olga):
            with pytest.raises(Refused, match="asked for by now"):
                meeting.move(WEDNESDAY_TEN, by=actor, at=MONDAY)


def test_others_neither_move_nor_call_off(cast: Cast, host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise)
    for actor in (cast.clara, cast.paul):
        with pytest.raises(Refused):
            meeting.move(WEDNESDAY_TEN, by=actor, at=MONDAY)
        with pytest.raises(Refused):
            meeting.call_off(by=actor, reason="Mine", at=MONDAY)
