"""Which hours a date has, and why it has no more of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from .errors import need_date
from .hours import Hours, Minutes, parse_day, parse_week

Reason = Literal["closed", "shortened", "weekday", "holiday", "hours"]
Dates = Iterable[date] | Mapping[date, str] | Callable[[int], Iterable[date] | Mapping[date, str]]
Shortened = Mapping[date, Hours] | Callable[[int], Mapping[date, Hours]]

_Named = Mapping[date, str | None]
_ONE_DAY = timedelta(days=1)


class Rules:
    """The week and its exceptions: a shortened day beats a closed one, that a holiday, that the week."""

    def __init__(self, week: Mapping[int, Hours], holidays: Dates, closed: Dates, shortened: Shortened | None) -> None:
        self._week = parse_week(week)
        self._holidays = _by_year(holidays)
        self._closed = _by_year(closed)
        self._shortened = _shortened_by_year(shortened or {})

    def hours(self, day: date) -> Minutes:
        """The opening hours of one date, in minutes of the local clock."""
        shortened = self._shortened(day.year)
        if day in shortened:
            return shortened[day]
        if day in self._closed(day.year) or day in self._holidays(day.year):
            return ()
        return self._week[day.weekday()]

    def why(self, day: date) -> tuple[Reason, str | None]:
        """Why this date is not open longer, and the name of the closed day or the holiday."""
        shortened = self._shortened(day.year)
        if day in shortened:
            return ("shortened" if shortened[day] else "closed"), None
        if day in self._closed(day.year):
            return "closed", self._closed(day.year)[day]
        # A holiday on a Sunday closes nothing: the Sunday does.
        if not self._week[day.weekday()]:
            return "weekday", None
        if day in self._holidays(day.year):
            return "holiday", self._holidays(day.year)[day]
        return "hours", None

    def holiday_name(self, day: date) -> str | None:
        """The name of the holiday, or else of the own closed day, on this date, if there is one."""
        return self._holidays(day.year).get(day) or self._closed(day.year).get(day)


def _by_year(source: Dates) -> Callable[[int], _Named]:
    """Any way of giving dates, as one function from a year to its dates and their names."""
    if isinstance(source, Mapping):
        mapping = source
        for day in mapping:
            need_date(day)
        # Asked day by day, because a mapping of the `holidays` package knows a date only once it was asked
        # for.
        return lru_cache(None)(lambda year: {day: mapping[day] for day in _days(year) if day in mapping})
    if callable(source):
        function = source
        return lru_cache(None)(lambda year: _named(function(year)))
    dates = _named(source)
    return lambda year: dates


def _named(dates: Iterable[date] | Mapping[date, str]) -> _Named:
    names = dates if isinstance(dates, Mapping) else {}
    return {need_date(day): names.get(day) for day in dates}


def _shortened_by_year(source: Shortened) -> Callable[[int], Mapping[date, Minutes]]:
    if callable(source):
        function = source
        return lru_cache(None)(lambda year: _parse_days(function(year)))
    days = _parse_days(source)
    return lambda year: days


def _parse_days(days: Mapping[date, Hours]) -> Mapping[date, Minutes]:
    return {need_date(day): parse_day(hours, day) for day, hours in days.items()}


def _days(year: int) -> Sequence[date]:
    first = date(year, 1, 1)
    return [first + _ONE_DAY * i for i in range((date(year + 1, 1, 1) - first).days)]
