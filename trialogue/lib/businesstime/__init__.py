"""Working time: due times and durations that count only while somebody is at work.

    >>> from datetime import datetime, timedelta
    >>> from zoneinfo import ZoneInfo
    >>> week = {day: [("08:00", "12:00"), ("13:00", "17:00")] for day in range(5)}
    >>> office = WorkingTime("Europe/Copenhagen", week)
    >>> friday = datetime(2026, 3, 27, 16, 0, tzinfo=ZoneInfo("Europe/Copenhagen"))
    >>> office.add(friday, timedelta(hours=5)).isoformat()   # the clocks go forward on that weekend
    '2026-03-30T12:00:00+02:00'
    >>> WorkingTime.for_country("DK").add_days(friday, 2).isoformat()
    '2026-03-31T16:00:00+02:00'

A calendar is a monotone function from real time to working time: slope one while open, zero while closed.
Every question is that function or its inverse, so an answer takes microseconds however long the promise. See
`WorkingTime`.
"""

from .countries import AROUND_THE_CLOCK, WEEKDAYS
from .errors import (
    BackwardsSpan,
    BadDate,
    BadHours,
    BusinessTimeError,
    ClosedTooLong,
    HolidaysUnknown,
    NaiveDatetime,
    NeverOpen,
    OutOfRange,
    UnknownCountry,
    UnknownSubdivision,
    UnknownZone,
    ZoneNeeded,
)
from .rules import Reason
from .workingtime import Closure, WorkingTime

__all__ = [
    "AROUND_THE_CLOCK",
    "WEEKDAYS",
    "BackwardsSpan",
    "BadDate",
    "BadHours",
    "BusinessTimeError",
    "ClosedTooLong",
    "Closure",
    "HolidaysUnknown",
    "NaiveDatetime",
    "NeverOpen",
    "OutOfRange",
    "Reason",
    "UnknownCountry",
    "UnknownSubdivision",
    "UnknownZone",
    "WorkingTime",
    "ZoneNeeded",
]
