"""An enterprise client books a free time of a host, and nobody else gets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, booked, hosting
from tests.together import together
from trialogue.cases.models import Case
from trialogue.events.models import Event, first_broken_link
from trialogue.meetings.models import Busy, Host, Meeting, State, Taken
from trialogue.people.models import Actor, Refused
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db


def test_it_is_agreed_at_once_with_a_link_of_its_own(cast: Cast, host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise)
    assert (meeting.number, meeting.state, meeting.starts_at, meeting.sequence) == (
        "M-2026-000001", State.AGREED, TUESDAY_TEN, 0,
    )  # fmt: skip
    assert meeting.link == f"https://meet.example.org/M-2026-000001-{meeting.token}"
    everyone = (enterprise, cast.clara, cast.paul, cast.rita, cast.olga)
    assert [Meeting.objects.visible_to(actor).count() for actor in everyone] == [1, 0, 0, 0, 1]
    told = Event.objects.filter(kind="meeting.agreed")
    assert [told.visible_to(actor).count() for actor in everyone] == [1, 0, 0, 0, 1]
    assert first_broken_link(meeting) is None


def test_who_may_book_is_policy(cast: Cast, host: Host) -> None:
    for actor in (cast.clara, cast.otto, cast.paul, cast.rita, cast.olga):
        with pytest.raises(Refused) as refused:
            booked(host, actor)
        assert str(refused.value)
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2026, 3, 10, 11, 0, tzinfo=UTC),  # at noon, when nobody is there
        datetime(2026, 3, 10, 9, 10, tzinfo=UTC),  # between two times
        datetime(2026, 3, 14, 9, 0, tzinfo=UTC),  # on a Saturday
        datetime(2026, 3, 9, 8, 0, tzinfo=UTC),  # this morning
        datetime(2027, 3, 9, 9, 0, tzinfo=UTC),  # in a year
        datetime(2026, 4, 3, 8, 0, tzinfo=UTC),  # Good Friday, when the operator is closed
    ],
)
def test_what_is_not_free_cannot_be_booked(host: Host, enterprise: Actor, starts_at: datetime) -> None:
    with pytest.raises(Taken):
        booked(host, enterprise, starts_at)


def test_what_the_hosts_own_calendar_says_is_kept(host: Host, enterprise: Actor) -> None:
    Busy.follow(host, "https://calendar.example.org/olga.ics", MONDAY)
    host.busy.keep_spans([(TUESDAY_TEN, TUESDAY_TEN + timedelta(minutes=1))], MONDAY)
    with pytest.raises(Taken):
        booked(Host.objects.shown().get(), enterprise)
    assert booked(Host.objects.shown().get(), enterprise, TUESDAY_TEN + timedelta(minutes=30))


def test_no_more_than_so_many_a_day(cast: Cast, enterprise: Actor) -> None:
    host = hosting(cast.olga, most_a_day=1)
    booked(host, enterprise)
    with pytest.raises(Taken):
        booked(host, enterprise, TUESDAY_TEN + timedelta(hours=4))


def test_a_host_who_cannot_be_met_any_more_is_not_booked_from_an_old_page(cast: Cast, enterprise: Actor) -> None:
    for told in ({"is_open": False}, {"meets": ["collection_partner"]}):
        host = hosting(cast.olga)
        hosting(cast.olga, **told)
        with pytest.raises(Refused, match="cannot be met"):
            booked(host, enterprise)
    with pytest.raises(Refused, match="cannot be met"):
        Meeting.ask(by=cast.rita, subject="Terms", host=Host.objects.shown().get(), at=MONDAY)


def test_a_test_key_takes_no_real_time(host: Host, enterprise: Actor) -> None:
    booked(host, Actor(enterprise.organisation, enterprise.person, "test"))
    booked(host, enterprise)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"subject": " "}, "subject"), ({"subject": "x" * 201}, "subject"), ({"about": "x" * 5001}, "about"), ({"minutes": 17}, "minutes"),
    ],
)  # fmt: skip
def test_what_lacks_is_said_at_its_field(host: Host, enterprise: Actor, told: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        booked(host, enterprise, **told)
    assert list(refused.value.message_dict) == [field]


def test_it_may_be_about_a_case_or_a_request_of_theirs_alone(cast: Cast, host: Host, enterprise: Actor) -> None:
    mine = Request.open(by=enterprise, channel="platform", subject="Sign in", body="How?", at=MONDAY)
    assert booked(host, enterprise, conversation=mine.conversation).conversation == mine.conversation
    case: Case = cast.confirmed()
    others = Request.open(by=cast.clara, channel="platform", subject="Sign in", body="How?", at=MONDAY)
    for talk in (case.conversation, others.conversation):
        with pytest.raises(ValidationError):
            booked(host, enterprise, TUESDAY_TEN + timedelta(hours=4), conversation=talk)


@pytest.mark.django_db(transaction=True)
def test_fifty_want_one_time_and_one_gets_it(cast: Cast) -> None:
    cast.otto.organisation.set_plan("enterprise", by=cast.olga)
    host = hosting(cast.olga)
    ends = together(*(lambda: booked(Host.objects.shown().get(pk=host.pk), cast.otto) for _ in range(50)))
    won = [end for end in ends if isinstance(end, Meeting)]
    assert len(won) == 1, ends
    assert sum(isinstance(end, Taken) for end in ends) == 49, ends
    assert Meeting.objects.get() == won[0]


@pytest.mark.django_db(transaction=True)
def test_two_lengths_that_would_overlap_are_not_both_booked(cast: Cast) -> None:
    cast.otto.organisation.set_plan("enterprise", by=cast.olga)
    host = hosting(cast.olga)

    def book(starts_at: datetime) -> Any:
        return lambda: booked(Host.objects.shown().get(pk=host.pk), cast.otto, starts_at, minutes=60)

    ends = together(*(book(TUESDAY_TEN + timedelta(minutes=30 * n)) for n in (0, 1, 0, 1)))
    assert [type(end) for end in ends].count(Meeting) == 1, ends
