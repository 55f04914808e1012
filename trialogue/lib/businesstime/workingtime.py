"""The face of the library: `WorkingTime`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from operator import index
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .bulk import Bulk, Column
from .countries import WEEKDAYS, Beyond, holidays_of, zone_of
from .days import Days
from .errors import BackwardsSpan, UnknownZone, need_date
from .hours import Hours
from .local import EPOCH, Wall, micros
from .rules import Dates, Reason, Rules, Shortened
from .timeline import Timeline

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


class Closure(NamedTuple):
    """A closed span within one date, and why.

    `reason` is "shortened" (the rest of a shortened day), "closed" (an own closed day, or one shortened to
    nothing), "weekday" (this weekday never opens), "holiday", or "hours" (before, between or after the hours
    of a working day). `day` is the date in the calendar's zone; `name` is that of the holiday or the own
    closed day, if it has one.
    """

    start: datetime
    end: datetime
    reason: Reason
    day: date
    name: str | None


class WorkingTime:
    """A calendar: when somebody is at work, and every question about time that counts only then.

    `zone` is an IANA name or a `ZoneInfo`; all hours and dates are read on its clocks. `week` maps weekdays,
    0 (Monday) to 6, to lists of ("08:00", "12:00") pairs; "24:00" ends a day; a weekday not named is closed.
    `holidays` and `closed` (the organisation's own days) are dates, a mapping of dates to names, or a
    function from a year to either. `shortened` maps dates (or is a function from a year to such a mapping) to
    lists of their own; an empty list is a closed day. A shortened day wins over a closed one, that over a
    holiday, that over the week.

    Datetimes must be aware. Those that are returned have the tzinfo of the one given first, and are exact to
    the microsecond. A closing and the next opening are the same instant of working time: what runs out
    exactly at closing is due at closing; what begins at closing begins at the next opening. (Beware that Python
    compares and subtracts two datetimes of one zone by their walls, which hides the hour of a moved clock: use
    UTC, or `between`.)

    An interval lasts from the first moment at which the wall clock shows a time within it to the last. So
    00:00 to 24:00 is 23 or 25 hours on some days; an opening or closing that the clocks skip happens when
    they skip it; of an hour that comes twice, an opening within it is the first, a closing within it the
    second.

    Years are worked out as they are asked for, 1600 to 2599; a calendar may be shared between threads and is
    best kept.

    Raises `UnknownZone`, `BadHours`, `BadDate`, `NeverOpen`; every question may raise `NaiveDatetime`,
    `OutOfRange` or, where every day turns out to be closed, `ClosedTooLong`. All of them are
    `BusinessTimeError`, which is a `ValueError`.
    """

    country: str | None = None
    subdivision: str | None = None

    def __init__(
        self,
        zone: str | ZoneInfo,
        week: Mapping[int, Hours],
        holidays: Dates = (),
        shortened: Shortened | None = None,
        *,
        closed: Dates = (),
    ) -> None:
        self.zone = _zone(zone)
        self._rules = Rules(week, holidays, closed, shortened)
        self._wall = Wall(self.zone)
        self._line = Timeline(self._wall, self._rules)
        self._days = Days(self._line, self._wall)
        self._many: Bulk | None = None

    @classmethod
    def for_country(
        cls,
        country: str,
        subdivision: str | None = None,
        zone: str | ZoneInfo | None = None,
        week: Mapping[int, Hours] | None = None,
        closed: Dates = (),
        shortened: Shortened | None = None,
        *,
        language: str = "en_US",
        beyond: Beyond = "refuse",
    ) -> WorkingTime:
        """A calendar with the public holidays of a country, or a part of it ("DE", "BY"), by ISO 3166 codes.

        `zone` may be left out where all clocks of the country agree; `week` is Monday 00:00 to Friday 24:00
        if not given, whatever the country's weekend. Names of holidays are in `language` where the `holidays`
        package has them, else in the country's own. That package ends with some year, mostly 2100; a question
        that needs a later one raises `HolidaysUnknown`, unless `beyond` is "open": then later years have no
        holidays.

        Raises `UnknownCountry`, `UnknownSubdivision`, `ZoneNeeded`, and all that `WorkingTime` does.
        """
        holidays = holidays_of(country, subdivision, language, beyond)
        where = zone_of(country) if zone is None else zone
        calendar = cls(where, WEEKDAYS if week is None else week, holidays, shortened, closed=closed)
        calendar.country, calendar.subdivision = country, subdivision
        return calendar

    def __repr__(self) -> str:
        place = "-".join(part for part in (self.country, self.subdivision) if part)
        return f"<{type(self).__name__} {' '.join(part for part in (self.zone.key, place) if part)}>"

    def add(self, start: datetime, delta: timedelta) -> datetime:
        """The moment when so much working time has passed since `start`; before it, if `delta` is negative.

        Forward it is the earliest such moment (a closing rather than the next opening), backward the latest
        (an opening rather than the closing before). Of nothing it is `start` itself, or the next opening if
        that is closed.
        """
        work = self._line.worked(micros(start)) + _length(delta)
        moment = self._line.earliest(work) if delta > _NOTHING else self._line.latest(work)
        return _shown(moment, start.tzinfo)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; negative if `end` is the earlier."""
        return timedelta(0, 0, self._line.worked(micros(end)) - self._line.worked(micros(start)))

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same time on the local clock so many working days later; earlier, if `days` is negative.

        A working day is a date with an opening. A `start` in closed time counts from the next opening; with 0
        days the answer is that opening, or `start` itself if it is open. If the clock time is not open on the
        day that is reached, the answer is the last closing before it on that day, or else the day's first
        opening. A clock time that is skipped on that day is the moment of the skip; of one that comes twice
        it is the first.
        """
        moment = self._line.latest(self._line.worked(micros(start)))
        steps = index(days)
        return _shown(self._days.after(moment, steps) if steps else moment, start.tzinfo)

    def is_open(self, at: datetime) -> bool:
        """Whether this moment is working time. An opening is, a closing is not."""
        return self._line.is_open(micros(at))

    def next_opening(self, at: datetime) -> datetime:
        """The first moment of working time that is not before `at`: `at` itself, if that is open."""
        return _shown(self._line.latest(self._line.worked(micros(at))), at.tzinfo)

    def spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The open spans from `start` to `end`, in order; those that touch, as across midnight, are one.

        Raises `BackwardsSpan`.
        """
        return [
            (_shown(opening, start.tzinfo), _shown(closing, start.tzinfo))
            for opening, closing in self._open(*_span(start, end))
        ]

    def closures(self, start: datetime, end: datetime) -> list[Closure]:
        """The closed spans from `start` to `end`, in order, one for each date, each with its reason.

        Together with `spans` they are the whole time from `start` to `end`. Raises `BackwardsSpan`.
        """
        return [
            Closure(_shown(since, start.tzinfo), _shown(until, start.tzinfo), *self._why(day))
            for closed in self._shut(*_span(start, end))
            for since, until, day in self._by_date(*closed)
        ]

    def holiday_name(self, day: date) -> str | None:
        """What the holiday, or else the own closed day, on this date is called; None if it has no name."""
        return self._rules.holiday_name(need_date(day))

    def add_many(self, starts: Column, delta: timedelta | Column) -> Column:
        """`add` for a numpy array of moments in UTC: integers, microseconds since 1970, or datetime64.

        `delta` is one timedelta, or an array (integers: microseconds; or timedelta64) that is broadcast
        against `starts`. Returns an array of the same kind as `starts`: int64 microseconds or datetime64[us].
        Raises `TypeError` for other arrays: seconds as floats cannot hold the microseconds. NaT is out of
        range.
        """
        return self._bulk().add(starts, delta)

    def add_days_many(self, starts: Column, days: int | Column) -> Column:
        """`add_days` for a numpy array of moments, as in `add_many`; `days` is one integer or an array of them."""
        return self._bulk().add_days(starts, days)

    def between_many(self, starts: Column | datetime, ends: Column | datetime) -> Column:
        """`between` for numpy arrays as in `add_many`, broadcast; either may be a single aware datetime.

        Returns int64 microseconds, or timedelta64[us] if either array is of datetime64.
        """
        return self._bulk().between(starts, ends)

    def _bulk(self) -> Bulk:
        if self._many is None:
            self._many = Bulk(self._line, self._days)
        return self._many

    def _open(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        table = self._line.covering(start, end)
        for i in range(bisect_right(table.closes, start), bisect_left(table.opens, end)):
            yield max(start, table.opens[i]), min(end, table.closes[i])

    def _shut(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for opening, closing in self._open(start, end):
            if start < opening:
                yield start, opening
            start = closing
        if start < end:
            yield start, end

    def _by_date(self, start: int, end: int) -> Iterator[tuple[int, int, date]]:
        day = self._wall.date(start)
        while start < end:
            until = min(end, self._wall.midnight(day + _DAY))
            if start < until:  # not so for a date that the clocks skipped
                yield start, until, day
            start, day = until, day + _DAY

    def _why(self, day: date) -> tuple[Reason, date, str | None]:
        reason, name = self._rules.why(day)
        return reason, day, name


def _shown(moment: int, zone: tzinfo | None) -> datetime:
    shown = EPOCH + timedelta(0, 0, moment)
    return shown if zone is UTC else shown.astimezone(zone)


def _length(delta: timedelta) -> int:
    if not isinstance(delta, timedelta):
        raise TypeError(f"a length is a timedelta, such as timedelta(hours=48), not {delta!r}")
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _span(start: datetime, end: datetime) -> tuple[int, int]:
    first, last = micros(start), micros(end)
    if last < first:
        raise BackwardsSpan(start, end)
    return first, last


def _zone(zone: str | ZoneInfo) -> ZoneInfo:
    if isinstance(zone, ZoneInfo):
        return zone
    try:
        return ZoneInfo(zone)
    # A name unknown, one like "../x", a folder like "Europe", no name at all.
    except (KeyError, ValueError, OSError, TypeError):
        raise UnknownZone(zone) from None
