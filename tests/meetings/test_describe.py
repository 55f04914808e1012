"""Who can be met, and when: set by an admin of the operator or by the host."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.hosting import TERMS, TUESDAY_TEN, booked, hosting
from trialogue.deliveries.models import Absence
from trialogue.events.models import Event
from trialogue.meetings.models import Busy, Host, Meeting, State, Taken
from trialogue.people.models import Actor, Person, Refused, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def lotte(cast: Cast) -> Actor:
    person = Person.objects.create_user("lotte@trialogue.example", "lotte lotte", name="Lotte Berg")
    return Actor.of(cast.olga.organisation.admit(person, Role.MEMBER, at=MONDAY))


def test_an_admin_or_the_host_says_it_and_nobody_else(cast: Cast, lotte: Actor) -> None:
    hosting(lotte)
    Host.describe(lotte.person, by=cast.olga, at=MONDAY, **(TERMS | {"is_open": False}))  # type: ignore[arg-type]
    assert Host.objects.get().is_open is False
    for person, by in ((cast.olga.person, lotte), (cast.otto.person, cast.otto), (cast.paul.person, cast.otto)):
        with pytest.raises(Refused):
            Host.describe(person, by=by, at=MONDAY, **TERMS)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Host.describe(cast.paul.person, by=cast.olga, at=MONDAY, **TERMS)  # type: ignore[arg-type]
    told = Event.objects.filter(kind="host.described")
    assert [told.visible_to(actor).count() for actor in (cast.olga, cast.otto, cast.paul)] == [2, 0, 0]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"), ({"week": {}}, "week"), ({"week": {"0": [["12:00", "09:00"]]}}, "week"), ({"lengths": []}, "lengths"),
        ({"lengths": [7]}, "lengths"), ({"before": 121}, "before"), ({"notice": -1}, "notice"), ({"ahead": 0}, "ahead"), ({"ahead": 1, "notice": 24}, "ahead"),
        ({"most_a_day": 21}, "most_a_day"), ({"link": "http://meet.example.org/x"}, "link"), ({"link": "https://meet.example.org/{name}"}, "link"),
        ({"link": "https://meet.example.org/{"}, "link"), ({"busy_address": "ftp://x"}, "busy_address"),
        ({"meets": []}, "meets"), ({"meets": ["client", "visitors"]}, "meets"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field(cast: Cast, told: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        hosting(cast.olga, **told)
    assert list(refused.value.message_dict) == [field]
    assert not Host.objects.exists()


def test_whom_a_host_meets_sees_them(cast: Cast, enterprise: Actor) -> None:
    hosting(cast.olga, meets=["client", "referral_partner"])
    everyone = (enterprise, cast.clara, cast.paul, cast.rita, cast.olga)
    assert [Host.objects.visible_to(actor).count() for actor in everyone] == [1, 0, 0, 1, 1]
    hosting(cast.olga, is_open=False)
    assert [Host.objects.visible_to(actor).count() for actor in everyone] == [0, 0, 0, 0, 1]


def test_another_calendar_forgets_what_the_first_one_told(cast: Cast) -> None:
    host = hosting(cast.olga, busy_address="webcal://calendar.example.org/a.ics")
    assert host.busy.address == "https://calendar.example.org/a.ics"
    host.busy.keep_spans([(TUESDAY_TEN, TUESDAY_TEN)], MONDAY)
    hosting(cast.olga, busy_address="https://calendar.example.org/a.ics")
    assert Busy.objects.get().told
    hosting(cast.olga, busy_address="https://calendar.example.org/b.ics")
    assert not Busy.objects.get().told
    hosting(cast.olga)
    assert not Busy.objects.exists()


def test_nobody_is_met_while_they_are_away(cast: Cast, enterprise: Actor) -> None:
    host = hosting(cast.olga)
    home = cast.olga.organisation.memberships.get(person=cast.olga.person)
    Absence.plan(home, by=cast.olga, first=MONDAY.date(), last=TUESDAY_TEN.date(), at=MONDAY)
    with pytest.raises(Taken):
        booked(Host.objects.shown().get(), enterprise)
    assert booked(Host.objects.shown().get(), enterprise, TUESDAY_TEN + timedelta(days=1))
    home.absence.end(by=cast.olga)
    assert booked(Host.objects.shown().get(), enterprise).host == host


def test_who_leaves_is_met_no_more(cast: Cast, lotte: Actor, enterprise: Actor) -> None:
    host = hosting(lotte)
    agreed = booked(host, enterprise)
    asked = Meeting.ask(by=cast.paul, subject="A region", host=host, at=MONDAY)
    with time_machine.travel(MONDAY, tick=False):
        lotte.organisation.memberships.get(person=lotte.person).end(by=cast.olga)
    for meeting in (agreed, asked):
        meeting.refresh_from_db()
    assert (agreed.state, agreed.sequence) == (State.CALLED_OFF, 1)
    assert (asked.state, asked.host) == (State.ASKED, None)
    assert not Host.objects.get().is_open
