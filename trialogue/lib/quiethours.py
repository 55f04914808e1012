"""Hours of the day in which someone wants to hear nothing, on the clock of their own wall."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from trialogue.lib.businesstime.local import EPOCH, MICRO, Wall, micros

Span = tuple[time, time]
_DAY = timedelta(days=1)
_WHOLE = 24 * 60


class QuietHours(NamedTuple):
    """From–until of each weekday and of each day of the weekend; None: never quiet on such a day.

    A span over midnight is quiet in the morning and in the evening of the same day; one that ends as it begins is the whole day.
    """

    weekdays: Span | None = None
    weekends: Span | None = None

    @property
    def never_end(self) -> bool:
        return all(span is not None and span[0] == span[1] for span in self)

    def until(self, moment: datetime, zone: str) -> datetime | None:
        """When the quiet that holds at this moment ends; None when it is not quiet. Needs hours that end."""
        wall, here = Wall(ZoneInfo(zone)), micros(moment)
        end = here
        for _day in range(9):  # a quiet weekend with the nights before and after it
            later = self._end(wall, end)
            if later == end:
                break
            end = later
        return EPOCH + end * MICRO if end > here else None

    def _end(self, wall: Wall, moment: int) -> int:
        """Where the span that holds a moment ends; the moment itself when none does."""
        today = wall.date(moment)
        for start, end in wall.day(today, self._minutes(today)).spans:
            if start <= moment < end:
                return end
        return moment

    def _minutes(self, day: date) -> tuple[tuple[int, int], ...]:
        span = self.weekends if day.weekday() >= 5 else self.weekdays
        if span is None:
            return ()
        first, last = (at.hour * 60 + at.minute for at in span)
        if first < last:
            return ((first, last),)
        return tuple((a, b) for a, b in ((0, last), (first, _WHOLE)) if a < b) if first > last else ((0, _WHOLE),)


def next_at(hour: time, moment: datetime, zone: str) -> datetime:
    """The first moment after this one at which the wall shows that hour; where it is skipped, when it is skipped."""
    wall = Wall(ZoneInfo(zone))
    today = moment.astimezone(ZoneInfo(zone)).date()
    for days in range(-1, 3):
        day = today + days * _DAY
        at = EPOCH + wall.opening(datetime.combine(day, hour), wall.midnight(day)) * MICRO
        if at > moment:
            return at
    raise AssertionError("three days without a morning")
