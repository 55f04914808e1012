"""Calendars in which organisations keep their closed days, read again each day.

What they say moves no promise by itself: an admin looks at the new days, and saves a version of the working hours with them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models

from trialogue.clocks.policies import Calendar, must_set_hours
from trialogue.events.change import Happening, change
from trialogue.lib import icsdays, publicid, safehttp
from trialogue.people.followed import Followed, NotRead, Trouble, check_address
from trialogue.people.models import Actor, Organisation

REACH = replace(safehttp.OUTSIDE, seconds=15.0, most_read=icsdays.LARGEST + 1)
YEARS = 5  # so far ahead closed days are taken


def _feed_id() -> str:
    return publicid.new("fed")


class FeedQuerySet(models.QuerySet["Feed"]):
    def with_news(self) -> FeedQuerySet:
        """Those with days that the hours of their organisation do not have."""
        return self.filter(new_days__gt=0)


class Feed(Followed):
    """Where an organisation keeps its closed days."""

    EVERY = timedelta(days=1)

    public_id = models.CharField(max_length=32, unique=True, default=_feed_id, editable=False)
    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="feed")
    days = models.JSONField(default=dict)  # the name of each by its ISO date
    left_out = models.JSONField(default=list)  # what is no whole day, or repeats in ways we do not read
    new_days = models.PositiveIntegerField(default=0)

    objects: ClassVar[FeedQuerySet] = FeedQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"closed days of {self.organisation}"

    @classmethod
    def follow(cls, organisation: Organisation, address: str, *, by: Actor, at: datetime | None = None) -> None:
        """From now on this address is read, and no other; "" none. Raises `Refused`, `ValidationError` at `address`."""
        address = check_address(address, "address")
        with change(organisation, by=by, at=at) as record:
            must_set_hours(by, organisation)
            former = cls.objects.filter(organisation=organisation).first()
            if address == (former.address if former else ""):
                return
            if former:
                former.delete()
                record("calendar.left", feed=former)
            if address:
                made = cls.objects.create(organisation=organisation, address=address, due_at=record.at)
                record("calendar.followed", feed=made)

    def take(self, body: bytes, now: datetime) -> None:
        """Keeps the days to come of what was read. Raises `NotRead`."""
        latest = _latest(self.organisation)
        try:
            told = days_to_come(body.decode("utf-8-sig", "replace"), latest.today(now))
        except icsdays.NotACalendar as why:
            trouble = Trouble.TOO_MUCH if len(body) > icsdays.LARGEST else Trouble.NO_CALENDAR
            raise NotRead(trouble) from why
        self.days = {day.isoformat(): name for day, name in told.days.items()}
        self.keep(now, days=self.days, left_out=told.left_out[:20], new_days=len(self.news(latest, now)))

    def news(self, calendar: Calendar, now: datetime) -> dict[str, str]:
        """Its days to come on which the calendar has hours, with their names."""
        zone, hours, today = ZoneInfo(calendar.zone), calendar.working_time, calendar.today(now)

        def is_open(day: date) -> bool:
            begin = datetime.combine(day, time(), zone)
            return bool(hours.spans(begin, datetime.combine(day + timedelta(days=1), time(), zone)))

        days = {day: name for day, name in self.days.items() if date.fromisoformat(day) >= today}
        return {day: name for day, name in days.items() if is_open(date.fromisoformat(day))}


def days_to_come(text: str, today: date) -> icsdays.Feed:
    """The whole days of a calendar file that closed days are taken from. Raises `icsdays.NotACalendar`."""
    return icsdays.read(text, today, date(today.year + YEARS, 12, 31))


def _latest(organisation: Organisation) -> Calendar:
    return organisation.calendars.order_by("-version")[0]


def read_feeds(now: datetime) -> int:
    """The worker's round; answers how many were read."""
    return Feed.read_due(now, take=lambda feed, body: feed.take(body, now), reach=REACH, whose="organisation")


# --- reactions --------------------------------------------------------------------------------------------------------


def count_news(happening: Happening) -> None:
    """New hours may have the days, or no longer."""
    organisation = happening.subject
    assert isinstance(organisation, Organisation)
    for feed in Feed.objects.filter(organisation=organisation):
        Feed.objects.filter(pk=feed.pk).update(new_days=len(feed.news(_latest(organisation), happening.at)))
