"""An organisation's calendar of closed days is read each day; what is new in it waits for an admin, and moves no promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.pushes import Service, serving
from trialogue.clocks import feeds
from trialogue.clocks.feeds import Feed, read_feeds
from trialogue.clocks.models import Calendar, Clock
from trialogue.events.models import Event
from trialogue.lib import icsdays
from trialogue.people.models import Refused

pytestmark = pytest.mark.django_db
WEEK = {str(day): [["09:00", "17:00"]] for day in range(5)}
DAY = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{0}\r\nSUMMARY:{1}\r\nEND:VEVENT\r\n"


def ics(*days: tuple[str, str]) -> bytes:
    return f"BEGIN:VCALENDAR\r\n{''.join(DAY.format(*day) for day in days)}END:VCALENDAR\r\n".encode()


# A Wednesday, a Saturday, a day that was, and a public holiday: Easter Monday.
DAYS = ics(("20260311", "Works outing"), ("20260314", "Spring party"), ("20260301", "Was"), ("20260406", "Easter"))


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving(tmp_path) as service:
        reach = replace(feeds.REACH, **vars(service.reach) | {"seconds": 15.0, "most_read": icsdays.LARGEST + 1})
        monkeypatch.setattr(feeds, "REACH", reach)
        service.status, service.answer = 200, DAYS
        yield service


@pytest.fixture
def feed(cast: Cast, service: Service) -> Feed:
    Calendar.introduce(
        cast.paul.organisation, by=cast.paul, zone="Europe/Berlin", week=WEEK, country="DE", at=MONDAY - timedelta(1)
    )
    Feed.follow(cast.paul.organisation, service.address + "closed.ics", by=cast.paul, at=MONDAY)
    return Feed.objects.get()


def test_its_days_to_come_are_kept_and_those_that_the_hours_lack_are_counted(cast: Cast, feed: Feed) -> None:
    assert read_feeds(MONDAY) == 1
    feed.refresh_from_db()
    assert feed.days == {"2026-03-11": "Works outing", "2026-03-14": "Spring party", "2026-04-06": "Easter"}
    assert (feed.read_at, feed.trouble, feed.new_days) == (MONDAY, "", 1)
    assert feed.news(Calendar.in_force(cast.paul.organisation, MONDAY), MONDAY) == {"2026-03-11": "Works outing"}
    assert Calendar.in_force(cast.paul.organisation, MONDAY).closed == [], "nothing is closed by itself"


def test_it_moves_no_promise_until_its_days_are_saved(cast: Cast, feed: Feed) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="?", at=MONDAY)
    due = Clock.objects.open().get().due_at
    read_feeds(MONDAY)
    assert Clock.objects.open().get().due_at == due
    Calendar.introduce(
        cast.paul.organisation, by=cast.paul, zone="Europe/Berlin", week=WEEK, country="DE",
        closed={"2026-03-11": "Works outing"}, at=MONDAY,
    )  # fmt: skip
    assert Feed.objects.get().new_days == 0
    Calendar.introduce(cast.paul.organisation, by=cast.paul, zone="Europe/Berlin", week=WEEK, country="DE", at=MONDAY)
    assert Feed.objects.get().new_days == 1


def test_it_is_read_again_each_day(feed: Feed, service: Service) -> None:
    day = timedelta(days=1)
    assert [read_feeds(MONDAY), read_feeds(MONDAY), read_feeds(MONDAY + day - timedelta(seconds=1))] == [1, 0, 0]
    service.answer = ics()
    assert read_feeds(MONDAY + day) == 1
    feed.refresh_from_db()
    assert (feed.days, feed.new_days) == ({}, 0)


@pytest.mark.parametrize(
    ("status", "answer", "trouble"),
    [
        (404, b"", "status"), (200, b"<html>", "no_calendar"), (200, b"BEGIN:VCALENDAR\r\n\xff\xfe", ""),
        (200, DAYS + b" " * icsdays.LARGEST, "too_much"),
    ],
)  # fmt: skip
def test_what_is_answered_wrongly_leaves_it_as_it_was(
    feed: Feed, service: Service, status: int, answer: bytes, trouble: str
) -> None:
    read_feeds(MONDAY)
    service.status, service.answer = status, answer
    read_feeds(MONDAY + timedelta(days=1))
    feed.refresh_from_db()
    assert feed.trouble == trouble
    assert bool(feed.days) == bool(trouble)


def test_another_address_begins_anew_and_none_ends_it(cast: Cast, feed: Feed) -> None:
    ours = cast.paul.organisation
    read_feeds(MONDAY)
    Feed.follow(ours, feed.address, by=cast.paul)
    assert Feed.objects.get().days, "the same again changes nothing"
    Feed.follow(ours, "webcal://calendar.example.org/a.ics", by=cast.paul)
    assert (Feed.objects.get().address, Feed.objects.get().days) == ("https://calendar.example.org/a.ics", {})
    for _time in range(2):
        Feed.follow(ours, "", by=cast.paul)
    assert not Feed.objects.exists()
    told = Event.objects.filter(kind__in=("calendar.followed", "calendar.left")).order_by("pk")
    assert [event.kind for event in told] == [
        "calendar.followed",
        "calendar.left",
        "calendar.followed",
        "calendar.left",
    ]


@pytest.mark.parametrize(
    "address", ["calendar.ics", "http://calendar.example.org/", "https://", "file:///etc/passwd", "https://a b/"]
)
def test_what_is_no_address_is_refused(cast: Cast, address: str) -> None:
    with pytest.raises(ValidationError, match="no address of a calendar"):
        Feed.follow(cast.paul.organisation, address, by=cast.paul)


@pytest.mark.parametrize("who", ["clara", "petra", "rita"])
def test_it_is_set_by_an_admin_of_its_organisation_or_of_the_operator(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        Feed.follow(cast.paul.organisation, "https://calendar.example.org/", by=getattr(cast, who))
    Feed.follow(cast.paul.organisation, "https://calendar.example.org/", by=cast.olga)
    assert Feed.objects.get().organisation == cast.paul.organisation
